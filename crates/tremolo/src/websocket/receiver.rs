//! The receiving half of a WebSocket: a stream of messages.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use tremolo_core::websocket::{CloseCode, CloseFrame, SendError};
use tremolo_core::{CloseReason, CloseStatus, Error, ExchangeRef, Incoming, Misuse};

use super::message::Message;
use super::socket::Socket;
use crate::error::WebSocketError;

/// The receiving half of a [`WebSocket`](super::WebSocket), which may move into another task: a
/// stream of messages. [`WebSocket::split`](super::WebSocket::split) makes it.
#[derive(Debug)]
pub struct WebSocketReceiver {
    socket: Arc<Socket>,
    /// The end, or an error, was returned.
    is_over: bool,
}

impl WebSocketReceiver {
    pub(super) fn new(socket: Arc<Socket>) -> Self {
        Self { socket, is_over: false }
    }

    /// The next message; `None` once the WebSocket is closed: by the client, by
    /// [`WebSocketSender::close`](super::WebSocketSender::close), or because the server stops.
    /// Accepts the WebSocket, if it was not accepted.
    ///
    /// No message is lost if the future is dropped, such as by `select!`.
    ///
    /// # Errors
    ///
    /// The client has violated the protocol, or its connection ended without a close frame. After
    /// an error there is `None`.
    pub async fn next(&mut self) -> Option<Result<Message, WebSocketError>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// The close frame of the client, with its code and reason; `None` if none has arrived. A frame
    /// without a code has [`CloseCode::NO_CODE`].
    #[must_use]
    pub fn close_frame(&self) -> Option<CloseFrame> {
        self.socket.close_frame()
    }

    fn poll(&self, cx: &mut Context<'_>) -> Poll<Result<Option<Message>, WebSocketError>> {
        ready!(self.socket.poll_accepted(cx))?;
        let has_to_wait = |exchange: ExchangeRef<'_>| exchange.awaits_websocket_input();
        let polled = self.socket.exchange.poll_input_unless(cx, has_to_wait, |exchange, now| {
            let Some(mut socket) = exchange.websocket() else {
                return Poll::Ready(Err(SendError::Closed.into()));
            };
            match socket.poll_message(now) {
                Incoming::Message(message) => Poll::Ready(Ok(Some(message.into()))),
                Incoming::NeedInput => Poll::Pending,
                Incoming::Closed => Poll::Ready(match socket.close_status() {
                    Some(CloseStatus { violation: Some(violation), .. }) => {
                        Err(WebSocketError::Violation(violation))
                    }
                    Some(status) if status.has_sent_close || status.code != CloseCode::ABNORMAL => {
                        Ok(None)
                    }
                    _ => Err(SendError::Closed.into()),
                }),
            }
        });
        match ready!(polled) {
            Ok(Err(WebSocketError::Send(_))) => Poll::Ready(Err(self.lost())),
            Ok(received) => Poll::Ready(received),
            // The handler has returned: its WebSocket is being closed.
            Err(Error::Misuse(Misuse::ExchangeOver)) => Poll::Ready(Ok(None)),
            Err(error) => Poll::Ready(Err(error.into())),
        }
    }

    /// Why the connection ended without a close frame.
    fn lost(&self) -> WebSocketError {
        let reason = self
            .socket
            .exchange
            .lock()
            .ok()
            .and_then(|state| state.connection.peek().close_reason());
        Error::Closed(reason.unwrap_or(CloseReason::PeerGone)).into()
    }
}

impl Stream for WebSocketReceiver {
    type Item = Result<Message, WebSocketError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        let message = ready!(self.poll(cx)).transpose();
        self.is_over = !matches!(message, Some(Ok(_)));
        Poll::Ready(message)
    }
}
