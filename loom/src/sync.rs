//! Atomics and threads of loom, in the place of those of the standard library.

pub(crate) use loom::sync::atomic::{AtomicBool, Ordering};
pub(crate) use loom::thread::{self, Thread};
