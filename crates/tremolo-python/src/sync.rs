//! The atomics of the standard library, for files that `loom/` compiles with loom's.

pub(crate) use std::sync::atomic::{AtomicBool, Ordering};
