//! The waker of a connection's driver, and whether the driver sleeps. It is behind the lock of the
//! connection.
//!
//! `loom/` runs this file and `waiters.rs` under every order of the threads.

use std::task::Waker;

/// The driver, which is the same task for as long as the connection lives.
#[derive(Debug, Default)]
pub(super) struct DriverWaker {
    waker: Option<Waker>,
    /// While the driver is awake it checks everything before it sleeps again, so that it needs no
    /// wake-up.
    is_idle: bool,
}

impl DriverWaker {
    /// The driver is polled.
    pub(super) fn wake_up(&mut self, waker: &Waker) {
        if self.waker.is_none() {
            self.waker = Some(waker.clone());
        }
        self.is_idle = false;
    }

    /// The driver has found nothing to do. The caller has held the lock since it looked.
    pub(super) fn sleep(&mut self, waker: &Waker) {
        self.waker.get_or_insert_with(|| waker.clone()).clone_from(waker);
        self.is_idle = true;
    }

    /// Wakes the driver if it sleeps.
    pub(super) fn wake(&mut self) {
        if std::mem::take(&mut self.is_idle)
            && let Some(waker) = &self.waker
        {
            waker.wake_by_ref();
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.is_idle
    }

    /// Whether a task is the driver's own.
    #[inline]
    pub(super) fn is_own(&self, waker: &Waker) -> bool {
        self.waker.as_ref().is_some_and(|own| own.will_wake(waker))
    }
}
