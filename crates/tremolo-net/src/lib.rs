//! Code that all fronts share about sockets and their peers: listening, connection limits, failures
//! of `accept`, the choice of idle connections to close, and the lines of the access log.
//!
//! The fronts depend on this crate and not on each other. It uses the configuration and the sockets
//! of the standard library, and no async runtime: the caller registers its sockets with a runtime.

#![forbid(unsafe_code)]

mod accept;
mod access_log;
mod address;
mod idle;
mod listener;
mod read;
mod socket_file;

pub use accept::{ACCEPT_PAUSE, ConnectionLimit, is_about_one_connection};
pub use access_log::AccessEntry;
pub use address::{InvalidAddress, ListenAddress, Peer};
pub use idle::IdleLimit;
pub use listener::Listening;
pub use read::read_now;
pub use socket_file::SocketFile;
