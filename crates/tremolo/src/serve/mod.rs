//! Serving: listeners, workers, connections, and how they stop.

mod accept;
mod accept_loop;
mod acceptor;
mod access;
mod buffers;
#[cfg(any(feature = "brotli", feature = "gzip", feature = "zstd"))]
mod coding;
#[cfg(not(any(feature = "brotli", feature = "gzip", feature = "zstd")))]
#[path = "no_coding.rs"]
mod coding;
mod connections;
mod driver;
mod handler_task;
mod handover;
#[cfg(feature = "testing")]
pub(crate) mod in_memory;
#[cfg(feature = "logger")]
mod log;
#[cfg(not(feature = "logger"))]
#[path = "no_log.rs"]
mod log;
mod pacing;
mod places;
mod prepared;
mod program;
mod run;
mod setup;
mod signals;
mod socket;
mod spans;
mod timer;
#[cfg(feature = "tls")]
mod tls_socket;
#[cfg(not(feature = "tls"))]
#[path = "no_tls_socket.rs"]
mod tls_socket;
mod transport;
mod watch;
mod worker;

pub(crate) use self::prepared::Prepared;
pub(crate) use self::program::run;
pub use self::run::ServerHandle;
pub(crate) use self::run::start;
