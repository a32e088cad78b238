//! The engine of Tremolo: a sans-I/O HTTP/1.x server connection.

#![forbid(unsafe_code)]

mod config;
mod error;
pub mod http1;
pub mod multipart;

pub use config::{Config, ConfigError};
pub use error::{CloseReason, Error, Misuse, PeerError};
