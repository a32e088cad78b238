//! The number of handlers that run, and its limit (`limit_concurrency`).
//!
//! A request is refused when its head is complete, before its handler begins. It counts until its
//! handler has ended, not until its response is written: what a slow client leaves in the transmit
//! queue needs memory that is bounded, and nothing of the application.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The count of running handlers, shared by all connections that count together.
#[derive(Debug)]
pub(super) struct Concurrency {
    limit: usize,
    running: AtomicUsize,
}

/// One running handler; it counts until this is dropped.
#[derive(Debug)]
pub(super) struct Permit(Arc<Concurrency>);

impl Concurrency {
    /// `None` for 0, which is no limit.
    pub(super) fn new(limit: usize) -> Option<Arc<Self>> {
        (limit > 0).then(|| Arc::new(Self { limit, running: AtomicUsize::new(0) }))
    }

    /// Counts one more handler; `None` at the limit.
    pub(super) fn begin(self: &Arc<Self>) -> Option<Permit> {
        // Only the number itself is shared, so that no other memory needs to be ordered.
        let counted = self.running.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |running| {
            (running < self.limit).then_some(running + 1)
        });
        counted.ok().map(|_| Permit(Arc::clone(self)))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}
