//! What the halves of a WebSocket share: the exchange, the handshake, and the moment at which the
//! WebSocket is accepted.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use tremolo_core::websocket::{CloseCode, CloseFrame, Handshake, MessageKind, SendError};
use tremolo_core::{Error, Now, WebSocket as EngineSocket};

use crate::error::WebSocketError;
use crate::shared_connection::Exchange;

// In the order of use: each message needs the first two fields.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Socket {
    pub(super) exchange: Arc<Exchange>,
    /// The `101` was sent. The engine has the same state; this one needs no lock.
    is_accepted: AtomicBool,
    pub(super) handshake: Handshake,
    /// The chosen subprotocol.
    pub(super) subprotocol: OnceLock<Box<str>>,
    /// The kind of the message whose fragments are being sent.
    open_message: AtomicU8,
}

impl Socket {
    pub(super) fn new(exchange: Arc<Exchange>, handshake: Handshake) -> Self {
        let (subprotocol, is_accepted, open_message) = Default::default();
        Self { exchange, handshake, subprotocol, is_accepted, open_message }
    }

    /// Sends the `101` if it was not sent, after `on_response`.
    #[inline]
    pub(super) fn poll_accepted(&self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if self.is_accepted() { Poll::Ready(Ok(())) } else { self.poll_accept(cx) }
    }

    #[inline]
    fn is_accepted(&self) -> bool {
        self.is_accepted.load(Ordering::Acquire)
    }

    #[cold]
    fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        ready!(self.exchange.poll_before_head(cx))?;
        Poll::Ready(self.exchange.act(|exchange, now| {
            if exchange.websocket().is_none() {
                let subprotocol = self.subprotocol.get().map(|name| &**name);
                exchange.accept_websocket(now, &self.handshake, subprotocol)?;
            }
            self.is_accepted.store(true, Ordering::Release);
            Ok(())
        }))
    }

    pub(super) async fn accepted(&self) -> Result<(), Error> {
        poll_fn(|cx| self.poll_accepted(cx)).await
    }

    /// Accepts, waits for room, and sends: `send` is called once.
    // Not an `async fn`, whose future would have `send`, and with it the message, twice.
    pub(super) fn send(
        &self,
        mut send: impl FnMut(&mut EngineSocket<'_>, &Now) -> Result<(), WebSocketError>,
    ) -> impl Future<Output = Result<(), WebSocketError>> {
        let mut failed = None;
        poll_fn(move |cx| {
            if failed.is_none() {
                match ready!(self.poll_send(cx, &mut send)) {
                    Ok(()) => return Poll::Ready(Ok(())),
                    Err(error) => failed = Some(error),
                }
            }
            ready!(Exchange::poll_pause(cx));
            Poll::Ready(failed.take().map_or(Ok(()), Err))
        })
    }

    fn poll_send(
        &self,
        cx: &mut Context<'_>,
        send: &mut impl FnMut(&mut EngineSocket<'_>, &Now) -> Result<(), WebSocketError>,
    ) -> Poll<Result<(), WebSocketError>> {
        ready!(self.poll_accepted(cx))?;
        self.exchange.poll_act(cx, |exchange, now| match &mut exchange.websocket() {
            Some(socket) => send(socket, now),
            None => Err(SendError::Closed.into()),
        })
    }

    /// Sends without waiting for room, in an accepted WebSocket.
    pub(super) fn send_now(
        &self,
        send: impl FnOnce(&mut EngineSocket<'_>, &Now) -> Result<(), SendError>,
    ) -> Result<(), WebSocketError> {
        Ok(self.exchange.act(|exchange, now| Ok(with(exchange, now, send)))??)
    }

    /// The same in a task that is being polled.
    pub(super) fn send_in(
        &self,
        cx: &Context<'_>,
        send: impl FnOnce(&mut EngineSocket<'_>, &Now) -> Result<(), SendError>,
    ) -> Result<(), WebSocketError> {
        Ok(self.exchange.act_in(cx, |exchange, now| Ok(with(exchange, now, send)))??)
    }

    /// Ready if another message may be queued, and if none can be any more.
    pub(super) fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.exchange.lock().map_or(Poll::Ready(()), |mut state| state.poll_writable(cx))
    }

    /// Ready if an accepted WebSocket is closed, or is being closed.
    pub(super) fn poll_closed(&self, cx: &mut Context<'_>) -> Poll<()> {
        let closed = self.exchange.poll_input(cx, |exchange, _| match exchange.websocket() {
            Some(socket) if socket.is_open() => Poll::Pending,
            _ => Poll::Ready(()),
        });
        // An exchange that is over has no WebSocket.
        closed.map(drop)
    }

    /// The peer's close frame.
    pub(super) fn close_frame(&self) -> Option<CloseFrame> {
        let frame = self.exchange.act(|exchange, _| {
            let socket = exchange.websocket();
            let status = socket.as_ref().and_then(EngineSocket::close_status);
            Ok(status.map(|status| CloseFrame { code: status.code, reason: status.reason.into() }))
        });
        frame.ok().flatten().filter(|frame| frame.code != CloseCode::ABNORMAL)
    }

    /// Checks that the fragments of a message are of one kind.
    pub(super) fn check_fragment(
        &self,
        kind: MessageKind,
        is_last: bool,
    ) -> Result<(), WebSocketError> {
        let kind = match kind {
            MessageKind::Text => TEXT,
            MessageKind::Binary => BINARY,
        };
        let open = self.open_message.load(Ordering::Relaxed);
        if open != NONE && open != kind {
            return Err(WebSocketError::MixedFragments);
        }
        self.open_message.store(if is_last { NONE } else { kind }, Ordering::Relaxed);
        Ok(())
    }
}

fn with(
    exchange: &mut tremolo_core::Exchange<'_>,
    now: &Now,
    send: impl FnOnce(&mut EngineSocket<'_>, &Now) -> Result<(), SendError>,
) -> Result<(), SendError> {
    exchange.websocket().map_or(Err(SendError::Closed), |mut socket| send(&mut socket, now))
}

const NONE: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
