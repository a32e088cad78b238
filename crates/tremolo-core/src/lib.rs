//! The engine of Tremolo: one HTTP/1.x server connection without the socket.
//!
//! **After each call on a [`Connection`], drain [`Connection::poll_event`], then
//! [`Connection::poll_transmit`], then sleep until [`Connection::poll_deadline`]**: this is the
//! whole contract of a driver. Drivers talk to connections, applications to exchanges: a handle keeps
//! an [`ExchangeId`], and [`Connection::exchange`] lends its [`Exchange`]. Bytes and instants are inputs, events and bytes are outputs. The
//! engine opens no socket, reads no clock, spawns no task, and depends on no runtime.
//!
//! In scope: the rules of HTTP for one connection (RFC 9110, RFC 9112): strict request heads,
//! bodies by length and chunked, the semantics and the encoding of responses, keep-alive,
//! pipelining, half-close, lingering close, named deadlines, limits; and the interpretation of
//! content: cookies, forms, conditions and ranges. Out of scope: sockets, files, TLS, threads,
//! clocks, logging, and calling handlers; the fronts do these.
//!
//! # The loop
//!
//! ```
//! use std::{sync::Arc, time::Instant};
//! use bytes::BufMut;
//! use tremolo_core::{Config, Connection, Event, Now, Settings, Transmit};
//!
//! let settings = Arc::new(Settings::new(Config::default())?);
//! let now = Now::new(Instant::now(), 784_111_777);
//! let mut connection = Connection::new(settings, None, &now);
//!
//! // Bytes that a socket would read:
//! connection.input_buffer().put_slice(b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
//! connection.handle_input(&now);
//!
//! // Calls that a handler would make:
//! while let Some(event) = connection.poll_event(&now) {
//!     let Event::Request(head) = event else { panic!("the request is well formed") };
//!     assert_eq!(head.path(), b"/hello");
//!     let id = connection.peek().current_id().expect("a request has begun");
//!     let mut exchange = connection.exchange(id)?;
//!     exchange.response_mut()?.set_status(200)?;
//!     exchange.end(&now, "Hello".into())?;
//!     exchange.handler_done(&now);
//! }
//!
//! // Bytes that a socket would write:
//! let mut wire = Vec::new();
//! while let Some(Transmit::Bytes(bytes)) = connection.poll_transmit(&now) {
//!     wire.extend_from_slice(bytes);
//!     let count = bytes.len();
//!     connection.transmitted(&now, count);
//! }
//! assert_eq!(
//!     String::from_utf8(wire)?,
//!     "HTTP/1.1 200 OK\r\n\
//!      Content-Type: text/html; charset=utf-8\r\n\
//!      Content-Length: 5\r\n\
//!      Connection: keep-alive\r\n\
//!      Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
//!      Server: Tremolo\r\n\
//!      \r\n\
//!      Hello"
//! );
//! assert!(connection.peek().is_idle() && connection.poll_deadline().is_some());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Panics
//!
//! No input of a peer and no call of an application makes the engine panic: a peer gets the status
//! of its [`PeerError`], an application an [`Error`].

#![forbid(unsafe_code)]

pub mod app;
mod budget;
mod clock;
mod connection;
pub mod content;
pub mod cookie;
mod date;
mod disposition;
mod error;
mod exchange;
pub mod form;
pub mod forwarded;
pub mod http1;
mod location;
mod memory;
mod multimap;
pub mod multipart;
pub mod negotiation;
mod page;
mod piece;
mod problem;
pub mod proxy_protocol;
pub mod query;
mod rate_limiter;
pub mod representation;
mod request_id;
pub mod routing;
pub mod sse;
#[cfg(test)]
mod testing;
mod text;
mod trace_context;
pub mod websocket;

pub use budget::{Bounds, Budget};
pub use clock::{Clock, Now};
pub use connection::{
    BufferPool, Cause, Codecs, CodingFailed, Connection, ConnectionRef, ContentDecoder,
    ContentEncoder, Deadline, Encryption, Event, ExchangeId, FileRegion, Finished, InputBuffer,
    InvalidContent, Piece, Settings, Slices, Tally, TlsDetails, Transmit,
};
pub use disposition::attachment;
pub use error::{CloseReason, Error, Misuse, PeerError};
pub use exchange::{
    CloseStatus, ErrorPage, Exchange, ExchangeOptions, ExchangeRef, FileContent, Incoming,
    RequestBody, RouteSetting, ServerSentEvents, WebSocket, redirect_to_https,
};
pub use location::encode_location;
pub use memory::{MemoryState, memory_bound};
pub use multimap::{MultiMap, Pairs};
pub use page::{escape_html, reason_of};
pub use problem::{Member, PageFormat, PageRule, Problem};
pub use rate_limiter::{RateLimiter, client_network};
pub use request_id::{REQUEST_ID, given_request_id, new_request_id};
pub use text::{escape_bytes, escape_controls};
pub use trace_context::{Hex, TraceParent};
pub use tremolo_config as config;
pub use tremolo_config::{
    AccessLog, Config, ConfigError, HalfClose, LoadError, LogFormat, LogLevel,
};
