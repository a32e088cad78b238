//! The client of a test, and the server that it starts.

use std::time::Duration;

use http::Method;
use tremolo_core::TlsDetails;
use tremolo_net::Peer;

use super::cookies::Jar;
use super::events::EventsRequest;
use super::request::TestRequest;
use super::session::{Session, field};
use super::websocket::SocketRequest;
use crate::application::Application;
use crate::error::Result;
use crate::serve::ServerHandle;
use crate::serve::in_memory::{self, ClientSocket};

/// The client of a test. It starts a server in memory, which ends with the last clone of the client
/// and the last response that is not complete.
///
/// The methods that begin with `with_` return a client with another setting; a clone is another
/// client of the same server.
///
/// ```
/// use tremolo::testing::{TestClient, block_on};
/// use tremolo::{Application, Request};
///
/// block_on(async {
///     let application = Application::new()
///         .route("/", async |request: Request| request.client().map(|peer| peer.to_string()));
///     let client = TestClient::new(application);
///     let other = client.clone().with_peer("203.0.113.7:4711");
///     assert_eq!(other.get("/").send().await.text().await, "203.0.113.7:4711");
/// });
/// ```
#[derive(Clone, Debug)]
pub struct TestClient {
    session: Session,
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
        Ok(Self { session: Session::new(in_memory::start(application.prepare()?)?) })
    }

    /// Requests come from this address. Default: `127.0.0.1:50000`.
    ///
    /// # Panics
    ///
    /// It is not an IP address with a port.
    #[track_caller]
    #[must_use]
    pub fn with_peer(mut self, address: &str) -> Self {
        let address = address.parse();
        let address = address.unwrap_or_else(|error| panic!("{error}: an address with a port"));
        self.session.peer = Peer::Tcp(address);
        self
    }

    /// Requests come over a Unix socket, which has no address.
    #[must_use]
    pub fn with_unix_peer(mut self) -> Self {
        self.session.peer = Peer::Unix;
        self
    }

    /// Requests are encrypted, as far as the application can know: these are the results of the
    /// handshake. Nothing is encrypted.
    ///
    /// ```
    /// use tremolo::testing::{TestClient, block_on};
    /// use tremolo::{Application, Request, TlsDetails};
    ///
    /// block_on(async {
    ///     let application = Application::new()
    ///         .route("/", async |request: Request| request.scheme().to_string());
    ///     let mut tls = TlsDetails::default();
    ///     tls.version = "TLSv1.3";
    ///     let client = TestClient::new(application).with_tls(tls);
    ///     assert_eq!(client.get("/").send().await.text().await, "https");
    /// });
    /// ```
    #[must_use]
    pub fn with_tls(mut self, details: TlsDetails) -> Self {
        self.session.tls = Some(details);
        self
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
        self.session.headers.append(name, value);
        self
    }

    /// Cookies of responses are kept and sent back, as a browser does; clones of this client share
    /// them. `Path`, `Max-Age=0` and an `Expires` in 1970 count; other times do not end a cookie.
    ///
    /// ```
    /// use tremolo::testing::{TestClient, block_on};
    /// use tremolo::{Application, Cookies, HttpError, Response};
    ///
    /// async fn login(response: Response) -> Result<&'static str, HttpError> {
    ///     response.set_cookie(("user", "ada"))?;
    ///     Ok("welcome")
    /// }
    ///
    /// block_on(async {
    ///     let application = Application::new()
    ///         .route("/login", login)
    ///         .route("/", async |cookies: Cookies| cookies.get("user").map(str::to_owned));
    ///     let client = TestClient::new(application).with_cookies();
    ///     client.get("/login").send().await;
    ///     assert_eq!(client.get("/").send().await.text().await, "ada");
    /// });
    /// ```
    #[must_use]
    pub fn with_cookies(mut self) -> Self {
        self.session.cookies = Some(Jar::default());
        self
    }

    /// A response with a status of 500 or more fails the test: what waits for it panics, with the
    /// page, except for [`TestRequest::try_send`].
    #[must_use]
    pub fn strict(mut self) -> Self {
        self.session.is_strict = true;
        self
    }

    /// A request. The path may have a query; characters that a URL cannot have are percent-encoded.
    pub fn request(&self, method: Method, path: &str) -> TestRequest {
        TestRequest::new(self.session.clone(), method, path)
    }

    /// A GET request.
    pub fn get(&self, path: &str) -> TestRequest {
        self.request(Method::GET, path)
    }

    /// A HEAD request.
    pub fn head(&self, path: &str) -> TestRequest {
        self.request(Method::HEAD, path)
    }

    /// A POST request.
    pub fn post(&self, path: &str) -> TestRequest {
        self.request(Method::POST, path)
    }

    /// A PUT request.
    pub fn put(&self, path: &str) -> TestRequest {
        self.request(Method::PUT, path)
    }

    /// A PATCH request.
    pub fn patch(&self, path: &str) -> TestRequest {
        self.request(Method::PATCH, path)
    }

    /// A DELETE request.
    pub fn delete(&self, path: &str) -> TestRequest {
        self.request(Method::DELETE, path)
    }

    /// An OPTIONS request.
    pub fn options(&self, path: &str) -> TestRequest {
        self.request(Method::OPTIONS, path)
    }

    /// A WebSocket; see [`TestSocket`](super::TestSocket).
    pub fn websocket(&self, path: &str) -> SocketRequest {
        SocketRequest::new(self.get(path))
    }

    /// Server-sent events; see [`TestEvents`](super::TestEvents).
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
        let socket = self.session.connect();
        socket.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Moves the time of the server: its deadlines and dates, and what handlers wait for with
    /// `tokio::time`. Requests that were sent before are handled first. Returns when the tasks have
    /// run whose time has come, or when the server has ended. Zero only lets tasks run that are ready.
    /// At most a year at once.
    ///
    /// A blocking handler that waits for its client waits in the moved time; `std::thread::sleep` in
    /// it does not. A thread of `tokio::task::spawn_blocking` is waited for.
    pub async fn advance(&self, by: Duration) {
        self.session.server.advance(by).await;
    }

    /// The server: to stop it, and for its numbers. It has no addresses.
    pub fn server(&self) -> &ServerHandle {
        &self.session.server.handle
    }
}
