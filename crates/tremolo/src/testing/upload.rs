//! A request whose body a test sends in pieces.

use super::response::TestResponse;
use super::sent::SentRequest;

/// A request whose body is sent in pieces, from [`TestRequest::upload`](super::TestRequest::upload).
/// The body is chunked, unless the request has a `Content-Length`. If it is dropped, the client has
/// left.
///
/// ```
/// use tremolo::testing::{TestClient, block_on};
/// use tremolo::{Application, HttpError, Request};
///
/// async fn count(request: Request) -> Result<String, HttpError> {
///     let (mut body, mut pieces) = (request.stream(), 0);
///     while let Some(piece) = body.next().await {
///         pieces += piece?.len();
///     }
///     Ok(format!("{pieces} bytes"))
/// }
///
/// block_on(async {
///     let client = TestClient::new(Application::new().route("/upload", count));
///     let mut upload = client.post("/upload").upload();
///     upload.send("first").await;
///     upload.send("second").await;
///     assert_eq!(upload.end().await.text().await, "11 bytes");
/// });
/// ```
#[must_use = "dropping an upload resets its connection"]
#[derive(Debug)]
pub struct Upload {
    sent: SentRequest,
    is_chunked: bool,
}

impl Upload {
    pub(super) fn new(sent: SentRequest, is_chunked: bool) -> Self {
        Self { sent, is_chunked }
    }

    /// Sends a piece. Waits while the connection is full, because the server does not read.
    pub async fn send(&mut self, piece: impl AsRef<[u8]>) {
        self.sent.pending.queue_piece(piece.as_ref(), self.is_chunked);
        self.sent.pending.wire.flush().await;
    }

    /// Ends the body, and waits for the head of the response.
    ///
    /// # Panics
    ///
    /// There is no response; with [`TestClient::strict`](super::TestClient::strict), its status is
    /// 500 or more.
    pub async fn end(mut self) -> TestResponse {
        if self.is_chunked {
            self.sent.pending.wire.queue(b"0\r\n\r\n");
        }
        self.response().await
    }

    /// Waits for the head of a response that comes before the end of the body.
    ///
    /// # Panics
    ///
    /// As [`Upload::end`].
    pub async fn response(self) -> TestResponse {
        self.sent.response().await
    }
}
