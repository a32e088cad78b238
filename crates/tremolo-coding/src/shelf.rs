//! Encoders at rest: to make one costs more than to compress a short page with it.

use std::cell::RefCell;

/// The idle encoders of one coding on one thread.
#[derive(Debug)]
pub(crate) struct Shelf<T>(RefCell<Vec<T>>);

impl<T> Shelf<T> {
    pub(crate) const fn new() -> Self {
        Self(RefCell::new(Vec::new()))
    }

    pub(crate) fn take(&self) -> Option<T> {
        self.0.borrow_mut().pop()
    }

    /// Keeps one for the next body, unless there are enough.
    pub(crate) fn keep(&self, idle: T) {
        let mut kept = self.0.borrow_mut();
        if kept.len() < KEPT {
            kept.push(idle);
        }
    }
}

/// As many as short bodies are compressed at the same time on one thread, and a few more.
const KEPT: usize = 4;
