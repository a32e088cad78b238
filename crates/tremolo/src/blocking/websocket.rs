//! A WebSocket in blocking form.

use tremolo_core::websocket::CloseCode;

use super::{Blocking, block_on};
use crate::error::WebSocketError;
use crate::websocket::{Message, PreparedMessage, WebSocket, WebSocketReceiver, WebSocketSender};

/// Both handles that send.
impl<T: AsRef<WebSocketSender>> Blocking<T> {
    /// [`WebSocketSender::accept`].
    ///
    /// # Errors
    ///
    /// Those of [`WebSocketSender::accept`].
    pub fn accept(&self) -> Result<(), WebSocketError> {
        self.wait(self.inner.as_ref().accept())
    }

    /// [`WebSocketSender::send`].
    ///
    /// # Errors
    ///
    /// Those of [`WebSocketSender::send`].
    pub fn send(&self, message: impl Into<Message>) -> Result<(), WebSocketError> {
        self.wait(self.inner.as_ref().send(message))
    }

    /// [`WebSocketSender::send_prepared`].
    ///
    /// # Errors
    ///
    /// Those of [`WebSocketSender::send`].
    pub fn send_prepared(&self, message: &PreparedMessage) -> Result<(), WebSocketError> {
        self.wait(self.inner.as_ref().send_prepared(message))
    }

    /// [`WebSocketSender::send_fragment`].
    ///
    /// # Errors
    ///
    /// Those of [`WebSocketSender::send_fragment`].
    pub fn send_fragment(
        &self,
        fragment: impl Into<Message>,
        is_last: bool,
    ) -> Result<(), WebSocketError> {
        self.wait(self.inner.as_ref().send_fragment(fragment, is_last))
    }

    /// [`WebSocketSender::ping`].
    ///
    /// # Errors
    ///
    /// Those of [`WebSocketSender::ping`].
    pub fn ping(&self, payload: impl AsRef<[u8]>) -> Result<(), WebSocketError> {
        self.wait(self.inner.as_ref().ping(payload))
    }

    /// [`WebSocketSender::close`].
    ///
    /// # Errors
    ///
    /// Those of [`WebSocketSender::close`].
    pub fn close(&self, code: CloseCode, reason: &str) -> Result<(), WebSocketError> {
        self.wait(self.inner.as_ref().close(code, reason))
    }

    /// [`WebSocketSender::closed`].
    pub fn closed(&self) {
        self.wait(self.inner.as_ref().closed());
    }
}

impl Blocking<WebSocket> {
    /// [`WebSocket::sender`], in blocking form.
    #[must_use]
    pub fn sender(&self) -> Blocking<WebSocketSender> {
        self.wrap(self.inner.sender())
    }

    /// [`WebSocket::split`], in blocking form.
    #[must_use]
    pub fn split(self) -> (Blocking<WebSocketSender>, Blocking<WebSocketReceiver>) {
        let (sender, receiver) = self.inner.split();
        let runtime = self.runtime;
        (
            Blocking { inner: sender, runtime: runtime.clone() },
            Blocking { inner: receiver, runtime },
        )
    }
}

/// The messages: [`WebSocket::next`].
///
/// ```
/// use tremolo::websocket::WebSocketError;
/// use tremolo::{BlockingWebSocket, blocking};
///
/// fn echo(mut socket: BlockingWebSocket) -> Result<(), WebSocketError> {
///     while let Some(message) = socket.next().transpose()? {
///         socket.send(message)?;
///     }
///     Ok(())
/// }
/// # tremolo::Application::new().route("/", blocking(echo));
/// ```
impl Iterator for Blocking<WebSocket> {
    type Item = Result<Message, WebSocketError>;

    fn next(&mut self) -> Option<Self::Item> {
        block_on(self.inner.next())
    }
}

impl Iterator for Blocking<WebSocketReceiver> {
    type Item = Result<Message, WebSocketError>;

    fn next(&mut self) -> Option<Self::Item> {
        block_on(self.inner.next())
    }
}
