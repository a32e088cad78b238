//! Serving: listeners, workers, connections, and how they stop.

mod accept;
mod accept_loop;
mod acceptor;
mod access;
mod buffers;
mod connections;
mod driver;
mod handler_task;
mod handover;
#[cfg(feature = "testing")]
pub(crate) mod in_memory;
mod log;
mod pacing;
mod places;
mod prepared;
mod run;
mod setup;
mod signals;
mod spans;
mod timer;
mod tls_socket;
mod transport;
mod watch;
mod worker;

pub(crate) use self::prepared::Prepared;
pub use self::run::ServerHandle;
pub(crate) use self::run::{run, start};
