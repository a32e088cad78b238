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
    pub fn acquire_timeout(&self, patience: Duration) -> Result<LockGuard, LockTimeout> {
        // In here, because the clock is made before it is waited for.
        self.wait(async { self.inner.acquire_timeout(patience).await })
    }
}
