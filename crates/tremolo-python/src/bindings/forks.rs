//! Child processes that were forked while a server runs: they share its sockets and its selector, and
//! must not go on with its loop.

use std::sync::atomic::{AtomicU32, Ordering};

use pyo3::prelude::*;

/// note_fork()
///
/// This process was just forked from its parent.
#[pyfunction]
pub(super) fn note_fork() {
    FORKS.fetch_add(1, Ordering::Relaxed);
}

/// The generation of this process; it differs from that of its parent.
pub(super) fn generation() -> u32 {
    FORKS.load(Ordering::Relaxed)
}

static FORKS: AtomicU32 = AtomicU32::new(0);
