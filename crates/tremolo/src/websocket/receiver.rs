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

    #[inline]
    fn poll(&self, cx: &mut Context<'_>) -> Poll<Option<Result<Message, WebSocketError>>> {
        if let Err(error) = ready!(self.socket.poll_accepted(cx)) {
            return Poll::Ready(Some(Err(error.into())));
        }
        let has_to_wait = |exchange: ExchangeRef<'_>| exchange.awaits_websocket_input();
        let mut message = None;
        let polled = self.socket.exchange.poll_input_unless(cx, has_to_wait, |exchange, now| {
            let Some(mut socket) = exchange.websocket() else {
                return Poll::Ready(Err(SendError::Closed.into()));
            };
            match socket.poll_message(now) {
                Incoming::Message(received) => message = Some(received.into()),
                Incoming::NeedInput => return Poll::Pending,
                Incoming::Closed => return Poll::Ready(end_of(socket.close_status())),
            }
            Poll::Ready(Ok(()))
        });
        // The message is not a part of the result, which would move it several times.
        match message {
            Some(message) => Poll::Ready(Some(Ok(message))),
            None => Poll::Ready(self.end(ready!(polled))),
        }
    }

    /// What a stream returns that has no message any more.
    #[cold]
    fn end(
        &self,
        polled: Result<Result<(), WebSocketError>, Error>,
    ) -> Option<Result<Message, WebSocketError>> {
        match polled {
            Ok(Err(WebSocketError::Send(_))) => Some(Err(self.lost())),
            // The handler has returned: its WebSocket is being closed.
            Ok(Ok(())) | Err(Error::Misuse(Misuse::ExchangeOver)) => None,
            Ok(Err(error)) => Some(Err(error)),
            Err(error) => Some(Err(error.into())),
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
        let message = ready!(self.poll(cx));
        self.is_over = !matches!(message, Some(Ok(_)));
        Poll::Ready(message)
    }
}

/// How a WebSocket ends for its reader.
#[cold]
fn end_of(status: Option<CloseStatus<'_>>) -> Result<(), WebSocketError> {
    match status {
        Some(CloseStatus { violation: Some(violation), .. }) => {
            Err(WebSocketError::Violation(violation))
        }
        Some(status) if status.has_sent_close || status.code != CloseCode::ABNORMAL => Ok(()),
        _ => Err(SendError::Closed.into()),
    }
}
