//! One function for each model; `tests/models.rs` runs them.

mod driver;
mod park;
mod reactor;

pub use self::driver::{readers, writers};
pub use self::park::block_on;
pub use self::reactor::turns;
