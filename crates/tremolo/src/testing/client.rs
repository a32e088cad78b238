//! The client of a test, and the server that it starts.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use tremolo_core::TlsDetails;
use tremolo_net::Peer;

use super::cookies::Jar;
use super::error::TestError;
use super::events::EventsRequest;
use super::request::TestRequest;
use super::websocket::SocketRequest;
use super::wire::Wire;
use crate::application::Application;
use crate::error::Result;
use crate::serve::ServerHandle;
use crate::serve::in_memory::{self, ClientSocket, InMemoryServer};

/// The client of a test. It starts a server in memory, which ends with the last clone of the client.
///
/// The methods that begin with `with_` return a client with another setting; a clone is another
/// client of the same server.
///
/// ```
/// use tremolo::testing::{TestClient, block_on};
/// use tremolo::{Application, Request};
///
/// # fn main() {
/// block_on(async {
///     let application = Application::new()
///         .route("/", async |request: Request| request.client().map_or(0, |client| client.port()));
///     let client = TestClient::new(application);
///     let other = client.clone().with_peer("203.0.113.7:4711");
///     assert_eq!(other.get("/").send().await.text().await, "4711");
/// });
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TestClient {
    server: Arc<InMemoryServer>,
    peer: Peer,
    tls: Option<TlsDetails>,
    headers: HeaderMap,
    cookies: Option<Jar>,
    pub(super) is_strict: bool,
}

impl TestClient {
    /// Starts a server in memory. Requests wait until its hooks have run
    /// ([`Application::on_worker_start`]).
    ///
    /// The configuration is that of [`Application::config`], or the default one; the environment is
    /// not read. The server has one worker, and listens on none of its addresses.
    ///
    /// # Panics
    ///
    /// The application cannot be served: a route, an option or a missing state is wrong.
    #[track_caller]
    #[must_use]
    pub fn new(application: Application) -> Self {
        Self::try_new(application)
            .unwrap_or_else(|error| panic!("the server cannot start: {error}"))
    }

    /// The same, for tests that expect an error.
    ///
    /// # Errors
    ///
    /// The application cannot be served.
    pub fn try_new(application: Application) -> Result<Self> {
        let server = in_memory::start(application.prepare()?)?;
        Ok(Self {
            server: Arc::new(server),
            peer: Peer::Tcp(SocketAddr::from(([127, 0, 0, 1], 50_000))),
            tls: None,
            headers: HeaderMap::new(),
            cookies: None,
            is_strict: false,
        })
    }

    /// Requests come from this address. Default: `127.0.0.1:50000`.
    ///
    /// # Panics
    ///
    /// It is not an IP address with a port.
    #[track_caller]
    #[must_use]
    pub fn with_peer(self, address: &str) -> Self {
        let address = address.parse();
        let address = address.unwrap_or_else(|error| panic!("{error}: an address with a port"));
        Self { peer: Peer::Tcp(address), ..self }
    }

    /// Requests come over a Unix socket, which has no address.
    #[must_use]
    pub fn with_unix_peer(self) -> Self {
        Self { peer: Peer::Unix, ..self }
    }

    /// Requests are encrypted, as far as the application can know: these are the results of the
    /// handshake. Nothing is encrypted.
    ///
    /// ```
    /// use tremolo::testing::{TestClient, block_on};
    /// use tremolo::{Application, Request, TlsDetails};
    ///
    /// # fn main() {
    /// block_on(async {
    ///     let application = Application::new()
    ///         .route("/", async |request: Request| request.scheme().to_string());
    ///     let mut tls = TlsDetails::default();
    ///     tls.version = "TLSv1.3";
    ///     let client = TestClient::new(application).with_tls(tls);
    ///     assert_eq!(client.get("/").send().await.text().await, "https");
    /// });
    /// # }
    /// ```
    #[must_use]
    pub fn with_tls(self, details: TlsDetails) -> Self {
        Self { tls: Some(details), ..self }
    }

    /// Each request has this field, unless it sets another value.
    ///
    /// # Panics
    ///
    /// It is not a field.
    #[track_caller]
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        let (name, value) = field(name, value);
        self.headers.append(name, value);
        self
    }

    /// Cookies of responses are kept and sent back, as a browser does; clones of this client share
    /// them. `Path`, `Max-Age=0` and an `Expires` in 1970 count; other times do not end a cookie.
    ///
    /// ```
    /// use tremolo::testing::{TestClient, block_on};
    /// use tremolo::{Application, Cookies, Response};
    ///
    /// # fn main() {
    /// block_on(async {
    ///     let application = Application::new()
    ///         .route("/login", async |response: Response| response.set_cookie(("user", "ada")))
    ///         .route("/", async |cookies: Cookies| cookies.get("user").map(str::to_owned));
    ///     let client = TestClient::new(application).with_cookies();
    ///     client.get("/login").send().await;
    ///     assert_eq!(client.get("/").send().await.text().await, "ada");
    /// });
    /// # }
    /// ```
    #[must_use]
    pub fn with_cookies(self) -> Self {
        Self { cookies: Some(Jar::default()), ..self }
    }

    /// A response with a status of 500 or more fails the test: [`TestRequest::send`] and
    /// [`Upload::end`](super::Upload::end) panic, with the page.
    #[must_use]
    pub fn strict(self) -> Self {
        Self { is_strict: true, ..self }
    }

    /// A request. The path may have a query; characters that a URL cannot have are percent-encoded.
    #[must_use]
    pub fn request(&self, method: Method, path: &str) -> TestRequest {
        TestRequest::new(self.clone(), method, path)
    }

    /// A GET request.
    #[must_use]
    pub fn get(&self, path: &str) -> TestRequest {
        self.request(Method::GET, path)
    }

    /// A HEAD request.
    #[must_use]
    pub fn head(&self, path: &str) -> TestRequest {
        self.request(Method::HEAD, path)
    }

    /// A POST request.
    #[must_use]
    pub fn post(&self, path: &str) -> TestRequest {
        self.request(Method::POST, path)
    }

    /// A PUT request.
    #[must_use]
    pub fn put(&self, path: &str) -> TestRequest {
        self.request(Method::PUT, path)
    }

    /// A PATCH request.
    #[must_use]
    pub fn patch(&self, path: &str) -> TestRequest {
        self.request(Method::PATCH, path)
    }

    /// A DELETE request.
    #[must_use]
    pub fn delete(&self, path: &str) -> TestRequest {
        self.request(Method::DELETE, path)
    }

    /// An OPTIONS request.
    #[must_use]
    pub fn options(&self, path: &str) -> TestRequest {
        self.request(Method::OPTIONS, path)
    }

    /// A WebSocket; see [`TestSocket`](super::TestSocket).
    #[must_use]
    pub fn websocket(&self, path: &str) -> SocketRequest {
        SocketRequest::new(self.get(path))
    }

    /// Server-sent events; see [`TestEvents`](super::TestEvents).
    #[must_use]
    pub fn events(&self, path: &str) -> EventsRequest {
        EventsRequest::new(self.get(path))
    }

    /// A connection for bytes of your own, and for clients of other makers.
    ///
    /// # Panics
    ///
    /// The server has ended.
    #[track_caller]
    #[must_use]
    pub fn connect(&self) -> ClientSocket {
        let socket = self.server.connect(self.peer, self.tls.clone());
        socket.unwrap_or_else(|| panic!("{}", TestError::ServerEnded))
    }

    /// Moves the time of the server: its deadlines and dates, and what handlers wait for with
    /// `tokio::time`. Requests that were sent before are handled first. Returns when the tasks have
    /// run whose time has come.
    ///
    /// A blocking handler that waits for its client waits in the moved time; `std::thread::sleep` in
    /// it does not.
    ///
    /// # Panics
    ///
    /// The server has ended.
    pub async fn advance(&self, by: Duration) {
        assert!(self.server.advance(by).await, "{}", TestError::ServerEnded);
    }

    /// The server: to stop it, and for its numbers. It has no addresses.
    #[must_use]
    pub fn server(&self) -> &ServerHandle {
        &self.server.handle
    }

    /// The fields of a request for this path that has these.
    pub(super) fn fields(&self, mut own: HeaderMap, path: &str) -> HeaderMap {
        for name in
            self.headers.keys().filter(|name| !own.contains_key(*name)).cloned().collect::<Vec<_>>()
        {
            for value in self.headers.get_all(&name) {
                own.append(name.clone(), value.clone());
            }
        }
        if let Some(cookies) = self.cookies.as_ref().and_then(|cookies| cookies.field(path))
            && let Ok(value) = HeaderValue::try_from(cookies)
        {
            own.append(http::header::COOKIE, value);
        }
        own
    }

    /// Keeps the cookies of a response, if this client does.
    pub(super) fn keep_cookies(&self, headers: &HeaderMap, path: &str) {
        if let Some(cookies) = &self.cookies {
            cookies.keep(headers, path);
        }
    }

    pub(super) fn wire(&self) -> Result<Wire, TestError> {
        let socket = self.server.connect(self.peer, self.tls.clone());
        socket.map(Wire::new).ok_or(TestError::ServerEnded)
    }
}

/// A field of a request.
#[track_caller]
pub(super) fn field(name: &str, value: &str) -> (HeaderName, HeaderValue) {
    let parsed = (HeaderName::try_from(name), HeaderValue::try_from(value));
    let (Ok(name), Ok(value)) = parsed else { panic!("not a field: {name:?}: {value:?}") };
    (name, value)
}
