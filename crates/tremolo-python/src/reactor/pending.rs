//! Whether a wake-up of the loop is pending, so that a second one needs no system call.
//!
//! `loom/` runs this file with loom's atomics, under every order of the threads.

use crate::sync::{AtomicBool, Ordering};

/// Set by the threads that wake, cleared by the loop.
#[derive(Debug)]
pub(super) struct Pending(AtomicBool);

impl Pending {
    pub(super) fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    /// Sets it. True if the caller has to wake the loop.
    pub(super) fn set(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }

    /// Clears it. The loop calls this after it has taken the wake-up from its descriptor, and before
    /// it looks at what other threads have left: a wake-up that is taken later is then one too many,
    /// and never one that is missing.
    pub(super) fn clear(&self) {
        self.0.store(false, Ordering::Release);
    }
}
