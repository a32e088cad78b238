//! A response as a test sees it.

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use serde_core::de::DeserializeOwned;
use tremolo_core::http1::body::{Decoded, Limits, Trailers};

use super::error::TestError;
use super::head::{Framing, Head};
use super::wire::Wire;

/// A response: its head has come, its body may be on its way. If it is dropped before the end of the
/// body, the client has left.
///
/// ```
/// use tremolo::testing::{TestClient, block_on};
/// use tremolo::{Application, stream};
///
/// block_on(async {
///     let application = Application::new().route("/", || stream! {
///         yield "first";
///         std::future::pending::<()>().await;
///         yield "never";
///     });
///     let mut response = TestClient::new(application).get("/").send().await;
///     assert_eq!(response.header("Transfer-Encoding"), Some("chunked"));
///     assert_eq!(response.next().await, Some(Ok("first".into())));
///     response.abort();
/// });
/// ```
#[derive(Debug)]
pub struct TestResponse {
    head: Head,
    framing: Framing,
    pub(super) wire: Wire,
    is_complete: bool,
}

impl TestResponse {
    pub(super) fn new(head: Head, method: &Method, wire: Wire) -> Result<Self, TestError> {
        let framing = head.framing(method)?;
        let mut response = Self { head, framing, wire, is_complete: false };
        let is_switched = response.status() == StatusCode::SWITCHING_PROTOCOLS;
        if matches!(&response.framing, Framing::Decoded(decoder) if decoder.is_done())
            && !is_switched
        {
            response.complete();
        }
        Ok(response)
    }

    /// The status; it can be compared with a number.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.head.status
    }

    /// The fields.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// The first value of a field, if it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.headers.get(name)?.to_str().ok()
    }

    /// The next piece of the body, as soon as there is one: what has come meanwhile. `None`: the body
    /// is complete.
    ///
    /// # Errors
    ///
    /// The response is cut.
    pub async fn next(&mut self) -> Option<Result<Bytes, TestError>> {
        while !self.is_complete {
            match self.take_piece() {
                Ok(None) => {}
                Ok(Some(piece)) => return Some(Ok(piece)),
                Err(error) => return Some(Err(self.fail(error))),
            }
            if !self.is_complete && !self.wire.fill().await {
                if matches!(self.framing, Framing::Decoded(_)) {
                    return Some(Err(self.fail(TestError::Cut)));
                }
                self.complete();
            }
        }
        None
    }

    /// The rest of the body.
    ///
    /// # Errors
    ///
    /// The response is cut.
    pub async fn try_bytes(&mut self) -> Result<Bytes, TestError> {
        let mut body = Vec::new();
        while let Some(piece) = self.next().await {
            body.extend_from_slice(&piece?);
        }
        Ok(body.into())
    }

    /// The rest of the body.
    ///
    /// # Panics
    ///
    /// The response is cut.
    pub async fn bytes(mut self) -> Bytes {
        let body = self.try_bytes().await;
        body.unwrap_or_else(|error| panic!("{}: {error}", self.status()))
    }

    /// The body as text.
    ///
    /// # Panics
    ///
    /// The response is cut, or not UTF-8.
    pub async fn text(self) -> String {
        let text = String::from_utf8(self.bytes().await.into());
        text.unwrap_or_else(|error| panic!("the body is not text: {error}"))
    }

    /// The body as JSON.
    ///
    /// # Panics
    ///
    /// The response is cut, or not JSON of this type; the message has the body.
    pub async fn json<T: DeserializeOwned>(self) -> T {
        let body = self.bytes().await;
        serde_json::from_slice(&body).unwrap_or_else(|error| {
            panic!("the body is not as expected: {error}: {}", String::from_utf8_lossy(&body))
        })
    }

    /// The trailer fields, after the body was read; `None` if there are none.
    #[must_use]
    pub fn trailers(&self) -> Option<&Trailers> {
        match &self.framing {
            Framing::Decoded(decoder) => decoder.trailers(),
            Framing::UntilEnd => None,
        }
    }

    /// The client leaves: the connection is reset, unless the body was complete. The same as dropping
    /// the response.
    pub fn abort(self) {}

    fn take_piece(&mut self) -> Result<Option<Bytes>, TestError> {
        let Framing::Decoded(decoder) = &mut self.framing else {
            let piece = self.wire.input.split().freeze();
            return Ok(Some(piece).filter(|piece| !piece.is_empty()));
        };
        match decoder.decode(&mut self.wire.input, usize::MAX, &UNLIMITED) {
            Ok(Decoded::Data(piece)) => Ok(Some(piece)),
            Ok(Decoded::NeedInput) => Ok(None),
            Ok(Decoded::End) => {
                self.complete();
                Ok(None)
            }
            Err(error) => Err(TestError::Malformed(error.to_string())),
        }
    }

    fn complete(&mut self) {
        self.is_complete = true;
        self.wire.finish();
    }

    /// Nothing comes after an error.
    fn fail(&mut self, error: TestError) -> TestError {
        self.is_complete = true;
        error
    }
}

/// The server of a test is trusted.
const UNLIMITED: Limits =
    Limits { body_size: u64::MAX, trailer_size: usize::MAX, trailer_fields: usize::MAX };
