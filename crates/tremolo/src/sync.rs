//! Atomics and threads of the standard library, for files that `loom/` compiles with loom's.

pub(crate) use std::sync::atomic::{AtomicBool, Ordering};
pub(crate) use std::thread::{self, Thread};
