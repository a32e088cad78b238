//! Serving: listeners, workers, connections, and how they stop.

mod buffers;
mod connections;
mod driver;
mod run;
mod timer;
mod work;
mod worker;

pub use self::run::Running;
pub(crate) use self::run::{run, start};
