//! The reading half: bytes become request heads, body data, or nothing (RFC 9112 sections 2–7).

use std::sync::Arc;
use std::time::Duration;

use bytes::buf::Limit;
use bytes::{BufMut, BytesMut};
use http::Method;

use super::state::{Ending, Handler, Reading, Writing};
use super::{Cause, Connection, Event};
use crate::clock::Now;
use crate::error::{CloseReason, Error, PeerError};
use crate::http1::body::{Decoded, Decoder, Limits, Trailers};
use crate::http1::request::BodyLength;
use tremolo_config::HalfClose;

/// Room for the driver to read into: it bounds one read, and with it what can be buffered.
pub type InputBuffer<'a> = Limit<&'a mut BytesMut>;

impl Connection {
    /// Whether the driver should read. While it should not, the peer waits: the backpressure.
    #[must_use]
    pub fn wants_input(&self) -> bool {
        if self.input_ended || self.is_closed() || self.deadlines.is_set(Cause::UploadRate) {
            return false;
        }
        let config = &self.settings.config;
        match self.reading {
            // A proxy's header is refused before it is longer than it may be.
            Reading::ProxyHeader { .. } | Reading::Discard { .. } | Reading::Ignore => true,
            Reading::Head => {
                self.input.len() <= config.buffer_size.max(config.client_max_header_size)
            }
            // Reading on, within one buffer, is also how we learn that the peer has gone.
            Reading::Body | Reading::Complete | Reading::Raw => {
                self.input.len() < config.buffer_size
            }
        }
    }

    /// Lends room for one read. Tell what came with [`Connection::handle_input`].
    #[inline]
    pub fn input_buffer(&mut self) -> InputBuffer<'_> {
        let step = self.settings.config.buffer_size;
        let room = match self.reading {
            // A long body is worth long reads: a system call costs as much as copying 10 KiB.
            Reading::Body if self.decoder.remaining().is_none_or(|left| left > step as u64) => {
                self.long_room(step)
            }
            _ => step,
        };
        let room = room.saturating_sub(self.input.len()).max(step / 4);
        let room = room.min(self.rates.upload_left).max(1);
        self.rates.buffered = self.input.len();
        if self.input.capacity() - self.input.len() < room {
            self.input.reserve(room);
        }
        (&mut self.input).limit(room)
    }

    /// Room for a long read. The rest of a buffer that a head or a piece still holds serves as
    /// well as a new one.
    #[inline(never)]
    fn long_room(&mut self, step: usize) -> usize {
        let (room, capacity) = (step * BODY_STEPS, self.input.capacity());
        let rest = capacity - self.input.len();
        if rest >= step && !self.input.try_reclaim(room) { capacity } else { room }
    }

    /// Tells that bytes were put into the lent room.
    #[inline]
    pub fn handle_input(&mut self, now: &Now) {
        self.turn.pass(now.instant);
        if self.deadlines.is_set(Cause::Body) {
            self.deadlines.set(Cause::Body, now.instant, self.settings.config.request_timeout);
        }
        self.spend_upload(now);
        match self.reading {
            Reading::Discard { .. } => self.discard(now),
            Reading::Ignore => {
                self.input.clear();
                if let Ending::Lingering { .. } = self.ending {
                    let silence = self.settings.config.lingering_timeout;
                    self.await_input(Cause::LingeringSilence, now, silence);
                }
            }
            Reading::ProxyHeader { .. }
            | Reading::Head
            | Reading::Body
            | Reading::Complete
            | Reading::Raw => {}
        }
    }

    /// The next thing that the driver has to act on.
    pub fn poll_event(&mut self, now: &Now) -> Option<Event> {
        if let Some(reason) = self.cancel.take() {
            return Some(Event::Cancel(reason));
        }
        if self.head_timed_out {
            return Some(self.begin_fault(now, PeerError::HeadTimeout));
        }
        if let Reading::ProxyHeader { believed } = self.reading
            && !self.read_proxy_header(believed)
        {
            return None;
        }
        if self.reading != Reading::Head
            || self.writing != Writing::Idle
            || self.ending != Ending::Open
            || (self.input.is_empty() && !self.input_ended)
            // A peer that asks and asks and reads no answer has to wait.
            || self.is_write_blocked()
            // A rate of its own holds for the whole of a response.
            || (self.rates.own && !self.transmit.is_empty())
            || self.record.as_ref().is_some_and(|record| record.is_full())
        {
            return None;
        }
        if self.input_ended && self.settings.config.half_close == HalfClose::Close {
            self.start_closing(CloseReason::PeerClosed);
            return None;
        }
        let head = self.head.renew()?;
        match self.parser.parse(&mut self.input, &self.settings.config, head) {
            Ok(true) if matches!(*self.head.method(), Method::CONNECT) => {
                Some(self.refuse_request(now, PeerError::TunnelRefused))
            }
            Ok(true) => Some(self.begin_request(now)),
            Ok(false) if self.input_ended => {
                self.start_closing(CloseReason::PeerClosed);
                None
            }
            Ok(false) => {
                self.await_head(now);
                None
            }
            Err(fault) => Some(self.begin_fault(now, fault)),
        }
    }

    /// Sees to it that a clock runs while a head is not complete, or not begun: of what came there
    /// may be nothing left but an empty line that was skipped.
    fn await_head(&mut self, now: &Now) {
        if self.draining {
            // No complete request: closed as soon as everything that has come is read.
            self.deadlines.set(Cause::Head, now.instant, Duration::ZERO);
        } else if self.deadlines.is_set(Cause::Head) {
            // It runs since the head began, or the connection.
        } else if self.input.is_empty() {
            let idle = self.settings.config.keepalive_timeout;
            self.deadlines.set_if_unset(Cause::KeepAlive, now.instant, idle);
        } else {
            self.deadlines.clear(Cause::KeepAlive);
            self.await_input(Cause::Head, now, self.settings.config.request_timeout);
        }
    }

    fn begin_request(&mut self, now: &Now) -> Event {
        let config = &self.settings.config;
        self.turn.spend_request(now.instant);
        self.deadlines.clear(Cause::Head);
        self.deadlines.clear(Cause::KeepAlive);
        self.handler_timeout = Some(config.app_handler_timeout);
        self.deadlines.set(Cause::Handler, now.instant, config.app_handler_timeout);
        self.exchange += 1;
        (self.decoder, self.reading) = match self.head.body_length() {
            BodyLength::None => (Decoder::none(), Reading::Complete),
            BodyLength::Length(length) => (Decoder::length(length), Reading::Body),
            BodyLength::Chunked => (Decoder::chunked(), Reading::Body),
        };
        self.rates.begin_response(config);
        self.buffer_size = config.buffer_size;
        self.compress = config.compression;
        self.gathering.clear();
        self.body_limits = Limits::from(config);
        self.body_fault = None;
        self.continue_owed = self.head.expects_continue();
        self.persist = self.head.keep_alive() && !self.draining;
        self.writing = Writing::Head;
        self.handler = Handler::Running;
        if let Some(record) = &mut self.record {
            record.begin(now.instant, self.transmit.queued());
        }
        if self.input_ended {
            self.watch_half_close(now);
        }
        Event::Request(Arc::clone(self.head.shared()))
    }

    /// A request that cannot be served is an exchange of its own: it gets an answer, and nothing
    /// that follows can be trusted to be a request (RFC 9112 section 9.6).
    ///
    /// Of its head the method alone is kept, and only if it is HEAD: the answer to HEAD has no
    /// content, whatever else is wrong (RFC 9110 section 9.3.2).
    pub(super) fn begin_fault(&mut self, now: &Now, fault: PeerError) -> Event {
        let is_head = self.input.starts_with(b"HEAD ");
        self.head.clear();
        if is_head && let Some(head) = self.head.renew() {
            head.set_method(Method::HEAD);
        }
        let event = self.refuse_request(now, fault);
        if let Some(record) = &mut self.record {
            record.head_failed();
        }
        event
    }

    /// Has an error answered in the place of the request, and reads nothing more.
    fn refuse_request(&mut self, now: &Now, fault: PeerError) -> Event {
        self.begin_request(now);
        self.head_timed_out = false;
        self.compress = false;
        self.persist = false;
        self.reading = Reading::Ignore;
        self.input.clear();
        Event::Fault(fault)
    }

    /// The next piece of the request body, at most `max` bytes; the first call sends
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
            // A reader that asks again and again must not hold up others.
            Ok(Decoded::End) | Err(_) => self.turn.spend_piece(now.instant, 0),
        }
        decoded
    }

    fn decode_body(
        &mut self,
        now: &Now,
        decode: impl FnOnce(&mut Decoder, &mut BytesMut, &Limits) -> Result<Decoded, PeerError>,
    ) -> Result<Decoded, Error> {
        match self.reading {
            Reading::Body => {}
            Reading::Raw => return self.poll_raw(),
            Reading::ProxyHeader { .. }
            | Reading::Head
            | Reading::Complete
            | Reading::Discard { .. } => {
                return Ok(Decoded::End);
            }
            Reading::Ignore => {
                return Err(match (self.body_fault, self.ending.reason()) {
                    (Some(fault), _) => fault.into(),
                    (None, reason) => reason.unwrap_or(CloseReason::Finished).into(),
                });
            }
        }
        let decoded =
            decode(&mut self.decoder, &mut self.input, &self.body_limits).and_then(|decoded| {
                let ended = matches!(decoded, Decoded::NeedInput) && self.input_ended;
                if ended { self.decoder.on_eof().map(|()| decoded) } else { Ok(decoded) }
            });
        match decoded {
            Ok(Decoded::NeedInput) => {
                if std::mem::take(&mut self.continue_owed) && self.writing == Writing::Head {
                    self.transmit.stage(|out| out.extend_from_slice(CONTINUE));
                }
                let after = self.settings.config.request_timeout;
                if !self.deadlines.is_set(Cause::Body) {
                    self.await_input(Cause::Body, now, after);
                }
                Ok(Decoded::NeedInput)
            }
            Ok(decoded) => {
                self.continue_owed = false;
                self.deadlines.clear(Cause::Body);
                self.progressed(now);
                if self.decoder.is_done() {
                    self.reading = Reading::Complete;
                }
                Ok(decoded)
            }
            Err(fault) => {
                self.body_failed(fault);
                Err(fault.into())
            }
        }
    }

    fn poll_raw(&mut self) -> Result<Decoded, Error> {
        if !self.input.is_empty() {
            return Ok(Decoded::Data(self.input.split().freeze()));
        }
        Ok(if self.input_ended { Decoded::End } else { Decoded::NeedInput })
    }

    /// A body that cannot be read to its end leaves no place where a next request could begin.
    pub(super) fn body_failed(&mut self, fault: PeerError) {
        self.deadlines.clear(Cause::Body);
        self.persist = false;
        self.reading = Reading::Ignore;
        self.input.clear();
        self.body_fault = Some(fault);
    }

    /// The trailer fields, once the body has been read to its end.
    #[must_use]
    pub fn trailers(&self) -> Option<&Trailers> {
        self.decoder.trailers()
    }

    /// Sets another limit than `client_max_body_size` for the body of the request in work.
    pub fn set_body_limit(&mut self, bytes: u64) {
        self.body_limits.body_size = bytes;
    }

    /// Drops what is buffered of a body that nobody reads, up to the bound.
    pub(super) fn discard(&mut self, now: &Now) {
        let Reading::Discard { mut left } = self.reading else { return };
        let reason = loop {
            match self.decoder.decode(&mut self.input, usize::MAX, &self.body_limits) {
                Ok(Decoded::Data(data)) => match left.checked_sub(data.len() as u64) {
                    Some(rest) => left = rest,
                    None => break CloseReason::Finished,
                },
                Ok(Decoded::NeedInput) if self.input_ended => break CloseReason::PeerClosed,
                Ok(Decoded::NeedInput) => {
                    self.reading = Reading::Discard { left };
                    return;
                }
                Ok(Decoded::End) => return self.next_request(now),
                Err(fault) => break CloseReason::Fault(fault),
            }
        };
        self.start_closing(reason);
    }

    /// Ends the exchange and waits for the next request.
    pub(super) fn next_request(&mut self, now: &Now) {
        self.reading = Reading::Head;
        self.writing = Writing::Idle;
        self.response.clear();
        self.deadlines.clear(Cause::Body);
        self.head.clear();
        if self.input.is_empty() {
            let idle = self.settings.config.keepalive_timeout;
            self.await_input(Cause::KeepAlive, now, idle);
            if self.input_ended {
                self.start_closing(CloseReason::PeerClosed);
            } else if self.draining {
                self.start_closing(CloseReason::Shutdown);
            }
        }
    }
}

/// RFC 9110 section 15.2.1; only ever sent to HTTP/1.1.
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// A read of a long body may be so many times `buffer_size`.
const BODY_STEPS: usize = 4;
