//! A request of a test: built, and sent.

use std::fmt;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, Method};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_core::Serialize;

use super::error::TestError;
use super::multipart::Multipart;
use super::pending::Pending;
use super::response::TestResponse;
use super::sent::SentRequest;
use super::session::{Session, field};
use super::upload::Upload;

/// A request of a test, from [`TestClient::get`](super::TestClient::get) and its siblings.
///
/// ```
/// use tremolo::testing::{TestClient, block_on};
/// use tremolo::{Application, Request};
///
/// async fn echo(request: Request) -> String {
///     format!("{} {}", request.url(), request.header("X-Token").unwrap_or("-"))
/// }
///
/// block_on(async {
///     let client = TestClient::new(Application::new().route("/search", echo));
///     let request = client.get("/search").query(&[("q", "a b")]).header("X-Token", "secret");
///     assert_eq!(request.send().await.text().await, "/search?q=a+b secret");
/// });
/// ```
#[must_use = "a request does nothing until it is sent"]
#[derive(Clone, Debug)]
pub struct TestRequest {
    session: Session,
    method: Method,
    target: String,
    headers: HeaderMap,
    body: Option<Bytes>,
}

impl TestRequest {
    pub(super) fn new(session: Session, method: Method, path: &str) -> Self {
        let target = utf8_percent_encode(path, NOT_IN_A_URL).to_string();
        Self { session, method, target, headers: HeaderMap::new(), body: None }
    }

    /// Adds a field. A name may come more than once.
    ///
    /// # Panics
    ///
    /// It is not a field. [`TestClient::connect`](super::TestClient::connect) sends any bytes.
    #[track_caller]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let (name, value) = field(name, value);
        self.headers.append(name, value);
        self
    }

    /// Adds parameters to the query: a list of pairs, or a struct.
    ///
    /// # Panics
    ///
    /// The value is not a list of parameters.
    #[track_caller]
    pub fn query<T: Serialize + ?Sized>(mut self, parameters: &T) -> Self {
        let encoded = encoded(parameters);
        self.target.push(if self.target.contains('?') { '&' } else { '?' });
        self.target.push_str(&encoded);
        self
    }

    /// The body.
    pub fn body(self, body: impl Into<Bytes>) -> Self {
        Self { body: Some(body.into()), ..self }
    }

    /// The body as JSON, with its `Content-Type`.
    ///
    /// # Panics
    ///
    /// The value is not JSON.
    #[track_caller]
    pub fn json<T: Serialize + ?Sized>(self, value: &T) -> Self {
        let body = serde_json::to_vec(value);
        let body = body.unwrap_or_else(|error| panic!("not JSON: {error}"));
        self.content_type("application/json").body(body)
    }

    /// The body as a form, with its `Content-Type`: a list of pairs, or a struct.
    ///
    /// # Panics
    ///
    /// The value is not a list of fields.
    #[track_caller]
    pub fn form<T: Serialize + ?Sized>(self, fields: &T) -> Self {
        let body = encoded(fields);
        self.content_type("application/x-www-form-urlencoded").body(body)
    }

    /// The body as a form with files, with its `Content-Type`.
    pub fn multipart(self, form: Multipart) -> Self {
        self.content_type(Multipart::TYPE).body(form.finish())
    }

    fn content_type(mut self, value: &'static str) -> Self {
        self.headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static(value));
        self
    }

    /// Sends the request and waits for the head of the response. If this future is dropped before,
    /// the client has left.
    ///
    /// # Panics
    ///
    /// There is no response; with [`TestClient::strict`](super::TestClient::strict), its status is
    /// 500 or more.
    pub async fn send(self) -> TestResponse {
        self.start().response().await
    }

    /// The same, for tests that expect an error.
    ///
    /// # Errors
    ///
    /// There is no response.
    pub async fn try_send(self) -> Result<TestResponse, TestError> {
        self.begin(false)?.response().await
    }

    /// Sends the request, and does not wait.
    ///
    /// # Panics
    ///
    /// The server has ended.
    #[track_caller]
    pub fn start(self) -> SentRequest {
        self.sent(false)
    }

    /// Sends the head, and the body that was set; the rest of the body comes in pieces.
    ///
    /// # Panics
    ///
    /// The server has ended.
    #[track_caller]
    pub fn upload(self) -> Upload {
        let is_chunked = !self.headers.contains_key(CONTENT_LENGTH);
        Upload::new(self.sent(is_chunked), is_chunked)
    }

    #[track_caller]
    fn sent(self, is_chunked: bool) -> SentRequest {
        let what = self.to_string();
        match self.begin(is_chunked) {
            Ok(pending) => SentRequest::new(pending, what),
            Err(error) => panic!("{what}: {error}"),
        }
    }

    /// Connects, and writes what is known of the request.
    fn begin(self, is_chunked: bool) -> Result<Pending, TestError> {
        let Self { session, method, target, headers, body } = self;
        let path = target.split('?').next().unwrap_or_default().to_owned();
        let mut headers = session.fields(headers, &path);
        headers.entry(HOST).or_insert(HeaderValue::from_static("localhost"));
        let has_framing =
            headers.contains_key(CONTENT_LENGTH) || headers.contains_key(TRANSFER_ENCODING);
        let may_have_body = matches!(method, Method::POST | Method::PUT | Method::PATCH);
        if !has_framing {
            if is_chunked {
                headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
            } else if body.is_some() || may_have_body {
                let length = body.as_ref().map_or(0, Bytes::len);
                headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
            }
        }
        let mut head = format!("{method} {target} HTTP/1.1\r\n").into_bytes();
        for (name, value) in &headers {
            head.extend_from_slice(name.as_str().as_bytes());
            head.extend_from_slice(b": ");
            head.extend_from_slice(value.as_bytes());
            head.extend_from_slice(b"\r\n");
        }
        head.extend_from_slice(b"\r\n");
        let mut wire = session.wire()?;
        wire.queue(&head);
        let mut pending = Pending { wire, session, method, path };
        if let Some(body) = body {
            pending.queue_piece(&body, is_chunked);
        }
        Ok(pending)
    }
}

impl fmt::Display for TestRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.target)
    }
}

#[track_caller]
fn encoded<T: Serialize + ?Sized>(parameters: &T) -> String {
    let encoded = serde_html_form::to_string(parameters);
    encoded.unwrap_or_else(|error| panic!("not a list of parameters: {error}"))
}

/// What is encoded in a path that a test writes; other bytes are sent as they are.
const NOT_IN_A_URL: &AsciiSet = &CONTROLS.add(b' ');
