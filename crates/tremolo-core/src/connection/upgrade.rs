//! An upgrade to the application's own protocol (RFC 9110 section 7.8).

use super::state::{Reading, Writing};
use super::{Cause, Connection};
use crate::error::{Error, Misuse};
use crate::http1::request::Version;
use crate::http1::response::push_field;

impl Connection {
    /// Switches to another protocol with a `101`: what arrives from now on is read raw, and what is
    /// sent is not framed (RFC 9110 section 7.8).
    ///
    /// # Errors
    ///
    /// [`Misuse::HeadAlreadySent`], [`Misuse::InvalidFraming`] to HTTP/1.0 or before the body of
    /// the request is read, or that the connection is gone.
    pub fn upgrade(&mut self, protocol: &[u8]) -> Result<(), Error> {
        self.response_mut()?;
        // Pieces that wait belong to a response that has begun.
        if self.outbound.writing() != Writing::Head || self.outbound.has_coalesced() {
            return Err(Misuse::HeadAlreadySent.into());
        }
        if self.inbound.head().version() == Version::Http10
            || self.inbound.reading() != Reading::Complete
        {
            return Err(Misuse::InvalidFraming.into());
        }
        self.outbound.response_mut().set(b"Upgrade", protocol)?;
        self.outbound.stage_with_response(|out, response| {
            out.extend_from_slice(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n");
            for (name, value) in response.fields().iter() {
                push_field(out, name, value);
            }
            out.extend_from_slice(b"\r\n");
        });
        self.outbound.begin_raw();
        self.leave_http();
        Ok(())
    }

    /// From here on no request is parsed, and the handler has no deadline.
    pub(super) fn leave_http(&mut self) {
        if let Some(record) = &mut self.record {
            record.head_sent(101);
        }
        self.deadlines.clear(Cause::Handler);
        self.deadlines.clear(Cause::HalfClose);
        self.inbound.upgrade();
        self.lifecycle.forbid_reuse();
    }

    /// Whether the connection speaks the application's own protocol now.
    #[must_use]
    pub fn is_upgraded(&self) -> bool {
        self.inbound.reading() == Reading::Raw
    }
}
