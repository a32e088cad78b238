//! A WebSocket in an exchange: its handshake, and what the handler and its handles do with it
//! (RFC 6455).
//!
//! The rules of the protocol are in `websocket/`, and what the connection does with a session in
//! `connection/websocket.rs`.

use super::Exchange;
use crate::clock::Now;
use crate::connection::{Connection, Piece};
use crate::error::Error;
use crate::websocket::{
    CloseCode, Delivery, Handshake, Message, MessageKind, PreparedMessage, SendError, Session,
    Violation,
};

/// The WebSocket of an exchange ([`Exchange::websocket`]).
///
/// The engine answers pings, sends its own, and answers a close frame. What is sent goes through
/// the transmit queue: a writer waits while [`Exchange::is_write_blocked`].
///
/// ```
/// # use std::{sync::Arc, time::Instant};
/// # use bytes::BufMut;
/// use tremolo_core::{Config, Connection, Event, Incoming, Now, Settings};
///
/// # let settings = Arc::new(Settings::new(Config::default())?);
/// # let now = Now::new(Instant::now(), 784_111_777);
/// # let mut connection = Connection::new(settings, None, &now);
/// # connection.input_buffer().put_slice(
/// #     b"GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
/// #       Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
/// # );
/// # connection.handle_input(&now);
/// # assert!(matches!(connection.poll_event(&now), Some(Event::Request(_))));
/// let mut exchange = connection.current().expect("a request has begun");
/// let handshake = exchange.peek().websocket_handshake()?;
/// exchange.accept_websocket(&now, &handshake, None)?;
///
/// // Bytes that a socket would read: "Hello", masked (RFC 6455 section 5.7).
/// connection.input_buffer().put_slice(b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
/// connection.handle_input(&now);
///
/// let mut exchange = connection.current().expect("it goes on");
/// let mut socket = exchange.websocket().expect("it was accepted");
/// while let Incoming::Message(message) = socket.poll_message(&now) {
///     socket.send(&now, message.kind, message.payload)?;
/// }
/// # assert_eq!(connection.peek().queued(), 129 + 7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct WebSocket<'a> {
    connection: &'a mut Connection,
}

/// What a reader of a WebSocket gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// The next message.
    Message(Message),
    /// None is complete: the reader waits for input.
    NeedInput,
    /// None will come: a close frame was sent, or the peer is gone. [`WebSocket::close_status`]
    /// has the reason.
    Closed,
}

/// How a WebSocket was closed (RFC 6455 sections 7.1.5 and 7.1.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CloseStatus<'a> {
    /// The code of the peer's close frame; [`CloseCode::NO_CODE`] if it had none, and
    /// [`CloseCode::ABNORMAL`] if none has come.
    pub code: CloseCode,
    /// The reason in the peer's close frame.
    pub reason: &'a str,
    /// The fault of the peer that has ended the session.
    pub violation: Option<Violation>,
    /// Whether a close frame of ours was sent, also as the answer to the peer's.
    pub has_sent_close: bool,
}

impl Exchange<'_> {
    /// Sends the `101` with the fields of the response that the application has set, and begins
    /// the session. The handler has no deadline any more; the other methods of the response return
    /// [`Misuse::ResponseEnded`](crate::Misuse::ResponseEnded), and `close` closes the WebSocket.
    ///
    /// A `subprotocol` that the client has not offered is left out.
    ///
    /// # Errors
    ///
    /// Those of [`Exchange::upgrade`].
    pub fn accept_websocket(
        &mut self,
        now: &Now,
        handshake: &Handshake,
        subprotocol: Option<&str>,
    ) -> Result<(), Error> {
        self.check_upgrade()?;
        let mut set = Ok(());
        let response = self.connection.outbound.response_mut();
        handshake.response_fields(subprotocol, |name, value| {
            if set.is_ok() {
                set = response.set(name.as_bytes(), value.as_bytes());
            }
        });
        set?;
        self.switch_protocol(b"websocket")?;
        self.connection.outbound.end_response();
        let settings = &self.connection.settings;
        let (options, pool) = (settings.websocket(), settings.deflate_pool());
        let session = Session::new(options, handshake.deflate(), pool, now.instant);
        self.connection.begin_websocket(now, session);
        Ok(())
    }

    /// The WebSocket; `None` if none was accepted.
    #[inline]
    pub fn websocket(&mut self) -> Option<WebSocket<'_>> {
        let is_websocket = self.peek().is_websocket();
        is_websocket.then_some(WebSocket { connection: self.connection })
    }
}

impl WebSocket<'_> {
    /// The next message. While one waits, nothing behind it is decoded: neither a ping nor a close
    /// frame.
    #[inline]
    pub fn poll_message(&mut self, now: &Now) -> Incoming {
        // Called once more for the last message of a read, and then there is nothing to decode.
        let has_message = self.session().is_some_and(Session::has_message);
        if !has_message && self.connection.inbound.has_undecoded() {
            self.connection.read_websocket(now);
        }
        let Some(session) = self.connection.inbound.websocket_mut() else {
            return Incoming::Closed;
        };
        match session.poll_message() {
            Some(message) => {
                self.connection.turn.spend_piece(now.instant, message.payload.len());
                Incoming::Message(message)
            }
            None if session.is_open() => Incoming::NeedInput,
            None => Incoming::Closed,
        }
    }

    /// Sends a whole message. Compressed, if that was negotiated and the message is long enough.
    /// The caller guarantees that a text is UTF-8.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`], also if the connection is gone, [`SendError::FragmentsOpen`],
    /// [`SendError::CompressionFailed`].
    pub fn send<'a>(
        &mut self,
        now: &Now,
        kind: MessageKind,
        payload: impl Into<Piece<'a>>,
    ) -> Result<(), SendError> {
        let payload = payload.into();
        let session = self.connection.inbound.websocket().ok_or(SendError::Closed);
        match session.and_then(|session| session.plain_head(kind, payload.as_slice())) {
            // The state of the session does not change, so that nothing is to be settled.
            Ok(Some(head)) => {
                self.connection.turn.spend_piece(now.instant, payload.len());
                self.connection.queue_frame(&head, payload);
                Ok(())
            }
            _ => self.write(now, payload.len(), |session| session.send(kind, payload)),
        }
    }

    /// Sends a fragment of a message. The `kind` of its first one counts; its size decides whether
    /// the message is compressed. The caller guarantees that the fragments of a text together are
    /// UTF-8.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`], [`SendError::CompressionFailed`].
    pub fn send_fragment<'a>(
        &mut self,
        now: &Now,
        kind: MessageKind,
        payload: impl Into<Piece<'a>>,
        is_last: bool,
    ) -> Result<(), SendError> {
        let payload = payload.into();
        self.write(now, payload.len(), |session| session.send_fragment(kind, payload, is_last))
    }

    /// Sends a message that was framed and compressed for many sessions.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`], [`SendError::FragmentsOpen`].
    pub fn send_prepared(&mut self, now: &Now, message: &PreparedMessage) -> Result<(), SendError> {
        self.write(now, message.len(), |session| session.send_prepared(message))
    }

    /// Sends a ping with up to 125 bytes.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`], [`SendError::ControlTooLong`].
    pub fn ping(&mut self, now: &Now, payload: &[u8]) -> Result<(), SendError> {
        self.write(now, payload.len(), |session| session.ping(payload))
    }

    /// Sends a pong with up to 125 bytes that answers no ping (RFC 6455 section 5.5.3).
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`], [`SendError::ControlTooLong`].
    pub fn pong(&mut self, now: &Now, payload: &[u8]) -> Result<(), SendError> {
        self.write(now, payload.len(), |session| session.pong(payload))
    }

    /// Begins the closing handshake. [`CloseCode::NO_CODE`] without a reason sends an empty close
    /// frame. Messages that arrive from now on are dropped. The connection closes when the peer's
    /// close frame arrives, or after `ws_close_timeout` ([`WebSocket::is_closed`]).
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`], [`SendError::InvalidCloseCode`], [`SendError::ReasonTooLong`].
    pub fn close(&mut self, now: &Now, code: CloseCode, reason: &str) -> Result<(), SendError> {
        let closed =
            self.write(now, reason.len(), |session| session.close(now.instant, code, reason));
        // What waited behind a message that is dropped now may be the peer's close frame.
        self.connection.read_websocket(now);
        closed
    }

    /// Changes what [`WebSocket::poll_message`] returns, from the next frame on.
    pub fn set_delivery(&mut self, delivery: Delivery) {
        if let Some(session) = self.connection.inbound.websocket_mut() {
            session.set_delivery(delivery);
        }
    }

    /// Whether messages can be sent and received: no close frame was sent, and the peer is there.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.session().is_some_and(Session::is_open)
    }

    /// Whether the closing handshake is complete, or the peer is gone.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.session().is_none_or(Session::is_closed)
    }

    /// How the WebSocket was closed; `None` while it is open. Our own close frame is not in it.
    #[must_use]
    pub fn close_status(&self) -> Option<CloseStatus<'_>> {
        let session = self.session().filter(|session| !session.is_open())?;
        let reason = session.peer_close().map_or("", |frame| &frame.reason);
        let (code, violation) = (session.close_code(), session.violation());
        let has_sent_close = session.has_sent_close();
        Some(CloseStatus { code, reason, violation, has_sent_close })
    }

    fn session(&self) -> Option<&Session> {
        self.connection.inbound.websocket()
    }

    fn write(
        &mut self,
        now: &Now,
        bytes: usize,
        send: impl FnOnce(&mut Session) -> Result<(), SendError>,
    ) -> Result<(), SendError> {
        self.connection.turn.spend_piece(now.instant, bytes);
        let session = self.connection.inbound.websocket_mut().ok_or(SendError::Closed)?;
        let sent = send(session);
        self.connection.settle_websocket(now);
        sent
    }
}
