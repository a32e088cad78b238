//! The sending half of a WebSocket: messages, fragments, pings, and the close frame.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_sink::Sink;
use tremolo_core::websocket::{CloseCode, CloseFrame};
use tremolo_core::{Now, WebSocket as EngineSocket};

use super::message::{Message, PreparedMessage};
use super::socket::Socket;
use crate::broadcast::Subscription;
use crate::error::WebSocketError;
use crate::request::Request;
use crate::response::Response;

/// The sending half of a [`WebSocket`](super::WebSocket). It is cheap to clone, may move into other
/// tasks, and is a sink of messages. [`WebSocket::sender`](super::WebSocket::sender) and
/// [`WebSocket::split`](super::WebSocket::split) make it.
///
/// Each method that sends accepts the WebSocket, if it was not accepted. Messages are sent whole, so
/// that several tasks may send.
#[derive(Clone, Debug)]
pub struct WebSocketSender {
    socket: Arc<Socket>,
}

impl WebSocketSender {
    pub(super) fn new(socket: Arc<Socket>) -> Self {
        Self { socket }
    }

    /// Chooses the subprotocol: the first one that the client offers and `supported` contains. The
    /// first call counts.
    ///
    /// ```
    /// use tremolo::{HttpError, WebSocket};
    ///
    /// async fn chat(socket: WebSocket) -> Result<(), HttpError> {
    ///     socket.protocols(["chat.v2", "chat.v1"]).accept().await?;
    ///     let is_new = socket.protocol() == Some("chat.v2");
    /// #   let _ = is_new;
    ///     Ok(())
    /// }
    /// # tremolo::Application::new().route("/", chat);
    /// ```
    pub fn protocols<'a>(&self, supported: impl IntoIterator<Item = &'a str>) -> &Self {
        let supported: Vec<_> = supported.into_iter().collect();
        let chosen = self.offered_protocols().find(|offered| supported.contains(offered));
        if let Some(chosen) = chosen {
            self.socket.subprotocol.get_or_init(|| chosen.into());
        }
        self
    }

    /// The chosen subprotocol.
    #[must_use]
    pub fn protocol(&self) -> Option<&str> {
        self.socket.subprotocol.get().map(|name| &**name)
    }

    /// The subprotocols that the client offers, in its order of preference.
    pub fn offered_protocols(&self) -> impl Iterator<Item = &str> {
        self.socket.handshake.subprotocols()
    }

    /// Accepts the WebSocket: sends the `101`, with the fields that were set on
    /// [`WebSocketSender::response`]. Does nothing if it was accepted before.
    ///
    /// # Errors
    ///
    /// Another response has begun, or the client has gone.
    pub async fn accept(&self) -> Result<(), WebSocketError> {
        Ok(self.socket.accepted().await?)
    }

    /// Sends a message: text or bytes. Waits while much is queued.
    ///
    /// # Errors
    ///
    /// The WebSocket is closed, or the fragments of another message are being sent.
    pub fn send(
        &self,
        message: impl Into<Message>,
    ) -> impl Future<Output = Result<(), WebSocketError>> {
        // Not an `async fn`, whose future would have the message twice: before and after `into`.
        let message = message.into();
        let (kind, mut bytes) = (message.kind(), message.into_bytes());
        self.socket.send(move |socket: &mut EngineSocket<'_>, now: &Now| {
            Ok(socket.send(now, kind, std::mem::take(&mut bytes))?)
        })
    }

    /// Sends a message that was framed for many sockets. Waits while much is queued.
    ///
    /// # Errors
    ///
    /// Those of [`WebSocketSender::send`].
    pub async fn send_prepared(&self, message: &PreparedMessage) -> Result<(), WebSocketError> {
        self.socket.send(|socket, now| Ok(socket.send_prepared(now, message.framed())?)).await
    }

    /// Sends a fragment of a message, whose length need not be known. All fragments of a message are
    /// text, or all are bytes. Until the last one is sent, no other message can be.
    ///
    /// ```
    /// use tremolo::{HttpError, WebSocket};
    ///
    /// async fn count(socket: WebSocket) -> Result<(), HttpError> {
    ///     for number in 1..=100 {
    ///         socket.send_fragment(format!("{number}, "), number == 100).await?;
    ///     }
    ///     Ok(())
    /// }
    /// # tremolo::Application::new().route("/", count);
    /// ```
    ///
    /// # Errors
    ///
    /// The WebSocket is closed, or the fragment is of another kind than those before.
    pub async fn send_fragment(
        &self,
        fragment: impl Into<Message>,
        is_last: bool,
    ) -> Result<(), WebSocketError> {
        let fragment = fragment.into();
        let (kind, mut bytes) = (fragment.kind(), fragment.into_bytes());
        let send = |socket: &mut EngineSocket<'_>, now: &Now| {
            self.socket.check_fragment(kind, is_last)?;
            Ok(socket.send_fragment(now, kind, std::mem::take(&mut bytes), is_last)?)
        };
        self.socket.send(send).await
    }

    /// Sends a stream as one message: each item is a fragment. A stream without items sends nothing.
    ///
    /// # Errors
    ///
    /// Those of [`WebSocketSender::send_fragment`].
    pub async fn send_stream<S>(&self, fragments: S) -> Result<(), WebSocketError>
    where
        S: Stream,
        S::Item: Into<Message>,
    {
        let mut fragments = pin!(fragments);
        let mut end = None;
        while let Some(fragment) = poll_fn(|cx| fragments.as_mut().poll_next(cx)).await {
            let fragment = fragment.into();
            end = Some(fragment.empty());
            self.send_fragment(fragment, false).await?;
        }
        match end {
            Some(end) => self.send_fragment(end, true).await,
            None => Ok(()),
        }
    }

    /// Sends the messages of a broadcast as they come. Ends when the WebSocket is closed, when the
    /// broadcast ends, or when the client is too slow for it
    /// ([`SlowSubscribers::Close`](crate::broadcast::SlowSubscribers::Close)): then the WebSocket is closed with
    /// 1008.
    ///
    /// All messages that have come until the worker writes leave in one system call.
    ///
    /// # Errors
    ///
    /// The WebSocket could not be accepted, or the fragments of another message are being sent.
    pub async fn forward(
        &self,
        messages: Subscription<PreparedMessage>,
    ) -> Result<(), WebSocketError> {
        self.accept().await?;
        poll_fn(|cx| self.poll_forward(&messages, cx)).await?;
        if messages.is_cut() {
            // It fails only if the WebSocket is closed.
            let _ = self.close(CloseCode::POLICY_VIOLATION, "too slow").await;
        }
        Ok(())
    }

    fn poll_forward(
        &self,
        messages: &Subscription<PreparedMessage>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), WebSocketError>> {
        loop {
            if self.socket.poll_writable(cx).is_pending() {
                let is_over =
                    messages.poll_cut(cx).is_ready() || self.socket.poll_closed(cx).is_ready();
                return if is_over { Poll::Ready(Ok(())) } else { Poll::Pending };
            }
            match messages.poll_shared(cx) {
                Poll::Ready(Some(message)) => {
                    let sent = self
                        .socket
                        .send_in(cx, |socket, now| socket.send_prepared(now, message.framed()));
                    match sent {
                        Err(error) if error.is_closed() => return Poll::Ready(Ok(())),
                        sent => sent?,
                    }
                }
                Poll::Ready(None) => return Poll::Ready(Ok(())),
                Poll::Pending => return self.socket.poll_closed(cx).map(Ok),
            }
        }
    }

    /// Sends a ping with up to 125 bytes. The server sends its own, and finds clients that have
    /// vanished ([`Config::ws_ping_interval`](crate::Config::ws_ping_interval)).
    ///
    /// # Errors
    ///
    /// The WebSocket is closed, or the payload is too long.
    pub async fn ping(&self, payload: impl AsRef<[u8]>) -> Result<(), WebSocketError> {
        self.socket.send(|socket, now| Ok(socket.ping(now, payload.as_ref())?)).await
    }

    /// Closes with a code and a reason of at most 123 bytes. Messages that arrive from now on are
    /// dropped, and [`WebSocket::next`](super::WebSocket::next) returns `None`. The connection
    /// closes when the client has answered, or after
    /// [`Config::ws_close_timeout`](crate::Config::ws_close_timeout).
    ///
    /// Without it, a handler that returns closes with 1000, and one that fails with 1011.
    ///
    /// # Errors
    ///
    /// The WebSocket is closed, the code may not be sent ([`CloseCode::may_be_sent`]), or the reason
    /// is too long.
    pub async fn close(&self, code: CloseCode, reason: &str) -> Result<(), WebSocketError> {
        self.socket.accepted().await?;
        self.socket.send_now(|socket, now| socket.close(now, code, reason))
    }

    /// Waits until nothing can be sent any more: the client has closed or has gone, the server has
    /// closed, or it stops. Accepts the WebSocket, if it was not accepted. Any number of tasks may
    /// wait.
    ///
    /// While messages arrive that are not received, it does not notice what comes behind them.
    pub async fn closed(&self) {
        if self.accept().await.is_ok() {
            poll_fn(|cx| self.socket.poll_closed(cx)).await;
        }
    }

    /// The close frame of the client, with its code and reason; `None` if none has arrived. A frame
    /// without a code has [`CloseCode::NO_CODE`].
    #[must_use]
    pub fn close_frame(&self) -> Option<CloseFrame> {
        self.socket.close_frame()
    }

    /// The request.
    #[must_use]
    pub fn request(&self) -> Request {
        Request::new(Arc::clone(&self.socket.exchange))
    }

    /// The response, whose fields can be set before the WebSocket is accepted. To refuse, answer
    /// with it, or return another reply or an error from the handler.
    #[must_use]
    pub fn response(&self) -> Response {
        Response::new(Arc::clone(&self.socket.exchange))
    }
}

impl AsRef<Self> for WebSocketSender {
    fn as_ref(&self) -> &Self {
        self
    }
}

/// What is sent is queued, and written by the worker: a flush does not wait for that.
impl Sink<Message> for WebSocketSender {
    type Error = WebSocketError;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        ready!(self.socket.poll_accepted(cx))?;
        self.socket.poll_writable(cx).map(Ok)
    }

    fn start_send(self: Pin<&mut Self>, message: Message) -> Result<(), Self::Error> {
        let kind = message.kind();
        self.socket.send_now(|socket, now| socket.send(now, kind, message.into_bytes()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    /// Closes with 1000.
    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        ready!(self.socket.poll_accepted(cx))?;
        let closed = self.socket.send_now(|socket, now| socket.close(now, CloseCode::NORMAL, ""));
        Poll::Ready(closed.or_else(|error| if error.is_closed() { Ok(()) } else { Err(error) }))
    }
}
