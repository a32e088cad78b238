//! One WebSocket connection after its handshake: messages, pings, and the closing handshake (RFC
//! 6455 sections 5 to 7).

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::BytesMut;

use super::close::CloseFrame;
use super::close_code::CloseCode;
use super::deflate::{DeflateParams, DeflatePool, Deflater, Inflater, MAX_WINDOW_BITS};
use super::error::{SendError, Violation};
use super::frame::{EncodedHead, Opcode};
use super::keep_alive::{Due, KeepAlive};
use super::message::{Message, MessageKind};
use super::options::{Delivery, Options};
use super::prepared::PreparedMessage;
use super::receiver::{Received, Receiver};
use super::sender::Sender;
use crate::piece::Piece;

/// A WebSocket session.
///
/// ```
/// use std::{sync::Arc, time::Instant};
/// use bytes::BytesMut;
/// use tremolo_core::Config;
/// use tremolo_core::websocket::{DeflatePool, Options, Session};
///
/// let options = Options::new(&Config::default());
/// let now = Instant::now();
/// let mut session = Session::new(&options, None, &Arc::new(DeflatePool::default()), now);
///
/// // Bytes that a socket would read: "Hello", masked (RFC 6455 section 5.7).
/// let mut input = BytesMut::from(&b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"[..]);
/// session.handle_input(now, &mut input);
///
/// // Calls that a handler would make:
/// let message = session.poll_message().expect("it is complete");
/// assert_eq!(&message.payload[..], b"Hello");
/// session.send(message.kind, message.payload)?;
///
/// // Bytes that a socket would write:
/// let mut wire = Vec::new();
/// session.drain_output(|piece| wire.extend_from_slice(piece.as_slice()));
/// assert_eq!(wire, b"\x81\x05Hello");
/// # Ok::<(), tremolo_core::websocket::SendError>(())
/// ```
#[derive(Debug)]
#[repr(C)] // In the order of use: what each message needs is in few cache lines.
pub struct Session {
    /// The peer's close frame.
    peer_close: Option<CloseFrame>,
    close_timeout: Duration,
    /// When the peer's close frame is no longer waited for.
    close_deadline: Option<Instant>,
    sender: Sender,
    violation: Option<Violation>,
    phase: Phase,
    keep_alive: KeepAlive,
    /// Bytes that the last call left in the input.
    undecoded: usize,
    /// The message that waits for the application.
    message: Option<Message>,
    receiver: Receiver,
}

/// How far the closing handshake is (RFC 6455 section 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Open,
    /// Our close frame was sent, and the peer's is missing.
    Closing,
    Closed,
}

/// How a handler ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandlerEnd {
    /// It returned: 1000.
    Returned,
    /// It failed: 1011.
    Failed,
    /// The server stops: 1001.
    ServerStops,
}

impl Session {
    /// A session whose `101` is being sent. `deflate` is [`Handshake::deflate`].
    ///
    /// [`Handshake::deflate`]: super::Handshake::deflate
    #[must_use]
    pub fn new(
        options: &Options,
        deflate: Option<DeflateParams>,
        pool: &Arc<DeflatePool>,
        now: Instant,
    ) -> Self {
        let inflater =
            deflate.map(|params| Inflater::new(Arc::clone(pool), params.client_takeover));
        let deflater = deflate.map(|params| {
            let bits = params.server_window_bits.unwrap_or(MAX_WINDOW_BITS);
            Deflater::new(Arc::clone(pool), params.server_takeover, bits)
        });
        Self {
            receiver: Receiver::new(options, inflater),
            sender: Sender::new(deflater, options.compression_min_size),
            keep_alive: KeepAlive::new(options.ping_interval, options.ping_timeout, now),
            undecoded: 0,
            message: None,
            phase: Phase::Open,
            close_timeout: options.close_timeout,
            close_deadline: None,
            peer_close: None,
            violation: None,
        }
    }

    /// Takes received bytes from `input`, up to the end of the next message. The rest is decoded by
    /// the next call, after [`Session::poll_message`].
    ///
    /// Call it with the same buffer, to which received bytes were appended: the session may leave the
    /// beginning of a frame in it, at most 64 KiB. While [`Session::frame_rest`] is not 0 it waits for
    /// more, whatever is in the buffer. Pings are answered. After the session is closed all input is
    /// dropped.
    pub fn handle_input(&mut self, now: Instant, input: &mut BytesMut) {
        if input.len() > self.undecoded {
            self.keep_alive.received(now);
        }
        while self.wants_input() {
            match self.receiver.poll(input) {
                Ok(Some(received)) => self.received(received),
                Ok(None) => break,
                Err(violation) => self.fail(violation),
            }
        }
        if self.phase == Phase::Closed {
            input.clear();
        }
        self.undecoded = input.len();
    }

    /// The peer sends nothing more: the session is closed.
    pub fn handle_eof(&mut self) {
        self.end();
    }

    /// The deadline of [`Session::poll_deadline`] has passed: sends a ping, or ends the session.
    pub fn handle_timeout(&mut self, now: Instant) {
        match self.phase {
            Phase::Open => match self.keep_alive.due(now, self.message.is_some()) {
                // The session is open, and an empty payload is not too long.
                Some(Due::Ping) => drop(self.sender.control(Opcode::Ping, b"")),
                Some(Due::Dead) => self.end(),
                None => {}
            },
            Phase::Closing if self.close_deadline.is_some_and(|deadline| deadline <= now) => {
                self.end();
            }
            Phase::Closing | Phase::Closed => {}
        }
    }

    /// Moves the deadline of [`Session::poll_deadline`]: the peer cannot be read before.
    pub(crate) fn wait_until(&mut self, until: Option<Instant>) {
        match self.phase {
            Phase::Open => self.keep_alive.wait_until(until),
            Phase::Closing => self.close_deadline = until,
            Phase::Closed => {}
        }
    }

    /// Sends a whole message. Compressed, if that was negotiated and the message is long enough. The
    /// caller guarantees that a text is UTF-8.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`], [`SendError::FragmentsOpen`], [`SendError::CompressionFailed`].
    pub fn send<'a>(
        &mut self,
        kind: MessageKind,
        payload: impl Into<Piece<'a>>,
    ) -> Result<(), SendError> {
        self.sender.send(kind, payload.into())
    }

    /// The head of a whole message that goes into the transmit queue as it is, without the output of
    /// the session; `None` if it is to be sent by [`Session::send`].
    #[inline]
    pub(crate) fn plain_head(
        &self,
        kind: MessageKind,
        payload: &[u8],
    ) -> Result<Option<EncodedHead>, SendError> {
        self.sender.plain_head(kind, payload)
    }

    /// Sends a fragment of a message. The `kind` of its first one counts; its size decides whether the
    /// message is compressed. The caller guarantees that the fragments of a text together are UTF-8.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`], [`SendError::CompressionFailed`].
    pub fn send_fragment<'a>(
        &mut self,
        kind: MessageKind,
        payload: impl Into<Piece<'a>>,
        is_last: bool,
    ) -> Result<(), SendError> {
        self.sender.send_fragment(kind, payload.into(), is_last)
    }

    /// Sends a message that was framed and compressed for many sessions.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`], [`SendError::FragmentsOpen`].
    pub fn send_prepared(&mut self, message: &PreparedMessage) -> Result<(), SendError> {
        self.sender.send_prepared(message)
    }

    /// Sends a ping with up to 125 bytes.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`], [`SendError::ControlTooLong`].
    pub fn ping(&mut self, payload: &[u8]) -> Result<(), SendError> {
        self.sender.control(Opcode::Ping, payload)
    }

    /// Sends a pong with up to 125 bytes that answers no ping (RFC 6455 section 5.5.3).
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`], [`SendError::ControlTooLong`].
    pub fn pong(&mut self, payload: &[u8]) -> Result<(), SendError> {
        self.sender.control(Opcode::Pong, payload)
    }

    /// Begins the closing handshake. [`CloseCode::NO_CODE`] without a reason sends an empty close
    /// frame. Messages that arrive from now on are dropped; the session is closed when the peer's
    /// close frame arrives, or after `ws_close_timeout`.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`], [`SendError::InvalidCloseCode`], [`SendError::ReasonTooLong`].
    pub fn close(&mut self, now: Instant, code: CloseCode, reason: &str) -> Result<(), SendError> {
        self.sender.close(code, reason)?;
        self.phase = Phase::Closing;
        self.close_deadline = now.checked_add(self.close_timeout);
        self.message = None;
        Ok(())
    }

    /// The handler has ended: begins the closing handshake, unless it has begun already.
    pub fn handler_done(&mut self, now: Instant, end: HandlerEnd) {
        let code = match end {
            HandlerEnd::Returned => CloseCode::NORMAL,
            HandlerEnd::Failed => CloseCode::INTERNAL_ERROR,
            HandlerEnd::ServerStops => CloseCode::GOING_AWAY,
        };
        self.message = None;
        // It fails only if a close frame was sent, or the session is over.
        let _ = self.close(now, code, "");
    }

    /// Changes what [`Session::poll_message`] returns, from the next frame on.
    pub fn set_delivery(&mut self, delivery: Delivery) {
        self.receiver.delivery = delivery;
    }

    /// Takes the message that has arrived.
    pub fn poll_message(&mut self) -> Option<Message> {
        self.message.take()
    }

    /// Passes on the bytes to send, in order.
    pub fn drain_output(&mut self, push: impl FnMut(Piece<'_>)) {
        self.sender.drain(push);
    }

    /// When [`Session::handle_timeout`] is to be called.
    #[must_use]
    pub fn poll_deadline(&self) -> Option<Instant> {
        match self.phase {
            Phase::Open => self.keep_alive.deadline(),
            Phase::Closing => self.close_deadline,
            Phase::Closed => None,
        }
    }

    /// Bytes of the output.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.sender.queued()
    }

    /// Whether [`Session::drain_output`] has anything to do.
    pub(crate) fn has_output(&self) -> bool {
        self.sender.has_output()
    }

    /// While `hold`, the transmit queue is full, and at most 4 KiB of pongs become output. The latest
    /// ping beyond that is answered afterwards (section 5.5.3).
    pub(crate) fn hold_pongs(&mut self, hold: bool) {
        self.sender.hold_pongs(hold);
    }

    /// Bytes that the payload of the current frame is missing.
    pub fn frame_rest(&self) -> u64 {
        self.receiver.frame_rest()
    }

    /// Bytes of the last frame of a message that has begun: the next one is likely to be as long.
    pub(crate) fn last_frame_length(&self) -> u64 {
        self.receiver.last_length()
    }

    /// Whether [`Session::handle_input`] would decode more: no message waits for the application,
    /// and the session is not closed.
    #[must_use]
    pub fn wants_input(&self) -> bool {
        self.message.is_none() && self.phase != Phase::Closed
    }

    /// Whether messages can be sent: no close frame was sent, and the peer is there.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.phase == Phase::Open
    }

    /// Whether a close frame was sent.
    #[must_use]
    pub(crate) fn has_sent_close(&self) -> bool {
        self.sender.has_sent_close()
    }

    /// Whether a message waits for [`Session::poll_message`].
    #[must_use]
    pub fn has_message(&self) -> bool {
        self.message.is_some()
    }

    /// Whether the session is over: the output is to be sent, and the connection to be closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.phase == Phase::Closed
    }

    /// The code of the peer's close frame, [`CloseCode::NO_CODE`] if it had none, and
    /// [`CloseCode::ABNORMAL`] as long as none has arrived (RFC 6455 section 7.1.5).
    #[must_use]
    pub fn close_code(&self) -> CloseCode {
        self.peer_close.as_ref().map_or(CloseCode::ABNORMAL, |frame| frame.code)
    }

    /// The peer's close frame.
    #[must_use]
    pub fn peer_close(&self) -> Option<&CloseFrame> {
        self.peer_close.as_ref()
    }

    /// The fault of the peer that has ended the session.
    #[must_use]
    pub fn violation(&self) -> Option<Violation> {
        self.violation
    }

    fn received(&mut self, received: Received) {
        match received {
            Received::Message(message) => {
                if self.phase == Phase::Open {
                    self.message = Some(message);
                }
            }
            Received::Ping(payload) => self.sender.answer_ping(&payload),
            Received::Pong => {}
            Received::Close(frame) => {
                // Section 5.5.1: the answer has the same code. It fails if ours was sent before.
                let _ = self.sender.close(frame.code, "");
                self.peer_close = Some(frame);
                self.end();
            }
        }
    }

    /// Fails the session (section 7.1.7): nothing more is read.
    fn fail(&mut self, violation: Violation) {
        self.violation = Some(violation);
        // It fails if a close frame was sent before.
        let _ = self.sender.close(violation.close_code(), "");
        self.end();
    }

    fn end(&mut self) {
        self.phase = Phase::Closed;
        self.sender.stop();
        self.receiver.release();
    }
}
