//! Code that all fronts share about sockets and their peers: listening, connection limits, failures
//! of `accept`, the choice of idle connections to close, the lines of the access log, and what moves
//! bytes between a socket and the engine.
//!
//! The fronts depend on this crate and not on each other. It uses the engine and the sockets of the
//! standard library, and no async runtime: the caller registers its sockets with a runtime.

mod accept;
mod access_file;
mod access_format;
mod access_log;
mod address;
mod admission;
mod deadline_timer;
mod flush;
mod handover;
mod handshakes;
mod hold_back;
mod idle;
mod inherited;
mod listener;
mod owner;
mod peer_timeout;
mod pid_file;
mod places;
mod read;
mod receive;
mod socket_file;
mod socket_owner;
mod stats;
mod systemd;
mod write;

pub use accept::{ACCEPT_PAUSE, ConnectionLimit, is_about_one_connection};
pub use access_file::{AccessFile, Lost};
pub use access_format::{AccessFormat, InvalidFormat};
pub use access_log::AccessEntry;
pub use address::{InvalidAddress, ListenAddress, Peer, local_address};
pub use admission::Admission;
pub use deadline_timer::DeadlineTimer;
pub use flush::{FlushTarget, Flushed, flush};
pub use handover::{Handover, handover_is_complete};
pub use handshakes::Handshakes;
pub use inherited::duplicate;
pub use listener::Listening;
pub use peer_timeout::set_peer_timeout;
pub use pid_file::PidFile;
pub use places::{Place, Places};
pub use read::{NotEncrypted, handle_read, is_temporary};
pub use receive::receive;
pub use socket_file::SocketFile;
pub use socket_owner::SocketOwner;
pub use stats::{Counters, Measure, MetricsFormat, Stats};
pub use write::{send, send_vectored};
