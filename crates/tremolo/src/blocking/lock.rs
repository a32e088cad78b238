//! The lock in blocking form.

use std::time::Duration;

use super::Blocking;
use crate::error::LockTimeout;
use crate::lock::{Lock, LockGuard};

impl Blocking<Lock> {
    /// [`Lock::of`].
    #[must_use]
    pub fn of(&self, number: usize) -> Self {
        self.wrap(self.inner.of(number))
    }

    /// [`Lock::acquire`].
    pub fn acquire(&self) -> LockGuard {
        self.wait(self.inner.acquire())
    }

    /// [`Lock::acquire_timeout`].
    ///
    /// # Errors
    ///
    /// Those of [`Lock::acquire_timeout`].
    pub fn acquire_timeout(&self, limit: Duration) -> Result<LockGuard, LockTimeout> {
        // In an async block, because its timer must be created inside the runtime.
        self.wait(async { self.inner.acquire_timeout(limit).await })
    }
}
