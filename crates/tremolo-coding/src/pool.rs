//! A pool of idle encoders: creating one costs more than compressing a short page with it.

use std::cell::RefCell;

/// The idle encoders of one coding on one thread.
#[derive(Debug)]
pub(crate) struct EncoderPool<T>(RefCell<Vec<T>>);

impl<T> EncoderPool<T> {
    pub(crate) const fn new() -> Self {
        Self(RefCell::new(Vec::new()))
    }

    pub(crate) fn take(&self) -> Option<T> {
        self.0.borrow_mut().pop()
    }

    /// Puts an encoder into the pool, or drops it if the pool is full.
    pub(crate) fn put(&self, idle: T) {
        let mut pool = self.0.borrow_mut();
        if pool.len() < MAX_IDLE {
            pool.push(idle);
        }
    }
}

/// Idle encoders per thread and coding, at most: few short bodies are compressed at the same time.
const MAX_IDLE: usize = 4;
