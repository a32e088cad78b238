//! What every front does the same way with the system: where to listen and how, how many
//! connections there may be, which failures of `accept` matter, which idle connections go.
//!
//! The fronts know this crate and not each other. It knows the configuration, the standard
//! library's sockets, and no runtime: what it makes is handed to whoever drives it.

#![forbid(unsafe_code)]

mod accept;
mod address;
mod idle;
mod listener;
mod read;
mod socket_file;

pub use accept::{ACCEPT_PAUSE, ConnectionLimit, is_about_one_connection};
pub use address::{InvalidAddress, ListenAddress, Peer};
pub use idle::IdleLimit;
pub use listener::Listening;
pub use read::read_now;
pub use socket_file::SocketFile;
