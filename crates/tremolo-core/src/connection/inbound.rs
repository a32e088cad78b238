//! The receiving half: the input buffer, the parser of heads, the decoder of the body, and the state
//! that decides what arriving bytes are (RFC 9112 sections 2 to 7).
//!
//! Its methods take no clock. The callers in `read.rs` and `close.rs` set the deadlines.

use std::sync::Arc;

use bytes::buf::Limit;
use bytes::{BufMut, BytesMut};
use http::Method;

use super::shared_head::SharedHead;
use super::state::{Reading, ReadingEvent};
use crate::error::PeerError;
use crate::http1::body::{Decoded, Decoder, Limits, Trailers};
use crate::http1::request::{BodyLength, HeadParser, RequestHead};
use crate::proxy_protocol::{self, ProxyError, ProxyHeader};
use tremolo_config::Config;

/// Room for the driver to read into: it bounds one read, and with it what can be buffered.
pub type InputBuffer<'a> = Limit<&'a mut BytesMut>;

/// How the discarding of a body went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Discarded {
    /// The body is at its end.
    All,
    /// More of it has to arrive.
    NeedInput,
    /// The peer closed its half before the end of the body.
    InputEnded,
    /// The rest is longer than the limit.
    TooLong,
    /// The rest is malformed.
    Fault(PeerError),
}

/// The receiving half of a connection.
#[derive(Debug)]
pub(super) struct Inbound {
    buffer: BytesMut,
    /// The peer closed its half: nothing follows what is buffered.
    ended: bool,
    parser: HeadParser,
    head: SharedHead,
    /// The head did not arrive within its time; the error response is still to be sent.
    head_timed_out: bool,
    decoder: Decoder,
    limits: Limits,
    reading: Reading,
    /// Why the body of the current request cannot be read any further.
    body_fault: Option<PeerError>,
    /// `100 Continue` is due with the first read (RFC 9110 section 10.1.1).
    continue_owed: bool,
}

impl Inbound {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            buffer: BytesMut::new(),
            ended: false,
            parser: HeadParser::default(),
            head: SharedHead::default(),
            head_timed_out: false,
            decoder: Decoder::none(),
            limits: Limits::from(config),
            reading: Reading::Head,
            body_fault: None,
            continue_owed: false,
        }
    }

    fn apply(&mut self, event: ReadingEvent) {
        if let Some(next) = self.reading.after(event) {
            self.reading = next;
        }
    }

    pub(super) fn reading(&self) -> Reading {
        self.reading
    }

    /// No request can follow: what is buffered and what still arrives is dropped.
    pub(super) fn stop(&mut self) {
        self.apply(ReadingEvent::Stopped);
        self.head_timed_out = false;
        self.buffer.clear();
    }

    /// The connection switches to the application's own protocol.
    pub(super) fn upgrade(&mut self) {
        self.apply(ReadingEvent::Upgraded);
        self.decoder = Decoder::none();
    }
}

/// The buffer.
impl Inbound {
    /// Bytes that have arrived and are not parsed.
    pub(super) fn buffered(&self) -> usize {
        self.buffer.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    /// The peer closed its half.
    pub(super) fn end(&mut self) {
        self.ended = true;
    }

    /// Drops what is buffered.
    pub(super) fn clear_buffer(&mut self) {
        self.buffer.clear();
    }

    /// Whether the buffer has room. While it has none, the peer waits: the backpressure.
    pub(super) fn wants_input(&self, config: &Config) -> bool {
        match self.reading {
            // A PROXY protocol header that is too long is refused before it is complete.
            Reading::ProxyHeader { .. } | Reading::Discard { .. } | Reading::Ignore => true,
            Reading::Head => {
                self.buffer.len() <= config.buffer_size.max(config.client_max_header_size)
            }
            // To read on, within one buffer, also detects that the peer has gone.
            Reading::Body | Reading::Complete | Reading::Raw => {
                self.buffer.len() < config.buffer_size
            }
        }
    }

    /// Room for one read of at most `most` bytes.
    #[inline]
    pub(super) fn room(&mut self, step: usize, most: usize) -> InputBuffer<'_> {
        let room = match self.reading {
            // A long body is worth long reads: a system call costs as much as copying 10 KiB.
            Reading::Body if self.decoder.remaining().is_none_or(|left| left > step as u64) => {
                self.long_room(step)
            }
            _ => step,
        };
        let room = room.saturating_sub(self.buffer.len()).max(step / 4);
        let room = room.min(most).max(1);
        if self.buffer.capacity() - self.buffer.len() < room {
            self.buffer.reserve(room);
        }
        (&mut self.buffer).limit(room)
    }

    /// Room for a long read. The rest of a buffer that a head or a piece still holds is used
    /// before a new one is allocated.
    #[inline(never)]
    fn long_room(&mut self, step: usize) -> usize {
        let (room, capacity) = (step * BODY_STEPS, self.buffer.capacity());
        let rest = capacity - self.buffer.len();
        if rest >= step && !self.buffer.try_reclaim(room) { capacity } else { room }
    }

    pub(super) fn has_buffer(&self) -> bool {
        self.buffer.capacity() > 0
    }

    /// Takes the memory of an empty buffer.
    pub(super) fn take_buffer(&mut self) -> Option<BytesMut> {
        let is_unused = self.buffer.is_empty() && self.has_buffer();
        is_unused.then(|| std::mem::take(&mut self.buffer))
    }

    /// Uses the memory of an empty buffer, if there is none yet.
    pub(super) fn use_buffer(&mut self, buffer: BytesMut) {
        if !self.has_buffer() && buffer.is_empty() {
            self.buffer = buffer;
        }
    }
}

/// Before the first request.
impl Inbound {
    pub(super) fn expect_proxy_header(&mut self, believed: bool) {
        self.apply(ReadingEvent::ProxyHeaderExpected { believed });
    }

    /// Takes the PROXY protocol header off the buffer. `None` while it is not complete.
    pub(super) fn read_proxy_header(&mut self) -> Result<Option<ProxyHeader>, ProxyError> {
        let header = proxy_protocol::parse(&self.buffer)?;
        if let Some(header) = &header {
            let _ = self.buffer.split_to(header.consumed);
            self.apply(ReadingEvent::ProxyHeaderRead);
        }
        Ok(header)
    }
}

/// The request head.
impl Inbound {
    pub(super) fn head(&self) -> &RequestHead {
        &self.head
    }

    pub(super) fn shared_head(&self) -> &Arc<RequestHead> {
        self.head.shared()
    }

    /// Parses a request head. `None` if there is no memory to parse it into; `Ok(false)` while it
    /// is not complete.
    #[inline]
    pub(super) fn parse_head(&mut self, config: &Config) -> Option<Result<bool, PeerError>> {
        let head = self.head.renew()?;
        Some(self.parser.parse(&mut self.buffer, config, head))
    }

    /// A complete head begins a request: its body is next.
    pub(super) fn begin_request(&mut self, config: &Config) {
        let (decoder, event) = match self.head.body_length() {
            BodyLength::None => (Decoder::none(), ReadingEvent::HeadWithoutBody),
            BodyLength::Length(length) => (Decoder::length(length), ReadingEvent::HeadWithBody),
            BodyLength::Chunked => (Decoder::chunked(), ReadingEvent::HeadWithBody),
        };
        self.decoder = decoder;
        self.apply(event);
        self.limits = Limits::from(config);
        self.body_fault = None;
        self.continue_owed = self.head.expects_continue();
    }

    /// Forgets a head that is not valid. Its method is kept if it is HEAD: the response to HEAD has
    /// no content, whatever else is wrong (RFC 9110 section 9.3.2).
    pub(super) fn clear_faulty_head(&mut self) {
        let is_head = self.buffer.starts_with(b"HEAD ");
        self.head.clear();
        if is_head && let Some(head) = self.head.renew() {
            head.set_method(Method::HEAD);
        }
    }

    pub(super) fn set_head_timed_out(&mut self) {
        self.head_timed_out = true;
    }

    pub(super) fn is_head_timed_out(&self) -> bool {
        self.head_timed_out
    }

    pub(super) fn release_head(&mut self) -> Option<Arc<RequestHead>> {
        self.head.release()
    }

    pub(super) fn adopt_head(&mut self, head: Option<Arc<RequestHead>>) {
        self.head.adopt(head);
    }

    /// The exchange is over: the next bytes are a request head.
    pub(super) fn next_request(&mut self) {
        self.apply(ReadingEvent::ExchangeOver);
        self.head.clear();
    }

    /// Whether a client that closes as well is to be expected to send nothing more.
    pub(super) fn expects_nothing(&self) -> bool {
        self.ended
            || (self.reading == Reading::Complete
                && self.buffer.is_empty()
                && !self.head.keep_alive())
    }
}

/// The request body.
impl Inbound {
    /// Decodes a piece of the body.
    pub(super) fn decode(
        &mut self,
        decode: impl FnOnce(&mut Decoder, &mut BytesMut, &Limits) -> Result<Decoded, PeerError>,
    ) -> Result<Decoded, PeerError> {
        let decoded = decode(&mut self.decoder, &mut self.buffer, &self.limits)?;
        if decoded == Decoded::NeedInput {
            if self.ended {
                self.decoder.on_eof()?;
            }
        } else {
            self.continue_owed = false;
            if self.decoder.is_done() {
                self.apply(ReadingEvent::BodyRead);
            }
        }
        Ok(decoded)
    }

    /// The next bytes of the application's own protocol.
    pub(super) fn take_raw(&mut self) -> Decoded {
        if !self.buffer.is_empty() {
            return Decoded::Data(self.buffer.split().freeze());
        }
        if self.ended { Decoded::End } else { Decoded::NeedInput }
    }

    /// A body that cannot be read to its end: it is not known where a next request would begin.
    pub(super) fn fail_body(&mut self, fault: PeerError) {
        self.apply(ReadingEvent::Stopped);
        self.buffer.clear();
        self.body_fault = Some(fault);
    }

    pub(super) fn body_fault(&self) -> Option<PeerError> {
        self.body_fault
    }

    /// The exchange is over: the rest of its body is discarded up to this limit.
    pub(super) fn leave_body(&mut self, limit: u64) {
        self.apply(ReadingEvent::BodyLeft { limit });
    }

    /// Discards what is buffered of a body that the handler did not read.
    pub(super) fn discard(&mut self) -> Discarded {
        let Reading::Discard { mut left } = self.reading else { return Discarded::NeedInput };
        loop {
            match self.decoder.decode(&mut self.buffer, usize::MAX, &self.limits) {
                Ok(Decoded::Data(data)) => match left.checked_sub(data.len() as u64) {
                    Some(rest) => left = rest,
                    None => return Discarded::TooLong,
                },
                Ok(Decoded::NeedInput) if self.ended => return Discarded::InputEnded,
                Ok(Decoded::NeedInput) => {
                    self.apply(ReadingEvent::Discarded { left });
                    return Discarded::NeedInput;
                }
                Ok(Decoded::End) => return Discarded::All,
                Err(fault) => return Discarded::Fault(fault),
            }
        }
    }

    pub(super) fn trailers(&self) -> Option<&Trailers> {
        self.decoder.trailers()
    }

    pub(super) fn set_body_limit(&mut self, bytes: u64) {
        self.limits.body_size = bytes;
    }

    /// Bytes of the body that were decoded, without its transfer coding.
    pub(super) fn body_received(&self) -> u64 {
        self.decoder.received()
    }

    pub(super) fn is_body_read(&self) -> bool {
        self.reading != Reading::Raw && self.body_fault.is_none() && self.decoder.is_done()
    }

    /// Whether the request has arrived to its end, read or not. Of a body in chunks only the
    /// decoder knows the end.
    pub(super) fn has_whole_request(&self) -> bool {
        let left = self.decoder.remaining();
        self.reading == Reading::Complete
            || left.is_some_and(|left| left <= self.buffer.len() as u64)
    }

    /// Whether more of the body is known to follow than is buffered and may be discarded.
    pub(super) fn exceeds_discard_limit(&self, limit: u64) -> bool {
        self.decoder.remaining().is_some_and(|left| left > self.buffer.len() as u64 + limit)
    }

    /// Whether the client waits for `100 Continue`.
    pub(super) fn is_continue_owed(&self) -> bool {
        self.continue_owed
    }

    /// The same, and it does not wait any longer.
    pub(super) fn take_continue(&mut self) -> bool {
        std::mem::take(&mut self.continue_owed)
    }
}

/// A read of a long body may be so many times `buffer_size`.
const BODY_STEPS: usize = 4;
