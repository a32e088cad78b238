//! The body of the current request, as the handler reads it (RFC 9112 sections 6 and 7; RFC 9110
//! section 10.1.1 for `100 Continue`).

use bytes::BytesMut;

use crate::clock::Now;
use crate::connection::inflater::Inflater;
use crate::connection::state::{Reading, Writing};
use crate::connection::{Cause, Connection};
use crate::content::{AcceptedCodings, ContentCoding};
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
        if self.connection.inbound.body().has_inflater() {
            return self.poll_inflated(now, max);
        }
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

    /// The next piece of a body whose content coding is decoded.
    #[inline(never)]
    fn poll_inflated(&mut self, now: &Now, max: usize) -> Result<Decoded, Error> {
        loop {
            match self.connection.inbound.body_mut().inflate(max) {
                Ok(Some(data)) => {
                    self.connection.turn.spend_piece(now.instant, data.len());
                    return Ok(Decoded::Data(data));
                }
                Ok(None) => {}
                Err(fault) => return Err(self.fail(fault)),
            }
            let coded = self.poll_with(now, |decoder, input, limits| {
                decoder.decode(input, usize::MAX, limits)
            })?;
            match coded {
                Decoded::Data(coded) => self.connection.inbound.body_mut().feed(coded),
                Decoded::NeedInput => return Ok(Decoded::NeedInput),
                Decoded::End => {
                    let finished = self.connection.inbound.body().finish_inflater();
                    return finished.map(|()| Decoded::End).map_err(|fault| self.fail(fault));
                }
            }
        }
    }

    fn fail(&mut self, fault: PeerError) -> Error {
        self.connection.body_failed(fault);
        fault.into()
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
            Err(fault) => Err(self.fail(fault)),
        }
    }

    /// Sets another limit than `client_max_body_size` for the body of the current request.
    pub fn set_limit(&mut self, bytes: u64) {
        self.connection.inbound.body_mut().set_limit(bytes);
    }

    /// Decodes the content coding of the current request while [`RequestBody::poll`] reads it, up to
    /// `limit` decoded bytes. A body with no coding stays as it is, and so does one with an unknown
    /// coding: [`check_coding`](crate::content::check_coding) refuses it.
    ///
    /// Call it before the body is read.
    pub fn decode_content(&mut self, limit: u64) {
        let coding = ContentCoding::of(self.connection.inbound.head().fields()).ok().flatten();
        let codecs = self.connection.settings.codecs();
        let decoder = coding.zip(codecs).and_then(|(coding, codecs)| codecs.decoder(coding));
        let inflater = decoder.map(|decoder| Inflater::new(decoder, limit));
        // Without a decoder the coded bytes would be taken for the content.
        if coding.is_none() || inflater.is_some() {
            self.connection.inbound.body_mut().accept_codings(inflater);
        }
    }

    /// The content codings that the current request may have.
    #[must_use]
    pub fn accepted_codings(&self) -> AcceptedCodings {
        self.connection.inbound.body().accepted()
    }
}

/// RFC 9110 section 15.2.1; only ever sent to HTTP/1.1.
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
