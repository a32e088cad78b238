//! The body of the current request, as the handler reads it (RFC 9112 sections 6 and 7; RFC 9110
//! section 10.1.1 for `100 Continue`).

use bytes::BytesMut;

use crate::clock::Now;
use crate::connection::state::{Reading, Writing};
use crate::connection::{Cause, Connection};
use crate::error::{CloseReason, Error, PeerError};
use crate::http1::body::{Decoded, Decoder, Limits};

/// The body of the current request ([`Exchange::body`](super::Exchange::body)).
#[derive(Debug)]
pub struct RequestBody<'a> {
    connection: &'a mut Connection,
}

impl<'a> RequestBody<'a> {
    #[inline]
    pub(super) fn new(connection: &'a mut Connection) -> Self {
        Self { connection }
    }
}

impl RequestBody<'_> {
    /// The next piece of the request body, at most `max` bytes. The first call sends
    /// `100 Continue` if the client waits for it.
    ///
    /// # Errors
    ///
    /// [`Error::Peer`] if the body is too large, malformed, stalled or cut short,
    /// [`Error::Closed`] if the connection is gone.
    pub fn poll(&mut self, now: &Now, max: usize) -> Result<Decoded, Error> {
        self.poll_with(now, |decoder, input, limits| decoder.decode(input, max, limits))
    }

    /// Like [`RequestBody::poll`], but with the transfer coding left in place.
    ///
    /// # Errors
    ///
    /// Those of [`RequestBody::poll`].
    pub fn poll_raw(&mut self, now: &Now, max: usize) -> Result<Decoded, Error> {
        self.poll_with(now, |decoder, input, limits| decoder.decode_raw(input, max, limits))
    }

    fn poll_with(
        &mut self,
        now: &Now,
        decode: impl FnOnce(&mut Decoder, &mut BytesMut, &Limits) -> Result<Decoded, PeerError>,
    ) -> Result<Decoded, Error> {
        let decoded = self.decode(now, decode);
        match &decoded {
            // The reader waits.
            Ok(Decoded::NeedInput) => {}
            Ok(Decoded::Data(data)) => self.connection.turn.spend_piece(now.instant, data.len()),
            // A reader that polls in a loop must not delay other connections.
            Ok(Decoded::End) | Err(_) => self.connection.turn.spend_piece(now.instant, 0),
        }
        decoded
    }

    fn decode(
        &mut self,
        now: &Now,
        decode: impl FnOnce(&mut Decoder, &mut BytesMut, &Limits) -> Result<Decoded, PeerError>,
    ) -> Result<Decoded, Error> {
        match self.connection.inbound.reading() {
            Reading::Body => {}
            Reading::Raw => return Ok(self.connection.inbound.take_raw()),
            Reading::ProxyHeader { .. }
            | Reading::Head
            | Reading::Complete
            | Reading::Discard { .. } => {
                return Ok(Decoded::End);
            }
            Reading::Ignore => {
                return Err(
                    match (
                        self.connection.inbound.body().fault(),
                        self.connection.lifecycle.close_reason(),
                    ) {
                        (Some(fault), _) => fault.into(),
                        (None, reason) => reason.unwrap_or(CloseReason::Finished).into(),
                    },
                );
            }
        }
        match self.connection.inbound.decode(decode) {
            Ok(Decoded::NeedInput) => {
                if self.connection.inbound.take_continue()
                    && self.connection.outbound.writing() == Writing::Head
                {
                    self.connection.outbound.stage(|out| out.extend_from_slice(CONTINUE));
                }
                if !self.connection.deadlines.is_set(Cause::Body) {
                    let after = self.connection.settings.config().request_timeout;
                    self.connection.await_input(Cause::Body, now, after);
                }
                Ok(Decoded::NeedInput)
            }
            Ok(decoded) => {
                self.connection.deadlines.clear(Cause::Body);
                self.connection.progressed(now);
                Ok(decoded)
            }
            Err(fault) => {
                self.connection.body_failed(fault);
                Err(fault.into())
            }
        }
    }

    /// Sets another limit than `client_max_body_size` for the body of the current request.
    pub fn set_limit(&mut self, bytes: u64) {
        self.connection.inbound.set_body_limit(bytes);
    }
}

/// RFC 9110 section 15.2.1; only ever sent to HTTP/1.1.
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
