//! Serving: listeners, workers, connections, and how they stop.

mod accept;
mod access;
mod buffers;
mod connections;
mod driver;
mod listen;
mod log;
mod pacing;
mod run;
mod spans;
mod timer;
mod transport;
mod work;
mod worker;

pub(crate) use self::listen::Endpoint;
pub use self::listen::Listen;
pub use self::run::Running;
pub(crate) use self::run::{run, start};
pub(crate) use self::spans::of_failure;
