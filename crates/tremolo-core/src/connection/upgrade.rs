//! The way out of HTTP: an upgrade to the application's own protocol (RFC 9110 section 7.8).

use super::state::{Reading, Writing};
use super::{Cause, Connection};
use crate::error::{Error, Misuse};
use crate::http1::body::Decoder;
use crate::http1::request::Version;
use crate::http1::response::push_field;

impl Connection {
    /// Takes the connection out of HTTP with a `101`: what arrives from now on is read raw, and
    /// what is sent is sent as it is (RFC 9110 section 7.8).
    ///
    /// # Errors
    ///
    /// [`Misuse::HeadAlreadySent`], [`Misuse::InvalidFraming`] to HTTP/1.0 or before the body of
    /// the request is read, or that the connection is gone.
    pub fn upgrade(&mut self, protocol: &[u8]) -> Result<(), Error> {
        self.response_mut()?;
        // Pieces that wait have begun a response.
        if self.writing != Writing::Head || !self.gathering.is_empty() {
            return Err(Misuse::HeadAlreadySent.into());
        }
        if self.head.version() == Version::Http10 || self.reading != Reading::Complete {
            return Err(Misuse::InvalidFraming.into());
        }
        self.response.set(b"Upgrade", protocol)?;
        let response = &self.response;
        self.transmit.stage(|out| {
            out.extend_from_slice(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n");
            for (name, value) in response.fields().iter() {
                push_field(out, name, value);
            }
            out.extend_from_slice(b"\r\n");
        });
        self.writing = Writing::Raw;
        self.leave_http();
        Ok(())
    }

    /// The application begins with bytes of its own. If they are the head of a `101`, that is an
    /// upgrade as well.
    pub(super) fn begin_raw(&mut self, bytes: &[u8]) {
        self.writing = Writing::Raw;
        if bytes.starts_with(SWITCHING) && self.reading == Reading::Complete {
            self.leave_http();
        }
    }

    /// From here on nothing is a request, and no handler takes too long.
    fn leave_http(&mut self) {
        if let Some(record) = &mut self.record {
            record.head_sent(101);
        }
        self.deadlines.clear(Cause::Handler);
        self.deadlines.clear(Cause::HalfClose);
        self.reading = Reading::Raw;
        self.decoder = Decoder::none();
        self.persist = false;
    }

    /// Whether the connection speaks the application's own protocol now.
    #[must_use]
    pub fn is_upgraded(&self) -> bool {
        self.reading == Reading::Raw
    }
}

const SWITCHING: &[u8] = b"HTTP/1.1 101 ";
