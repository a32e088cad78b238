//! The body of the current request, as the handler reads it (RFC 9112 sections 6 and 7; RFC 9110
//! section 10.1.1 for `100 Continue`).

use bytes::BytesMut;

use super::state::{Reading, Writing};
use super::{Cause, Connection};
use crate::clock::Now;
use crate::error::{CloseReason, Error, PeerError};
use crate::http1::body::{Decoded, Decoder, Limits, Trailers};

impl Connection {
    /// The next piece of the request body, at most `max` bytes. The first call sends
    /// `100 Continue` if the client waits for it.
    ///
    /// # Errors
    ///
    /// [`Error::Peer`] if the body is too large, malformed, stalled or cut short,
    /// [`Error::Closed`] if the connection is gone.
    pub fn poll_body(&mut self, now: &Now, max: usize) -> Result<Decoded, Error> {
        self.poll_body_with(now, |decoder, input, limits| decoder.decode(input, max, limits))
    }

    /// Like [`Connection::poll_body`], but with the transfer coding left in place.
    ///
    /// # Errors
    ///
    /// Those of [`Connection::poll_body`].
    pub fn poll_raw_body(&mut self, now: &Now, max: usize) -> Result<Decoded, Error> {
        self.poll_body_with(now, |decoder, input, limits| decoder.decode_raw(input, max, limits))
    }

    fn poll_body_with(
        &mut self,
        now: &Now,
        decode: impl FnOnce(&mut Decoder, &mut BytesMut, &Limits) -> Result<Decoded, PeerError>,
    ) -> Result<Decoded, Error> {
        let decoded = self.decode_body(now, decode);
        match &decoded {
            // The reader waits.
            Ok(Decoded::NeedInput) => {}
            Ok(Decoded::Data(data)) => self.turn.spend_piece(now.instant, data.len()),
            // A reader that polls in a loop must not delay other connections.
            Ok(Decoded::End) | Err(_) => self.turn.spend_piece(now.instant, 0),
        }
        decoded
    }

    fn decode_body(
        &mut self,
        now: &Now,
        decode: impl FnOnce(&mut Decoder, &mut BytesMut, &Limits) -> Result<Decoded, PeerError>,
    ) -> Result<Decoded, Error> {
        match self.inbound.reading() {
            Reading::Body => {}
            Reading::Raw => return Ok(self.inbound.take_raw()),
            Reading::ProxyHeader { .. }
            | Reading::Head
            | Reading::Complete
            | Reading::Discard { .. } => {
                return Ok(Decoded::End);
            }
            Reading::Ignore => {
                return Err(match (self.inbound.body().fault(), self.lifecycle.close_reason()) {
                    (Some(fault), _) => fault.into(),
                    (None, reason) => reason.unwrap_or(CloseReason::Finished).into(),
                });
            }
        }
        match self.inbound.decode(decode) {
            Ok(Decoded::NeedInput) => {
                if self.inbound.take_continue() && self.outbound.writing() == Writing::Head {
                    self.outbound.stage(|out| out.extend_from_slice(CONTINUE));
                }
                if !self.deadlines.is_set(Cause::Body) {
                    let after = self.settings.config().request_timeout;
                    self.await_input(Cause::Body, now, after);
                }
                Ok(Decoded::NeedInput)
            }
            Ok(decoded) => {
                self.deadlines.clear(Cause::Body);
                self.progressed(now);
                Ok(decoded)
            }
            Err(fault) => {
                self.body_failed(fault);
                Err(fault.into())
            }
        }
    }

    /// The body cannot be read to its end, so that no other request can follow.
    pub(super) fn body_failed(&mut self, fault: PeerError) {
        self.deadlines.clear(Cause::Body);
        self.lifecycle.forbid_reuse();
        self.inbound.fail_body(fault);
    }

    /// The trailer fields, once the body has been read to its end.
    #[must_use]
    pub fn trailers(&self) -> Option<&Trailers> {
        self.inbound.body().trailers()
    }

    /// Sets another limit than `client_max_body_size` for the body of the current request.
    pub fn set_body_limit(&mut self, bytes: u64) {
        self.inbound.set_body_limit(bytes);
    }

    /// How many bytes of the body were decoded so far, without those of its transfer coding.
    #[must_use]
    pub fn body_received(&self) -> u64 {
        self.inbound.body().received()
    }

    /// Whether the body was read to its end, or there is none.
    #[must_use]
    pub fn is_body_read(&self) -> bool {
        self.inbound.is_body_read()
    }

    /// Whether the client still waits for `100 Continue` (RFC 9110 section 10.1.1).
    #[must_use]
    pub fn owes_continue(&self) -> bool {
        self.inbound.body().is_continue_owed()
    }
}

/// RFC 9110 section 15.2.1; only ever sent to HTTP/1.1.
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
