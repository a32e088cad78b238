//! An upgrade to the application's own protocol (RFC 9110 section 7.8).

use super::Exchange;
use crate::connection::Cause;
use crate::connection::state::{Reading, Writing};
use crate::error::{Error, Misuse};
use crate::http1::request::Version;
use crate::http1::response::push_field;

impl Exchange<'_> {
    /// Switches to another protocol with a `101`: what arrives from now on is read raw, and what is
    /// sent is not framed (RFC 9110 section 7.8).
    ///
    /// # Errors
    ///
    /// [`Misuse::HeadAlreadySent`], [`Misuse::InvalidFraming`] to HTTP/1.0 or before the body of
    /// the request is read, or that the connection is gone.
    pub fn upgrade(&mut self, protocol: &[u8]) -> Result<(), Error> {
        self.check_upgrade()?;
        self.switch_protocol(protocol)
    }

    /// Whether the protocol can be switched now.
    pub(super) fn check_upgrade(&mut self) -> Result<(), Error> {
        self.response_mut()?;
        // Pieces that wait belong to a response that has begun.
        if self.connection.outbound.writing() != Writing::Head
            || self.connection.outbound.coalesced() > 0
        {
            return Err(Misuse::HeadAlreadySent.into());
        }
        if self.connection.inbound.head().version() == Version::Http10
            || self.connection.inbound.reading() != Reading::Complete
        {
            return Err(Misuse::InvalidFraming.into());
        }
        Ok(())
    }

    /// Sends the `101`, with the fields that the application has set.
    pub(super) fn switch_protocol(&mut self, protocol: &[u8]) -> Result<(), Error> {
        self.connection.outbound.response_mut().set(b"Upgrade", protocol)?;
        self.connection.outbound.stage_with_response(|out, response| {
            out.extend_from_slice(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n");
            for (name, value) in response.fields().iter() {
                push_field(out, name, value);
            }
            out.extend_from_slice(b"\r\n");
        });
        self.connection.outbound.begin_raw();
        self.leave_http();
        Ok(())
    }

    /// From here on no request is parsed, and the handler has no deadline.
    pub(super) fn leave_http(&mut self) {
        self.connection.tallies.head_sent(101);
        if let Some(record) = &mut self.connection.record {
            record.head_sent(101);
        }
        self.connection.deadlines.clear(Cause::Handler);
        self.connection.deadlines.clear(Cause::Request);
        self.connection.deadlines.clear(Cause::HalfClose);
        self.connection.inbound.upgrade();
        self.connection.lifecycle.forbid_reuse();
    }
}
