//! The WebSockets of a test.

mod frame;

use bytes::BytesMut;
use tremolo_core::websocket::{CloseCode, CloseFrame, Opcode};

use self::frame::{Frame, encode};
use super::request::TestRequest;
use super::response::TestResponse;
use crate::websocket::Message;

/// The handshake of a WebSocket, from [`TestClient::websocket`](super::TestClient::websocket).
#[must_use = "nothing is sent before `connect`"]
#[derive(Clone, Debug)]
pub struct SocketRequest {
    request: TestRequest,
}

impl SocketRequest {
    pub(super) fn new(request: TestRequest) -> Self {
        let request = request.header("Upgrade", "websocket").header("Connection", "Upgrade");
        let request = request.header("Sec-WebSocket-Version", "13");
        Self { request: request.header("Sec-WebSocket-Key", KEY) }
    }

    /// Adds a field.
    ///
    /// # Panics
    ///
    /// It is not a field.
    #[track_caller]
    pub fn header(self, name: &str, value: &str) -> Self {
        Self { request: self.request.header(name, value) }
    }

    /// Offers a subprotocol, beside those before.
    ///
    /// # Panics
    ///
    /// It is not the value of a field.
    #[track_caller]
    pub fn protocol(self, name: &str) -> Self {
        self.header("Sec-WebSocket-Protocol", name)
    }

    /// Opens the WebSocket.
    ///
    /// # Panics
    ///
    /// The server refuses; the message has its response.
    pub async fn connect(self) -> TestSocket {
        let what = self.request.to_string();
        match self.try_connect().await {
            Ok(socket) => socket,
            Err(refusal) => {
                let status = refusal.status();
                panic!("{what}: {status}: {}", refusal.text().await)
            }
        }
    }

    /// The same, for tests that expect a refusal.
    ///
    /// # Errors
    ///
    /// The response of the server, if it refuses.
    ///
    /// # Panics
    ///
    /// There is no response.
    pub async fn try_connect(self) -> Result<TestSocket, TestResponse> {
        let what = self.request.to_string();
        let response = self.request.try_send().await;
        let response = response.unwrap_or_else(|error| panic!("{what}: {error}"));
        if response.status().as_u16() != 101 {
            return Err(response);
        }
        assert_eq!(response.header("Sec-WebSocket-Accept"), Some(ACCEPT), "{what}");
        Ok(TestSocket { response, message: None, closed: None })
    }
}

/// An open WebSocket. Pings are answered. If it is dropped before it is closed, the client has left.
///
/// ```
/// use tremolo::testing::{TestClient, block_on};
/// use tremolo::websocket::CloseCode;
/// use tremolo::{Application, HttpError, WebSocket};
///
/// async fn echo(mut socket: WebSocket) -> Result<(), HttpError> {
///     while let Some(message) = socket.next().await.transpose()? {
///         socket.send(message).await?;
///     }
///     Ok(())
/// }
///
/// block_on(async {
///     let client = TestClient::new(Application::new().route("/chat", echo));
///     let mut socket = client.websocket("/chat").connect().await;
///     socket.send("hi").await;
///     assert_eq!(socket.next().await, Some("hi".into()));
///     assert_eq!(socket.close(CloseCode::NORMAL, "").await.code, CloseCode::NORMAL);
/// });
/// ```
#[derive(Debug)]
pub struct TestSocket {
    response: TestResponse,
    /// The fragments of a message that is not complete.
    message: Option<(Opcode, BytesMut)>,
    closed: Option<CloseFrame>,
}

impl TestSocket {
    /// The response to the handshake: its fields.
    #[must_use]
    pub fn response(&self) -> &TestResponse {
        &self.response
    }

    /// The subprotocol that the server has chosen.
    #[must_use]
    pub fn protocol(&self) -> Option<&str> {
        self.response.header("Sec-WebSocket-Protocol")
    }

    /// Sends a message: text or bytes. Waits while the connection is full, because the server does
    /// not read.
    pub async fn send(&mut self, message: impl Into<Message>) {
        let (opcode, payload) = match &message.into() {
            Message::Text(text) => (Opcode::Text, text.as_bytes().to_vec()),
            Message::Binary(bytes) => (Opcode::Binary, bytes.to_vec()),
        };
        self.send_frame(opcode, &payload).await;
    }

    /// Sends a ping. Its pong is not reported.
    pub async fn ping(&mut self, payload: &[u8]) {
        self.send_frame(Opcode::Ping, payload).await;
    }

    /// Waits for the next message. `None`: the WebSocket is closed; [`TestSocket::closed`] has the
    /// reason.
    ///
    /// # Panics
    ///
    /// The server violates the protocol.
    pub async fn next(&mut self) -> Option<Message> {
        while self.closed.is_none() {
            let frame = match Frame::take(&mut self.response.wire.input) {
                Ok(Some(frame)) => frame,
                Ok(None) => {
                    if !self.response.wire.fill().await {
                        self.end(CloseFrame { code: CloseCode::ABNORMAL, reason: "".into() });
                    }
                    continue;
                }
                Err(reason) => panic!("a frame that is not valid: {reason}"),
            };
            if let Some(message) = self.take(frame).await {
                return Some(message);
            }
        }
        None
    }

    /// The close frame of the server. [`CloseCode::NO_CODE`]: an empty one; [`CloseCode::ABNORMAL`]:
    /// the connection has ended without one. `None` as long as the WebSocket is open.
    #[must_use]
    pub fn closed(&self) -> Option<&CloseFrame> {
        self.closed.as_ref()
    }

    /// Closes the WebSocket, and waits for the close frame of the server. Messages before it are
    /// dropped.
    ///
    /// # Panics
    ///
    /// The server violates the protocol.
    pub async fn close(mut self, code: CloseCode, reason: &str) -> CloseFrame {
        if self.closed.is_none() {
            let payload = [&code.get().to_be_bytes()[..], reason.as_bytes()].concat();
            self.send_frame(Opcode::Close, &payload).await;
        }
        self.closing().await
    }

    /// Waits for the close frame of the server. Messages before it are dropped.
    ///
    /// # Panics
    ///
    /// The server violates the protocol.
    pub async fn closing(mut self) -> CloseFrame {
        while self.next().await.is_some() {}
        let ended = CloseFrame { code: CloseCode::ABNORMAL, reason: "".into() };
        self.closed.unwrap_or(ended)
    }

    /// The client leaves without a close frame: the connection is reset. The same as dropping the
    /// socket.
    pub fn abort(self) {}

    async fn send_frame(&mut self, opcode: Opcode, payload: &[u8]) {
        self.response.wire.queue(&encode(opcode, payload));
        self.response.wire.flush().await;
    }

    /// Takes a frame; returns the message that it completes.
    async fn take(&mut self, frame: Frame) -> Option<Message> {
        let Frame { opcode, is_last, payload } = frame;
        match opcode {
            Opcode::Ping => self.send_frame(Opcode::Pong, &payload).await,
            Opcode::Pong => {}
            Opcode::Close => {
                self.send_frame(Opcode::Close, &payload).await;
                self.end(close_frame(&payload));
            }
            Opcode::Text | Opcode::Binary => {
                assert!(self.message.is_none(), "a message begins within another one");
                self.message = Some((opcode, payload.into()));
            }
            Opcode::Continuation => match &mut self.message {
                Some((_, message)) => message.extend_from_slice(&payload),
                None => panic!("a fragment without a message"),
            },
        }
        if !is_last || matches!(opcode, Opcode::Ping | Opcode::Pong | Opcode::Close) {
            return None;
        }
        let (opcode, message) = self.message.take()?;
        if opcode == Opcode::Binary {
            return Some(Message::Binary(message.freeze()));
        }
        let text = String::from_utf8(message.into());
        Some(text.unwrap_or_else(|error| panic!("a text that is not UTF-8: {error}")).into())
    }

    fn end(&mut self, frame: CloseFrame) {
        self.closed = Some(frame);
        self.response.wire.finish();
    }
}

fn close_frame(payload: &[u8]) -> CloseFrame {
    let Some((code, reason)) = payload.split_first_chunk() else {
        return CloseFrame { code: CloseCode::NO_CODE, reason: "".into() };
    };
    let reason = String::from_utf8_lossy(reason).into_owned();
    CloseFrame { code: CloseCode::new(u16::from_be_bytes(*code)), reason: reason.into() }
}

/// The key of the example in section 1.3, and the answer to it.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
