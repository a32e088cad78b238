//! Socket code that all fronts share: listening, connection limits, failures of `accept`, and the
//! choice of idle connections to close.
//!
//! The fronts depend on this crate and not on each other. It uses the configuration and the sockets
//! of the standard library, and no async runtime: the caller registers its sockets with a runtime.

#![forbid(unsafe_code)]

mod accept;
mod address;
mod idle;
mod listener;
mod peer_timeout;
mod read;
mod socket_file;

pub use accept::{ACCEPT_PAUSE, ConnectionLimit, is_about_one_connection};
pub use address::{InvalidAddress, ListenAddress, Peer};
pub use idle::IdleLimit;
pub use listener::Listening;
pub use peer_timeout::set_peer_timeout;
pub use read::read_now;
pub use socket_file::SocketFile;
