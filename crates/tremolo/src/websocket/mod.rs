//! WebSocket (RFC 6455): the handle, its halves, and messages.
//!
//! The engine has the rules: handshake, frames, compression, pings, the closing handshake.

mod message;
mod receiver;
#[cfg(feature = "redis")]
mod redis_message;
mod sender;
mod socket;

use std::future::poll_fn;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;

use futures_core::Stream;
pub use tremolo_core::websocket::{CloseCode, CloseFrame, SendError, Violation};
use tremolo_core::websocket::{Handshake, Refusal};

pub use self::message::{Message, PreparedMessage, Text};
pub use self::receiver::WebSocketReceiver;
pub use self::sender::WebSocketSender;
use self::socket::Socket;
use crate::error::HttpError;
pub use crate::error::WebSocketError;
use crate::extract::{Call, FromCall};

/// A WebSocket, as an argument of a handler.
///
/// A request that opens no WebSocket gets 426, and one whose handshake is malformed 400 or 426;
/// `Option<WebSocket>` is `None` for the former, so that a handler can serve both.
///
/// It is accepted with its first use, or by [`accept`](WebSocketSender::accept). Until then the
/// handler can refuse: by an error or another reply, as for any request. The connection closes after
/// a request for a WebSocket that is not accepted. When the handler returns, the
/// WebSocket is closed with 1000; if it fails, with 1011; while the server stops, with 1001. No
/// handler timeout counts. Pings find clients that have vanished.
///
/// ```
/// use tremolo::{Application, HttpError, WebSocket};
///
/// async fn echo(mut socket: WebSocket) -> Result<(), HttpError> {
///     while let Some(message) = socket.next().await.transpose()? {
///         socket.send(message).await?;
///     }
///     Ok(())
/// }
///
/// # let _ =
/// Application::new().route("/echo", echo)
/// # ;
/// ```
///
/// Everything but receiving is a method of [`WebSocketSender`]. In [`blocking()`](crate::blocking())
/// handlers it is a [`BlockingWebSocket`](crate::BlockingWebSocket).
#[derive(Debug)]
pub struct WebSocket {
    sender: WebSocketSender,
    receiver: WebSocketReceiver,
}

impl WebSocket {
    fn new(socket: Socket) -> Self {
        let socket = Arc::new(socket);
        let receiver = WebSocketReceiver::new(Arc::clone(&socket));
        Self { sender: WebSocketSender::new(socket), receiver }
    }

    /// The next message; `None` once the WebSocket is closed: by the client, by
    /// [`close`](WebSocketSender::close), or because the server stops. What the client has sent with
    /// its close frame is in [`close_frame`](WebSocketSender::close_frame).
    ///
    /// A client that sends faster than this is called is not read. No message is lost if the future
    /// is dropped, such as by `select!`.
    ///
    /// # Errors
    ///
    /// The client has violated the protocol, or its connection ended without a close frame. After
    /// an error there is `None`.
    pub async fn next(&mut self) -> Option<Result<Message, WebSocketError>> {
        poll_fn(|cx| Pin::new(&mut self.receiver).poll_next(cx)).await
    }

    /// Another handle, which sends.
    #[must_use]
    pub fn sender(&self) -> WebSocketSender {
        self.sender.clone()
    }

    /// The two halves, which may move into two tasks.
    ///
    /// The WebSocket is closed when the handler returns. A handler that moves the halves into tasks
    /// of their own returns [`LeaveOpen`](crate::LeaveOpen): then it is closed when both are dropped.
    ///
    /// ```
    /// use tremolo::{LeaveOpen, WebSocket};
    ///
    /// async fn counted(socket: WebSocket) -> LeaveOpen {
    ///     let (sender, mut receiver) = socket.split();
    ///     tokio::spawn(async move {
    ///         let mut count = 0;
    ///         while let Some(Ok(_)) = receiver.next().await {
    ///             count += 1;
    ///             if sender.send(format!("{count} messages")).await.is_err() {
    ///                 break;
    ///             }
    ///         }
    ///     });
    ///     LeaveOpen
    /// }
    /// # tremolo::Application::new().route("/", counted);
    /// ```
    #[must_use]
    pub fn split(self) -> (WebSocketSender, WebSocketReceiver) {
        (self.sender, self.receiver)
    }
}

impl Deref for WebSocket {
    type Target = WebSocketSender;

    fn deref(&self) -> &WebSocketSender {
        &self.sender
    }
}

impl AsRef<WebSocketSender> for WebSocket {
    fn as_ref(&self) -> &WebSocketSender {
        &self.sender
    }
}

impl FromCall for WebSocket {
    async fn from_call(call: &mut Call) -> Result<Self, HttpError> {
        let handshake = handshake(call)?.map_err(refused)?;
        Ok(Self::new(Socket::new(call.exchange(), handshake)))
    }

    fn is_absent(call: &Call) -> bool {
        matches!(handshake(call), Ok(Err(Refusal::NotAnUpgrade)))
    }
}

fn handshake(call: &Call) -> Result<Result<Handshake, Refusal>, tremolo_core::Error> {
    call.act(|exchange| Ok(exchange.peek().websocket_handshake()))
}

fn refused(refusal: Refusal) -> HttpError {
    let error = HttpError::new(refusal.status().as_u16()).with_message(refusal.to_string());
    refusal.fields().iter().fold(error, |error, (name, value)| error.with_header(name, value))
}
