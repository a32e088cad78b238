//! A request of a test: built, and sent.

use std::fmt;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, Method};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Serialize;

use super::client::{TestClient, field};
use super::error::TestError;
use super::head::Head;
use super::multipart::Multipart;
use super::response::TestResponse;
use super::upload::Upload;
use super::wire::Wire;

/// A request of a test, from [`TestClient::get`] and its siblings.
///
/// ```
/// use tremolo::testing::{TestClient, block_on};
/// use tremolo::{Application, Request};
///
/// async fn echo(request: Request) -> String {
///     format!("{} {}", request.url(), request.header("X-Token").unwrap_or("-"))
/// }
///
/// # fn main() {
/// block_on(async {
///     let client = TestClient::new(Application::new().route("/search", echo));
///     let request = client.get("/search").query(&[("q", "a b")]).header("X-Token", "secret");
///     assert_eq!(request.send().await.text().await, "/search?q=a+b secret");
/// });
/// # }
/// ```
#[must_use = "a request does nothing until it is sent"]
#[derive(Clone, Debug)]
pub struct TestRequest {
    client: TestClient,
    method: Method,
    target: String,
    headers: HeaderMap,
    body: Option<Bytes>,
}

impl TestRequest {
    pub(super) fn new(client: TestClient, method: Method, path: &str) -> Self {
        let target = utf8_percent_encode(path, NOT_IN_A_URL).to_string();
        Self { client, method, target, headers: HeaderMap::new(), body: None }
    }

    /// Adds a field. A name may come more than once.
    ///
    /// # Panics
    ///
    /// It is not a field. [`TestClient::connect`] sends any bytes.
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
    /// There is no response; with [`TestClient::strict`], its status is 500 or more.
    pub async fn send(self) -> TestResponse {
        let what = self.to_string();
        let is_strict = self.client.is_strict;
        let response = self.try_send().await;
        expect_response(&what, response, is_strict).await
    }

    /// The same, for tests that expect an error.
    ///
    /// # Errors
    ///
    /// There is no response.
    pub async fn try_send(self) -> Result<TestResponse, TestError> {
        self.begin(false)?.response().await
    }

    /// Sends the head, and the body that was set; the rest of the body comes in pieces.
    ///
    /// # Panics
    ///
    /// The server has ended.
    #[track_caller]
    #[must_use]
    pub fn upload(self) -> Upload {
        let what = self.to_string();
        let has_length = self.headers.contains_key(CONTENT_LENGTH);
        let is_strict = self.client.is_strict;
        match self.begin(!has_length) {
            Ok(pending) => Upload::new(pending, !has_length, is_strict, what),
            Err(error) => panic!("{what}: {error}"),
        }
    }

    /// Connects, and writes what is known of the request.
    pub(super) fn begin(self, is_chunked: bool) -> Result<Pending, TestError> {
        let Self { client, method, target, headers, body } = self;
        let path = target.split('?').next().unwrap_or_default().to_owned();
        let mut headers = client.fields(headers, &path);
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
        let mut wire = client.wire()?;
        wire.queue(&head);
        let mut pending = Pending { wire, client, method, path };
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

/// A request whose response has not come.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) wire: Wire,
    client: TestClient,
    method: Method,
    path: String,
}

impl Pending {
    /// Queues a piece of the body.
    pub(super) fn queue_piece(&mut self, piece: &[u8], is_chunked: bool) {
        if !is_chunked {
            self.wire.queue(piece);
        } else if !piece.is_empty() {
            self.wire.queue(format!("{:x}\r\n", piece.len()).as_bytes());
            self.wire.queue(piece);
            self.wire.queue(b"\r\n");
        }
    }

    /// Waits for the head of the final response. Interim ones (1xx) are skipped.
    pub(super) async fn response(mut self) -> Result<TestResponse, TestError> {
        loop {
            let Some(head) = Head::take(&mut self.wire.input)? else {
                if self.wire.fill().await {
                    continue;
                }
                let is_begun = !self.wire.input.is_empty();
                return Err(if is_begun { TestError::Cut } else { TestError::NoResponse });
            };
            if head.status.is_informational() && head.status.as_u16() != 101 {
                continue;
            }
            self.client.keep_cookies(&head.headers, &self.path);
            return TestResponse::new(head, &self.method, self.wire);
        }
    }
}

/// The response that a test expects.
pub(super) async fn expect_response(
    what: &str,
    response: Result<TestResponse, TestError>,
    is_strict: bool,
) -> TestResponse {
    match response {
        Ok(response) if is_strict && response.status().is_server_error() => {
            let status = response.status();
            panic!("{what}: {status}: {}", response.text().await)
        }
        Ok(response) => response,
        Err(error) => panic!("{what}: {error}"),
    }
}

#[track_caller]
fn encoded<T: Serialize + ?Sized>(parameters: &T) -> String {
    let encoded = serde_html_form::to_string(parameters);
    encoded.unwrap_or_else(|error| panic!("not a list of parameters: {error}"))
}

/// What is encoded in a path that a test writes; other bytes are sent as they are.
const NOT_IN_A_URL: &AsciiSet = &CONTROLS.add(b' ');
