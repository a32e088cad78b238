//! The receiving half: the input buffer, the parser of heads, the reader of the body, and the state
//! that decides what arriving bytes are (RFC 9112 sections 2 to 7).
//!
//! Its methods take no clock. The callers in `read.rs` and `close.rs` set the deadlines.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use bytes::buf::Limit;
use bytes::{BufMut, BytesMut};
use http::Method;

use super::body_reader::{BodyReader, Discarded};
use super::input_room::{BODY_STEPS, grow};
use super::shared_head::SharedHead;
use super::state::{Reading, ReadingEvent};
use crate::error::PeerError;
use crate::http1::body::{Decoded, Decoder, Limits};
use crate::http1::request::{HeadParser, RequestHead};
use crate::proxy_protocol::{self, ProxyError, ProxyHeader};
use crate::websocket::Session;
use tremolo_config::Config;

/// Room for the driver to read into: it bounds one read, and with it what can be buffered.
pub type InputBuffer<'a> = Limit<&'a mut BytesMut>;

/// The receiving half of a connection.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Inbound {
    body: BodyReader,
    parser: HeadParser,
    /// The head did not arrive within its time, or unencrypted; the error response is still to be
    /// sent.
    refusal: Option<PeerError>,
    /// The peer closed its half: nothing follows what is buffered.
    ended: bool,
    head: SharedHead,
    /// The WebSocket session after its handshake; boxed, because few connections have one.
    websocket: Option<Box<Session>>,
    reading: Reading,
    buffer: BytesMut,
}

impl Inbound {
    pub(crate) fn new(config: &Config, peer: Option<IpAddr>) -> Self {
        let mut inbound = Self {
            buffer: BytesMut::new(),
            ended: false,
            parser: HeadParser::default(),
            head: SharedHead::default(),
            refusal: None,
            body: BodyReader::new(config),
            websocket: None,
            reading: Reading::Head,
        };
        if config.proxy_protocol {
            let believed = config.trusted_proxies.contains(peer);
            inbound.apply(ReadingEvent::ProxyHeaderExpected { believed });
        }
        inbound
    }

    fn apply(&mut self, event: ReadingEvent) {
        if let Some(next) = self.reading.after(event) {
            self.reading = next;
        }
    }

    pub(crate) fn reading(&self) -> Reading {
        self.reading
    }

    /// No request can follow: what is buffered and what still arrives is dropped.
    pub(crate) fn stop(&mut self) {
        self.apply(ReadingEvent::Stopped);
        self.refusal = None;
        self.buffer.clear();
        if let Some(session) = &mut self.websocket {
            session.handle_eof();
        }
    }

    /// The connection switches to the application's own protocol.
    pub(crate) fn upgrade(&mut self) {
        self.apply(ReadingEvent::Upgraded);
        self.body.clear();
    }
}

/// The buffer.
impl Inbound {
    /// Bytes that have arrived and are not parsed.
    pub(crate) fn buffered(&self) -> usize {
        self.buffer.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.ended
    }

    /// The peer closed its half.
    pub(crate) fn end(&mut self) {
        self.ended = true;
    }

    /// Drops what is buffered.
    pub(crate) fn clear_buffer(&mut self) {
        self.buffer.clear();
    }

    /// Whether the buffer has room. While it has none, the peer waits: the backpressure.
    pub(crate) fn wants_input(&self, config: &Config) -> bool {
        match self.reading {
            // A PROXY protocol header that is too long is refused before it is complete.
            Reading::ProxyHeader { .. } | Reading::Discard { .. } | Reading::Ignore => true,
            Reading::Head => {
                self.buffer.len() <= config.buffer_size.max(config.client_max_header_size)
            }
            // To read on, within one buffer, also detects that the peer has gone.
            Reading::Body | Reading::Complete | Reading::Raw => {
                // A frame whose beginning stays in the buffer has its own limit.
                self.buffer.len() < config.buffer_size || self.frame_lengths().0 > 0
            }
        }
    }

    /// Room for one read of at most `most` bytes.
    #[inline]
    pub(crate) fn room(&mut self, step: usize, most: usize) -> InputBuffer<'_> {
        let (frame_rest, last_frame) = self.frame_lengths();
        let room = match self.reading {
            // A long body is worth long reads: a system call costs as much as copying 10 KiB.
            Reading::Body if self.body.remaining().is_none_or(|left| left > step as u64) => {
                self.long_room(step)
            }
            Reading::Raw if frame_rest > step as u64 => self.long_room(step),
            _ => step,
        };
        // The rest of a frame and the next head; between two frames, one like the last one.
        let (frame, head) = if frame_rest > 0 { (frame_rest, 0) } else { (last_frame, step / 4) };
        let frame = usize::try_from(frame).unwrap_or(usize::MAX);
        let least = frame.saturating_add(step / 4).min(step * BODY_STEPS + head);
        let room = room.saturating_sub(self.buffer.len()).max(least);
        let room = room.min(most).max(1);
        // The memory of messages that were delivered is not reclaimed for each short one.
        let enough = if self.websocket.is_some() { least.clamp(1, room) } else { room };
        if self.buffer.capacity() - self.buffer.len() < enough {
            // A head that is longer than the steps in which it arrives is not copied with each of them.
            let spare = if self.reading == Reading::Head { self.buffer.len() / 2 } else { 0 };
            grow(&mut self.buffer, room, spare);
        }
        let room = room.min(self.buffer.capacity() - self.buffer.len());
        (&mut self.buffer).limit(room)
    }

    /// Room for a long read. The rest of a buffer that a head or a piece still holds is used
    /// before a new one is allocated. A buffer of the pool may have more than that.
    #[inline(never)]
    fn long_room(&mut self, step: usize) -> usize {
        let (room, capacity) = (step * BODY_STEPS, self.buffer.capacity());
        let rest = capacity - self.buffer.len();
        if rest >= step && !self.buffer.try_reclaim(room) { capacity.min(room) } else { room }
    }

    pub(crate) fn has_buffer(&self) -> bool {
        self.buffer.capacity() > 0
    }

    /// Takes the memory of an empty buffer.
    pub(crate) fn take_buffer(&mut self) -> Option<BytesMut> {
        let is_unused = self.buffer.is_empty() && self.has_buffer();
        is_unused.then(|| std::mem::take(&mut self.buffer))
    }

    /// Uses the memory of an empty buffer, if there is none yet.
    pub(crate) fn use_buffer(&mut self, buffer: BytesMut) {
        if !self.has_buffer() && buffer.is_empty() {
            self.buffer = buffer;
        }
    }
}

/// Before the first request.
impl Inbound {
    /// Takes all that is buffered.
    pub(crate) fn take_buffered(&mut self) -> Vec<u8> {
        let rest = self.buffer.to_vec();
        self.buffer.clear();
        rest
    }

    /// Takes the PROXY protocol header off the buffer. `None` while it is not complete.
    pub(crate) fn read_proxy_header(&mut self) -> Result<Option<ProxyHeader>, ProxyError> {
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
    #[inline]
    pub(crate) fn head(&self) -> &RequestHead {
        &self.head
    }

    #[inline]
    pub(crate) fn shared_head(&self) -> &Arc<RequestHead> {
        self.head.shared()
    }

    /// Parses a request head. `None` if there is no memory to parse it into; `Ok(false)` while it
    /// is not complete.
    #[inline]
    pub(crate) fn parse_head(&mut self, config: &Config) -> Option<Result<bool, PeerError>> {
        let head = self.head.renew()?;
        Some(self.parser.parse(&mut self.buffer, config, head))
    }

    /// A complete head begins a request: its body is next.
    pub(crate) fn begin_request(&mut self, config: &Config) {
        let has_body = self.body.begin(&self.head, config);
        self.apply(if has_body {
            ReadingEvent::HeadWithBody
        } else {
            ReadingEvent::HeadWithoutBody
        });
    }

    /// Forgets a head that is not valid. Its method is kept if it is HEAD: the response to HEAD has
    /// no content, whatever else is wrong (RFC 9110 section 9.3.2).
    pub(crate) fn clear_faulty_head(&mut self) {
        let is_head = self.buffer.starts_with(b"HEAD ");
        self.head.clear();
        if is_head && let Some(head) = self.head.renew() {
            head.clear();
            head.set_method(Method::HEAD);
        }
    }

    /// The next request gets an error response, whatever its head is.
    pub(crate) fn refuse(&mut self, fault: PeerError) {
        self.refusal = Some(fault);
    }

    pub(crate) fn refusal(&self) -> Option<PeerError> {
        self.refusal
    }

    pub(crate) fn release_head(&mut self) -> Option<Arc<RequestHead>> {
        self.head.release()
    }

    pub(crate) fn adopt_head(&mut self, head: Option<Arc<RequestHead>>) {
        self.head.adopt(head);
    }

    /// The exchange is over: the next bytes are a request head.
    pub(crate) fn next_request(&mut self) {
        self.apply(ReadingEvent::ExchangeOver);
        self.head.clear();
    }

    /// Whether a client that closes as well is to be expected to send nothing more.
    pub(crate) fn expects_nothing(&self) -> bool {
        self.ended
            || (self.reading == Reading::Complete
                && self.buffer.is_empty()
                && !self.head.keep_alive())
    }
}

/// The request body.
impl Inbound {
    pub(crate) fn body(&self) -> &BodyReader {
        &self.body
    }

    pub(crate) fn body_mut(&mut self) -> &mut BodyReader {
        &mut self.body
    }

    /// Whether the client waits for `100 Continue`. It does not wait any longer.
    pub(crate) fn take_continue(&mut self) -> bool {
        self.body.take_continue()
    }

    /// Decodes a piece of the body.
    #[inline]
    pub(crate) fn decode(
        &mut self,
        decode: impl FnOnce(&mut Decoder, &mut BytesMut, &Limits) -> Result<Decoded, PeerError>,
    ) -> Result<Decoded, PeerError> {
        let decoded = self.body.decode(&mut self.buffer, self.ended, decode)?;
        if decoded != Decoded::NeedInput && self.body.is_done() {
            self.apply(ReadingEvent::BodyRead);
        }
        Ok(decoded)
    }

    /// The next bytes of the application's own protocol.
    pub(crate) fn take_raw(&mut self) -> Decoded {
        if self.websocket.is_some() {
            return Decoded::End;
        }
        if !self.buffer.is_empty() {
            return Decoded::Data(self.buffer.split().freeze());
        }
        if self.ended { Decoded::End } else { Decoded::NeedInput }
    }

    /// A body that cannot be read to its end: it is not known where a next request would begin.
    pub(crate) fn fail_body(&mut self, fault: PeerError) {
        self.apply(ReadingEvent::Stopped);
        self.buffer.clear();
        self.body.fail(fault);
    }

    /// The exchange is over: the rest of its body is discarded up to this limit.
    pub(crate) fn leave_body(&mut self, limit: u64) {
        self.apply(ReadingEvent::BodyLeft { limit });
    }

    /// Discards what is buffered of a body that the handler did not read; `None` if there is none.
    pub(crate) fn discard(&mut self) -> Option<Discarded> {
        let Reading::Discard { left } = self.reading else { return None };
        let discarded = self.body.discard(&mut self.buffer, self.ended, left);
        if let Discarded::NeedInput { left } = discarded {
            self.apply(ReadingEvent::Discarded { left });
        }
        Some(discarded)
    }

    /// Whether the body was read to its end, or there is none.
    pub(crate) fn is_body_read(&self) -> bool {
        self.reading != Reading::Raw && self.body.is_read()
    }

    /// Whether the request has arrived to its end, read or not. Of a body in chunks only the
    /// decoder knows the end.
    pub(crate) fn has_whole_request(&self) -> bool {
        let left = self.body.remaining();
        self.reading == Reading::Complete
            || left.is_some_and(|left| left <= self.buffer.len() as u64)
    }

    /// Whether the rest of the body is known to be longer than what [`Inbound::discard`] takes.
    pub(crate) fn exceeds_discard_limit(&self, limit: u64) -> bool {
        self.body.known_rest() > limit.min(self.body.allowance())
    }
}

/// The WebSocket session.
impl Inbound {
    /// From here on the received bytes are frames.
    pub(crate) fn begin_websocket(&mut self, session: Session) {
        self.websocket = Some(Box::new(session));
    }

    pub(crate) fn websocket(&self) -> Option<&Session> {
        self.websocket.as_deref()
    }

    pub(crate) fn websocket_mut(&mut self) -> Option<&mut Session> {
        self.websocket.as_deref_mut()
    }

    /// Whether [`Inbound::decode_frames`] has anything to do: bytes have arrived, or their end.
    pub(crate) fn has_undecoded(&self) -> bool {
        !self.buffer.is_empty() || self.ended
    }

    /// Decodes frames up to the end of the next message. After the last byte of a peer that closed
    /// its half the session ends. Returns how many bytes were decoded.
    pub(crate) fn decode_frames(&mut self, now: Instant) -> usize {
        let Some(session) = &mut self.websocket else { return 0 };
        let before = self.buffer.len();
        session.handle_input(now, &mut self.buffer);
        if self.ended && session.wants_input() {
            session.handle_eof();
        }
        before - self.buffer.len()
    }

    /// Bytes that the payload of the current frame is missing, and those of the last one.
    #[inline]
    fn frame_lengths(&self) -> (u64, u64) {
        let lengths = |session: &Session| (session.frame_rest(), session.last_frame_length());
        self.websocket().map_or((0, 0), lengths)
    }
}
