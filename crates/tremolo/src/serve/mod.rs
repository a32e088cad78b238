//! Serving: listeners, workers, connections, and how they stop.

mod address;
mod buffers;
mod connections;
mod driver;
mod listener;
mod run;
mod timer;
mod work;
mod worker;

pub use self::address::Listen;
pub(crate) use self::address::{Endpoint, ListenAddress, Peer};
pub use self::run::Running;
pub(crate) use self::run::{run, start};
