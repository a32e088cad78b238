//! The engine of Tremolo: a sans-I/O HTTP/1.x server connection.

#![forbid(unsafe_code)]

mod clock;
mod config;
pub mod cookie;
mod error;
pub mod forwarded;
pub mod http1;
mod multimap;
pub mod multipart;
pub mod proxy_protocol;
pub mod query;

pub use clock::{Clock, Now};
pub use config::{Config, ConfigError};
pub use error::{CloseReason, Error, Misuse, PeerError};
pub use multimap::MultiMap;
