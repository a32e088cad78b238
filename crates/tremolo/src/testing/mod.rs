//! Tests without a socket: a client that drives an [`Application`](crate::Application) through the
//! real server, in memory. Needs the feature `testing`:
//!
//! ```toml
//! [dev-dependencies]
//! tremolo-http = { version = "0.1", features = ["testing"] }
//! ```
//!
//! A [`TestClient`] starts a server with one worker, without a port. What the application does there
//! is what it does in a server: hooks, state, middleware, limits, error pages, the bytes on the wire.
//! Each request has a connection of its own.
//!
//! ```
//! use serde_json::{Value, json};
//! use tremolo::testing::{TestClient, block_on};
//! use tremolo::{Application, Json, Path};
//!
//! fn application() -> Application {
//!     Application::new()
//!         .route(r"^/notes/(\d+)$", async |Path(id): Path<u64>| Json(json!({ "id": id })))
//!         .route("/notes", async |Json(note): Json<Value>| (201, note["text"].to_string()))
//! }
//!
//! block_on(async {
//!     let client = TestClient::new(application());
//!
//!     let note = client.get("/notes/7").query(&[("all", "yes")]).send().await;
//!     assert_eq!(note.status(), 200);
//!     assert_eq!(note.json::<Value>().await, json!({ "id": 7 }));
//!
//!     let created = client.post("/notes").json(&json!({ "text": "milk" })).send().await;
//!     assert_eq!((created.status().as_u16(), created.text().await), (201, "\"milk\"".into()));
//! });
//! ```
//!
//! [`block_on()`] runs a test without a runtime; below `#[tokio::test]` nothing changes. The worker has
//! a thread and a runtime of its own, as in a server.
//!
//! # Failures
//!
//! What a test does not expect, such as a response that is cut or JSON that is none, panics with the
//! reason, so that the test fails. A test that expects it uses [`TestRequest::try_send`] and
//! [`TestResponse::next`]. A handler that panics is answered with 500, and its panic is in the log,
//! as in a server; with [`TestClient::strict`] each status of 500 or more fails the test.
//!
//! # Time
//!
//! [`TestClient::advance`] moves the time of the server: deadlines, dates, and whatever handlers
//! wait for with `tokio::time`. Timers expire one after the other, and what they wake runs in between.
//! Between two calls the time runs on by itself. `std::time` is not moved, and neither is the time of
//! the test's own runtime.
//!
//! ```
//! use std::time::Duration;
//! use tremolo::Application;
//! use tremolo::testing::{TestClient, block_on};
//!
//! block_on(async {
//!     let never = async || std::future::pending::<&str>().await;
//!     let client = TestClient::new(Application::new().route("/", never));
//!     let request = client.get("/").start();
//!     client.advance(Duration::from_secs(120)).await; // `app_handler_timeout`
//!     assert_eq!(request.response().await.status(), 500);
//! });
//! ```
//!
//! # Shutdown
//!
//! [`TestClient::server`] is the handle of the server: `client.server().stop()` begins a shutdown,
//! which handlers notice by [`Request::draining`](crate::Request::draining).

mod block_on;
mod client;
mod cookies;
mod error;
mod events;
mod head;
mod multipart;
mod pending;
mod request;
mod response;
mod sent;
mod session;
mod upload;
mod websocket;
mod wire;

pub use self::block_on::block_on;
pub use self::client::TestClient;
pub use self::error::TestError;
pub use self::events::{EventsRequest, ReceivedEvent, TestEvents};
pub use self::multipart::Multipart;
pub use self::request::TestRequest;
pub use self::response::TestResponse;
pub use self::sent::SentRequest;
pub use self::upload::Upload;
pub use self::websocket::{SocketRequest, TestSocket};
pub use crate::serve::in_memory::ClientSocket;
