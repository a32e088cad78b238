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
//! Text is sent as HTML, as in the original. Text that comes from a client belongs into [`Html`] through
//! [`escape_html`], or is sent as `text/plain` ([`Application::default_content_type`]): as it is, it
//! could bring a script into the page.
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
//! use tremolo::{Application, HandlerResult, HttpError, Json, Path, Query};
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
//! // A status and fields stand before the reply.
//! async fn create(Json(note): Json<Note>) -> (u16, [(&'static str, &'static str); 1], Json<Note>) {
//!     (201, [("Location", "/notes/1")], Json(note))
//! }
//!
//! async fn show(Path(id): Path<u64>) -> HandlerResult<Json<Note>> {
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
//! routes that middleware treats differently. [`Application::around`] takes middleware that runs
//! the handler itself, with [`Next`], and has the table of the order; [`Application::layer`] takes
//! those of `tower-http`. A [`Group`] of routes, one handler ([`Handler::around`]) and a mounted
//! application ([`Application::mount`]) have middleware of their own inside.
//!
//! An error type of yours has its statuses ([`ResponseError`]); a client gets an error in
//! the format that it accepts: a page, problem details (RFC 9457) or text. Pages of yours replace
//! them ([`Application::error`], [`Application::errors`]), and [`Application::problem_details`] gives
//! problem details to all clients.
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
//! # let _ =
//! Application::new()
//!     .state(Token("secret".into()))
//!     .middleware(RequestIds::new())
//!     .middleware(Cors::new().origin("https://app.example").headers(["Authorization"]))
//!     .on_request(authenticate)
//!     .route("/", (async || "public").with_option(Public))
//!     .route("/notes", async || "with the token")
//!     .errors(page)
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
//! The module [`testing`] drives an application through the server, in memory: no port, and time that
//! the test moves. Its feature belongs to the dev-dependencies: `features = ["testing"]`.
//!
//! ```
//! use tremolo::Application;
//! use tremolo::testing::{TestClient, block_on};
//!
//! block_on(async {
//!     let client = TestClient::new(Application::new().route("/", async || "hi"));
//!     let response = client.get("/").send().await;
//!     assert_eq!((response.status().as_u16(), response.text().await), (200, "hi".to_owned()));
//! });
//! ```
//!
//! # Coming from elsewhere
//!
//! The guide (`docs/guide` of the repository) has a page for each of axum, actix, FastAPI, Flask and
//! aiohttp: what is there, and what it is called here.
//!
//! # The modules
//!
//! The root has what programs name most. The rest is in modules by its subject: [`methods`],
//! [`testing`], [`forms`], [`websocket`], [`broadcast`], [`monitoring`], [`tower`], [`config`] and
//! [`errors`]. [`signatures`] has the traits and types that only stand in signatures.
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

#![doc = include_str!("logging.md")]
#![doc = include_str!("features.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod application;
mod blocking;
mod body_source;
pub mod broadcast;
mod catch_panic;
mod clock;
pub mod config;
mod context;
#[cfg(feature = "signed-cookies")]
mod cookie_key;
mod draft;
mod error;
pub mod errors;
mod extensions;
mod extract;
mod files;
pub mod forms;
mod group;
mod handler;
mod hooks;
mod listen;
mod local_task;
mod lock;
#[doc(hidden)]
pub mod marker;
pub mod methods;
mod middleware;
mod monitor;
pub mod monitoring;
mod mount;
mod next;
mod path_params;
mod phase;
mod pipeline;
mod race;
mod reply;
mod request;
mod request_id;
mod requirements;
mod resources;
mod response;
mod route_entry;
mod route_option;
mod serve;
mod server;
mod service;
mod shared_connection;
pub mod signatures;
mod spans;
mod sse;
mod status;
#[cfg(feature = "stream")]
#[doc(hidden)]
pub mod stream_macro;
mod sync;
mod tasks;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "tls")]
mod tls;
#[cfg(not(feature = "tls"))]
#[path = "no_tls.rs"]
mod tls;
pub mod tower;
mod upload;
mod waiters;
pub mod websocket;
mod worker_state;

pub use application::{Application, Middleware};
pub use blocking::{
    Blocking, BlockingLock, BlockingRequest, BlockingResponse, BlockingSse, BlockingWebSocket,
};
pub use broadcast::Broadcast;
#[cfg(feature = "redis")]
pub use broadcast::Redis;
pub use context::{ConnectionContext, WorkerContext};
#[cfg(feature = "signed-cookies")]
pub use cookie_key::CookieKey;
pub use error::{BoxError, Error, HandlerResult, HttpError, OrStatus, ResponseError, Result};
pub use extensions::Extensions;
pub use extract::{
    Call, Cookies, ErrorInfo, Form, FromCall, Header, Path, Query, State, TypedHeader,
};
pub use files::{SendFile, StaticFiles};
pub use group::Group;
pub use handler::{Handler, blocking};
pub use http::{HeaderMap, Method, StatusCode};
pub use listen::Listen;
pub use lock::{Lock, LockGuard};
pub use middleware::{Cors, RateLimit, RequestIds};
pub use next::Next;
pub use path_params::PathParams;
pub use reply::{Answer, Attachment, Html, Json, LeaveOpen, Pieces, Redirect, Reply};
pub use request::{BodyStream, Request};
pub use request_id::RequestId;
pub use requirements::Requirements;
pub use response::Response;
pub use route_entry::RouteEntry;
pub use route_option::RouteOption;
pub use serve::ServerHandle;
pub use server::Server;
pub use service::TowerService;
pub use sse::{Event, Sse};
pub use tremolo_core::cookie::{SameSite, SetCookie};
pub use tremolo_core::forwarded::Scheme;
pub use tremolo_core::http1::body::Trailers;
pub use tremolo_core::http1::fields::Fields;
pub use tremolo_core::http1::request::Version;
pub use tremolo_core::http1::response::FieldList;
pub use tremolo_core::{Config, MultiMap, Piece, TlsDetails, TraceParent, escape_html};
#[cfg(feature = "tls")]
pub use tremolo_tls::{AlternativeName, ClientCertificate};
pub use websocket::{Message, WebSocket};
