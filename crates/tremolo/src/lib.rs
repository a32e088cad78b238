//! A stream-oriented, programmable HTTP server.
//!
//! A handler *yields* the pieces of a body, or *returns* it whole, or drives the
//! [`Response`] by hand, down to raw bytes on the socket.
//!
//! ```no_run
//! // Does not return until the process is told to stop.
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
//! What a handler can take is in [`FromCall`], what it can give back in [`Reply`], what it can
//! say by hand in [`Response`]. How the server behaves on the wire is the business of the engine,
//! the crate `tremolo-core`.
//!
//! # Logging
//!
//! Everything that is logged goes through [`tracing`](https://docs.rs/tracing). [`Application::run`]
//! sets up a logger that prints to standard error what [`Config::log_level`] allows, as
//! [`Config::log_fmt`] says; a program that has a subscriber of its own keeps it, and then that one
//! decides. `RUST_LOG` is not read: the configuration is in one place.
//!
//! - With [`Config::access_log`] each exchange is an event with the target `tremolo::access` at the
//!   level `info`, when its last byte has left or its connection has ended. Its fields: `client`
//!   (behind trusted proxies), `peer`, `method`, `url`, `version`, `status`, `bytes` (of the body),
//!   `duration_ms`, `user_agent`, `referer`, `cut`. What is not known is left out: a request that
//!   could not be read has no method, a response without a head no status.
//! - Text of the client is escaped in the event itself: whatever is not printable ASCII, quotes
//!   and backslashes become `\xNN`. No client can make a line of its own.
//! - At the level `debug` there are spans, `connection` (`client`, `local`) and `request` (`method`,
//!   `url`), around all that handlers and server say; below, only lines about failures have one.

#![forbid(unsafe_code)]

mod application;
mod blocking;
mod caught;
mod cell;
mod clock;
mod context;
mod error;
mod extract;
mod files;
mod handler;
mod hooks;
mod lock;
pub mod methods;
mod middleware;
mod mount;
mod pipeline;
mod reply;
mod request;
mod resources;
mod response;
mod serve;
mod server;
mod tasks;
mod tower;
mod waiters;

pub use application::Application;
pub use blocking::{Blocking, BlockingArgument, BlockingLock, BlockingRequest, BlockingResponse};
pub use context::{ConnectionContext, Extensions, WorkerContext};
pub use error::{Error, HttpError, Result};
pub use extract::{
    Call, Cookies, ErrorInfo, Form, FromCall, Header, Path, Query, State, TypedHeader,
};
pub use files::{SendFile, StaticFiles};
pub use handler::{
    Async, BlockingHandler, Handler, OnThread, Optioned, Plain, Requirements, RouteOption, With,
    blocking,
};
pub use hooks::{Hook, Told, Untold};
pub use http::{Method, StatusCode};
pub use lock::{Lock, LockGuard, LockTimeout};
pub use middleware::{Cors, Middleware, RequestId, RequestIds};
pub use mount::{Mount, Mounted};
pub use reply::{Answer, Html, Json, LeaveOpen, Pieces, Redirect, Reply, StreamPiece, StreamReply};
pub use request::{
    BodyStream, FileLimits, FileStep, Files, FormData, FormError, FormFile, FormLimits, Part,
    PartStream, Parts, PathParams, Request,
};
pub use response::{Response, Status};
pub use serve::{Listen, Running};
pub use server::Server;
pub use tower::{ClientAddress, Foreign, OriginalUri, TowerBody, TowerService};
pub use tremolo_core::cookie::{SameSite, SetCookie};
pub use tremolo_core::forwarded::{InvalidNetwork, Scheme, TrustedProxies};
pub use tremolo_core::http1::body::Trailers;
pub use tremolo_core::http1::fields::Fields;
pub use tremolo_core::http1::request::Version;
pub use tremolo_core::http1::response::FieldList;
pub use tremolo_core::multipart::{MultipartError, PartHead};
pub use tremolo_core::routing::RouteError;
pub use tremolo_core::{
    AccessLog, CloseReason, Config, ConfigError, Error as ConnectionError, LogFormat, LogLevel,
    Misuse, MultiMap, PeerError, Piece,
};

/// A body in pieces: each `yield` sends one, as text or bytes, and waits while much is queued. The
/// end of the block ends the body. `.await` works in it.
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
/// `?` works too, if what is yielded are results; then one of them has to name the type of the
/// error. An error before the first piece is a page, one after it cuts the response. A handler that
/// may also refuse before it streams gives a `Result` of a stream.
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
/// # tremolo::Application::new().route("^/(.*)$", lines);
/// ```
#[macro_export]
macro_rules! stream {
    ($($body:tt)*) => {
        $crate::StreamReply::new($crate::__async_stream::stream! { $($body)* })
    };
}

/// The other half of `stream!`; nothing in here is for anybody else.
#[doc(hidden)]
pub use async_stream as __async_stream;
