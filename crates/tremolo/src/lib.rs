//! A stream-oriented, programmable HTTP server.
//!
//! A handler *yields* the pieces of a body, or *returns* it whole, or drives the
//! [`Response`] itself, down to raw bytes on the socket.
//!
//! ```no_run
//! // Returns when the process receives SIGINT or SIGTERM.
//! use tremolo::{Application, Response, stream};
//!
//! fn main() -> tremolo::Result<()> {
//!     Application::new()
//!         .route("/hello", async || "Hello World!")
//!         .route("/yield", || stream! { yield "Hello "; yield "World!"; })
//!         .route("/write", async |response: Response| {
//!             response.set_status((201, "Created"))?;
//!             response.set_cookie(("session", "abc"))?;
//!             response.write("Hello ").await?;
//!             response.end("World!").await
//!         })
//!         .run("127.0.0.1:8000")
//! }
//! ```
//!
//! The arguments of a handler are listed in [`FromCall`], its results in [`Reply`], and the calls
//! that drive a response by hand in [`Response`]. The bytes on the wire come from the engine,
//! `tremolo-core`.
//!
//! The package is `tremolo-http`, the library in it `tremolo`. `main` is an ordinary function: the
//! workers bring their own tokio runtimes, one thread each ([`Config::worker_num`], 1 by default),
//! so that handlers may use what tokio has, and need not be `Send`. In a program that is async
//! already, start the server with [`Application::start`]: [`Application::run`] would block there,
//! and refuses to.
//!
//! [`Application::run`] takes its options from the environment (`TREMOLO_KEEPALIVE_TIMEOUT=15s`) and
//! from the TOML file of `TREMOLO_CONFIG`, unless [`Application::config`] sets them; a program that
//! sets some of them writes `Config { worker_num: 2, ..Config::from_env()? }`.
//!
//! # Routes, arguments, replies
//!
//! A path is exact, or a regular expression whose groups are its parameters
//! ([`Application::route`]). The methods of one path are one table ([`methods`]). Arguments may
//! stand in any order, also those that read the body.
//!
//! ```
//! use serde::{Deserialize, Serialize};
//! use tremolo::methods::get;
//! use tremolo::{Answer, Application, HttpError, Json, Path, Query, Reply};
//!
//! #[derive(Deserialize, Serialize)]
//! struct Note {
//!     text: String,
//! }
//!
//! #[derive(Deserialize)]
//! struct Search {
//!     q: Option<String>,
//! }
//!
//! async fn list(Query(search): Query<Search>) -> Json<Vec<Note>> {
//!     Json(search.q.into_iter().map(|text| Note { text }).collect())
//! }
//!
//! // Status and fields of a reply are set on the answer that it becomes.
//! async fn create(Json(note): Json<Note>) -> Answer {
//!     Json(note).into_answer().with_status(201).with_header("Location", "/notes/1")
//! }
//!
//! async fn show(Path(id): Path<u64>) -> Result<Json<Note>, HttpError> {
//!     Err(HttpError::not_found().with_message(format!("There is no note {id}")))
//! }
//!
//! # let _ =
//! Application::new().route("/notes", get(list).post(create)).route("/notes/{id}", get(show))
//! # ;
//! ```
//!
//! # State, middleware, errors
//!
//! Handlers share values of any types, by [`Application::state`] and [`State`]. Middleware is a
//! handler too: [`Application::on_request`] and [`Application::on_response`] take the same
//! arguments, and an error that they return is the response. [`Handler::with_option`] marks the
//! routes that middleware treats differently; [`Application::mount`] gives a part its own
//! middleware. Each error has a page ([`Application::error`]), and an error type of yours its
//! status ([`HttpError`]).
//!
//! ```
//! use std::sync::Arc;
//! use tremolo::{
//!     Application, Cors, ErrorInfo, Handler, HttpError, Json, Request, RequestIds, RouteOption,
//!     State,
//! };
//!
//! #[derive(Clone)]
//! struct Token(Arc<str>);
//! #[derive(Clone)]
//! struct Public;
//!
//! async fn authenticate(
//!     public: Option<RouteOption<Public>>,
//!     State(Token(token)): State<Token>,
//!     request: Request,
//! ) -> Result<(), HttpError> {
//!     let given = request.header("Authorization").and_then(|value| value.strip_prefix("Bearer "));
//!     if public.is_some() || given == Some(&*token) {
//!         return Ok(());
//!     }
//!     Err(HttpError::unauthorized().with_header("WWW-Authenticate", "Bearer"))
//! }
//!
//! async fn page(error: ErrorInfo) -> Json<(u16, String)> {
//!     Json((error.status(), error.message().to_owned()))
//! }
//!
//! let application = Application::new()
//!     .state(Token("secret".into()))
//!     .middleware(RequestIds::new())
//!     .middleware(Cors::new().origin("https://app.example").headers(["Authorization"]))
//!     .on_request(authenticate)
//!     .route("/", (async || "public").with_option(Public))
//!     .route("/notes", async || "with the token");
//! # let _ =
//! (400..=511).fold(application, |application, status| application.error(status, page))
//! # ;
//! ```
//!
//! # Bodies in pieces
//!
//! A response in pieces is a [`stream!`]; the body of a request is read in pieces by
//! [`Request::stream`] and, for uploads from forms, by [`Request::parts`]. A body is at most
//! [`Config::client_max_body_size`] long, or as long as [`Handler::with_body_limit`] allows.
//!
//! ```
//! use tremolo::{Application, Handler, HttpError, Reply, Request, stream};
//!
//! async fn upload(request: Request) -> Result<String, HttpError> {
//!     let (mut parts, mut names) = (request.parts(), Vec::new());
//!     while let Some(part) = parts.next().await {
//!         let part = part?;
//!         let bytes = part.bytes(1 << 20).await?; // 413 for a larger one
//!         names.push(format!("{}: {} bytes\n", part.name(), bytes.len()));
//!     }
//!     Ok(names.concat())
//! }
//!
//! fn export() -> impl Reply {
//!     stream! {
//!         for number in 1..=3 {
//!             yield Ok::<_, HttpError>(serde_json::to_string(&number)? + "\n");
//!         }
//!     }
//! }
//!
//! # let _ =
//! Application::new()
//!     .route("/upload", upload.with_body_limit(16 << 20))
//!     .route("/export", export.with_content_type("application/x-ndjson"))
//! # ;
//! ```
//!
//! # WebSockets
//!
//! A handler with the argument [`WebSocket`] receives and sends messages. A [`Broadcast`] sends one
//! to the sockets of all workers, and over [`Redis`] to those of many machines.
//!
//! ```
//! use tremolo::{Application, HttpError, Message, WebSocket};
//!
//! async fn shout(mut socket: WebSocket) -> Result<(), HttpError> {
//!     while let Some(message) = socket.next().await.transpose()? {
//!         match message {
//!             Message::Text(text) => socket.send(text.to_uppercase()).await?,
//!             Message::Binary(bytes) => socket.send(bytes).await?,
//!         }
//!     }
//!     Ok(())
//! }
//!
//! # let _ =
//! Application::new().route("/shout", shout)
//! # ;
//! ```
//!
//! # Tests
//!
//! A test starts the application on a free port, and ends it by dropping it.
//!
//! ```
//! use std::io::{Read, Write};
//! use std::net::TcpStream;
//! use tremolo::Application;
//!
//! let application = Application::new().route("/", async || "hi");
//!
//! let server = application.listen("127.0.0.1:0").start()?;
//! let address = server.addresses()[0].replace("http://", "");
//! let (mut client, mut answer) = (TcpStream::connect(address)?, String::new());
//! client.write_all(b"GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")?;
//! client.read_to_string(&mut answer)?;
//! assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("hi"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Coming from axum
//!
//! | there | here |
//! | --- | --- |
//! | `/notes/{id}`, `/files/{*rest}` | the same; slashes at the end are ignored, and `{id:\d+}` has an expression ([`Application::route`]) |
//! | routes of one path add up | tables of [`methods`] do; of two handlers for an exact path the later one wins |
//! | text is `text/plain` | text is `text/html`, unless [`Handler::with_content_type`] or the answer sets another type: escape text that comes from clients |
//! | `FromRequest`, `FromRequestParts` | [`FromCall`] |
//! | `IntoResponse` | [`Reply`]; fields by [`Answer::with_header`] |
//! | `impl IntoResponse for MyError` | `impl From<MyError> for HttpError`: see [`HttpError`] |
//! | `middleware::from_fn`, `Extension` | [`Application::on_request`], [`Request::extensions`] |
//! | `Sse::new(stream)` | `stream! { … }.events()`, [`Sse::stream`], or the argument [`Sse`] |
//! | `DefaultBodyLimit` | [`Handler::with_body_limit`] |
//! | `fallback` | `.error(404, page)` |
//! | `nest` | [`Application::mount`] |
//! | `with_graceful_shutdown` | [`Application::run`] does it |
//! | `WebSocketUpgrade`, `on_upgrade` | [`WebSocket`], in the handler itself |
//! | `tokio::sync::broadcast` for sockets | [`Broadcast`] |
//! | a router of yours, layers and all | [`TowerService`] mounts it as it is |
//!
//! # Panics
//!
//! A panic in a handler, a stream, a middleware, an error page, a hook or a task is caught and
//! logged. The response is a 500, or is cut if its head was sent. The same holds for user code that
//! runs outside of handlers: the `Display`, `source` and `Drop` of an error, the `Drop` of a
//! future, of a stream and of a value in a context. Two things cannot be caught: Rust aborts the
//! process if a `Drop` panics while another panic unwinds, and nothing is caught in a program that
//! is built with `panic = "abort"`.
//!
//! # Logging
//!
//! Everything that is logged goes through [`tracing`](https://docs.rs/tracing).
//! [`Application::run`] sets up a logger that prints to standard error the events that
//! [`Config::log_level`] allows, in the format of [`Config::log_fmt`]. A program that has a
//! subscriber of its own keeps it, and then its own filter applies. `RUST_LOG` is not read: the
//! configuration is in one place.
//!
//! - With [`Config::access_log`] each exchange is an event with the target `tremolo::access` at the
//!   level `info`, when its last byte was sent or its connection has ended. Its fields: `client`
//!   (behind trusted proxies), `peer`, `method`, `url`, `version`, `status`, `bytes` (of the body),
//!   `duration_ms`, `user_agent`, `referer`, `cut`. What is not known is left out: a request that
//!   could not be read has no method, a response without a head no status.
//! - With [`RequestIds`] or [`Config::request_ids`] there is the field `request_id` too, as text ` id=…` behind the duration. A
//!   handler or middleware that logs has [`RequestId`] to put into its own lines.
//! - Text of the client is escaped in the event itself: whatever is not printable ASCII, quotes
//!   and backslashes become `\xNN`. No client can make a line of its own.
//! - An error is logged with all its sources, in one line. Control characters in it, and in the text
//!   of a panic, become escapes such as `\n` and `\u{1b}`. The panic hook of Rust prints the text of a
//!   panic to standard error as well, as it is: set another one
//!   ([`std::panic::set_hook`]) where that matters.
//! - [`Config::access_log_file`] is a file for these lines; `SIGUSR1` opens it anew.
//! - At the level `debug` there are spans, `connection` (`client`, `local`) and `request` (`method`,
//!   `url`, and of a valid `traceparent` `trace_id` and `parent_id`), around all log lines of handlers and server; at other levels only lines about failures
//!   have one.

#![forbid(unsafe_code)]

mod application;
mod blocking;
mod broadcast;
mod catch_panic;
mod clock;
mod context;
mod draft;
mod error;
mod extensions;
mod extract;
mod files;
mod handler;
mod hooks;
mod listen;
mod lock;
#[doc(hidden)]
pub mod marker;
pub mod methods;
mod middleware;
mod monitor;
mod monitoring;
mod mount;
mod path_params;
mod phase;
mod pipeline;
mod reply;
mod request;
mod request_id;
mod requirements;
mod resources;
mod response;
mod route_option;
mod serve;
mod server;
mod shared_connection;
mod spans;
mod sse;
mod status;
mod tasks;
mod tower;
mod upload;
mod waiters;
mod websocket;
mod worker_state;

pub use application::{Application, Middleware};
pub use blocking::{
    Blocking, BlockingArgument, BlockingLock, BlockingRequest, BlockingResponse, BlockingSse,
    BlockingWebSocket,
};
pub use broadcast::{Broadcast, Redis, RedisMessage, SlowSubscribers, Subscription};
pub use context::{ConnectionContext, WorkerContext};
pub use error::{Error, HttpError, LockTimeout, Result, WebSocketError};
pub use extensions::Extensions;
pub use extract::{
    Call, Cookies, ErrorInfo, Form, FromCall, Header, Path, Query, State, TypedHeader,
};
pub use files::{SendFile, StaticFiles};
pub use handler::{BlockingHandler, Handler, With, blocking};
pub use hooks::Hook;
pub use http::{Method, StatusCode};
pub use listen::Listen;
pub use lock::{Lock, LockGuard};
pub use middleware::{Cors, RequestIds};
pub use monitoring::{health, metrics, readiness};
pub use mount::{Mount, Mounted};
pub use path_params::PathParams;
pub use reply::{Answer, Html, Json, LeaveOpen, Pieces, Redirect, Reply, StreamPiece, StreamReply};
pub use request::{BodyStream, FileStep, Files, Part, PartStream, Parts, Request};
pub use request_id::RequestId;
pub use requirements::Requirements;
pub use response::Response;
pub use route_option::RouteOption;
pub use serve::ServerHandle;
pub use server::Server;
pub use sse::{Event, EventStream, Sse, StreamEvent};
pub use status::Status;
pub use tower::{ClientAddress, OriginalUri, TowerBody, TowerService};
pub use tremolo_core::cookie::{SameSite, SetCookie};
pub use tremolo_core::form::{FileLimits, FormData, FormError, FormFile, FormLimits};
pub use tremolo_core::forwarded::{InvalidNetwork, Scheme, TrustedProxies};
pub use tremolo_core::http1::body::Trailers;
pub use tremolo_core::http1::fields::Fields;
pub use tremolo_core::http1::request::Version;
pub use tremolo_core::http1::response::FieldList;
pub use tremolo_core::multipart::{MultipartError, PartHead};
pub use tremolo_core::routing::RouteError;
pub use tremolo_core::websocket::{CloseCode, CloseFrame, SendError, Violation};
pub use tremolo_core::{
    AccessLog, CloseReason, Config, ConfigError, Error as ConnectionError, HalfClose, LoadError,
    LogFormat, LogLevel, Misuse, MultiMap, PeerError, Piece, TlsDetails, TraceParent,
};
pub use tremolo_net::{MetricsFormat, Stats};
pub use tremolo_tls::{AlternativeName, ClientCertificate};
pub use websocket::{Message, PreparedMessage, Text};
pub use websocket::{WebSocket, WebSocketReceiver, WebSocketSender};

/// A body in pieces: each `yield` sends one, as text or bytes, and waits while much is queued. The
/// end of the block ends the body. `.await` works inside it.
///
/// ```
/// use tremolo::{Application, stream};
///
/// # let _ =
/// Application::new().route("/count", || stream! {
///     for number in 1..=3 {
///         yield format!("{number}\n");
///     }
/// })
/// # ;
/// ```
///
/// `?` works too, if the yielded pieces are results; then one of them must name the type of the
/// error. An error before the first piece is a page, one after it cuts the response. A handler that
/// may also refuse before it streams returns a `Result` of a stream.
///
/// ```
/// use tremolo::{HttpError, Path, Reply, stream};
///
/// async fn lines(Path(name): Path<String>) -> Result<impl Reply, HttpError> {
///     if name.contains('/') {
///         return Err(HttpError::not_found());
///     }
///     Ok(stream! {
///         for line in std::fs::read_to_string(name)?.lines() {
///             yield Ok::<_, HttpError>(format!("{line}\n"));
///         }
///     })
/// }
/// # tremolo::Application::new().route("/{*name}", lines);
/// ```
#[macro_export]
macro_rules! stream {
    ($($body:tt)*) => {
        $crate::StreamReply::new($crate::__async_stream::stream! { $($body)* })
    };
}

/// What `stream!` expands to. Programs do not name it.
#[doc(hidden)]
pub use async_stream as __async_stream;
