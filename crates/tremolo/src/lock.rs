//! Locks that all workers of an application share.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::error::LockTimeout;

/// The locks of an application, `thread_pool_size` of them, shared by all workers: one request at a
/// time holds each. Take it as an argument of the handler.
///
/// It is fair: requests get it in the order in which they asked. A request that stops waiting,
/// because its future is dropped, loses its place and nothing else.
///
/// ```
/// use tremolo::Lock;
///
/// async fn report(lock: Lock) -> &'static str {
///     let guard = lock.acquire().await;
///     // No other request is here until `guard` is dropped.
///     drop(guard);
///     "written"
/// }
/// # tremolo::Application::new().route("/", report);
/// ```
#[derive(Clone)]
pub struct Lock {
    locks: Locks,
    index: usize,
}

impl Lock {
    /// The first of the locks.
    pub(crate) fn first(locks: &Locks) -> Self {
        Self { locks: Arc::clone(locks), index: 0 }
    }

    /// Another one of the locks: by number, modulo `thread_pool_size`. The one that a handler is
    /// given is number 0.
    #[must_use]
    pub fn of(&self, number: usize) -> Self {
        Self { locks: Arc::clone(&self.locks), index: number % self.locks.len() }
    }

    /// Waits for the lock. It is released when the guard is dropped.
    ///
    /// A handler that waits for a lock that it holds itself waits until its request is cancelled.
    pub async fn acquire(&self) -> LockGuard {
        LockGuard { _held: Arc::clone(&self.locks[self.index]).lock_owned().await }
    }

    /// The same, but not for longer than this.
    ///
    /// # Errors
    ///
    /// Another request held it all the time; with `?` in a handler that is a 503.
    pub async fn acquire_timeout(&self, limit: Duration) -> Result<LockGuard, LockTimeout> {
        tokio::time::timeout(limit, self.acquire()).await.map_err(|_| LockTimeout)
    }
}

impl fmt::Debug for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lock({})", self.index)
    }
}

/// The lock is held for as long as this is kept; it may move into another task.
#[derive(Debug)]
#[must_use = "the lock is released when the guard is dropped"]
pub struct LockGuard {
    _held: OwnedMutexGuard<()>,
}

pub(crate) type Locks = Arc<[Arc<Mutex<()>>]>;

/// So many locks, at least one.
pub(crate) fn locks(count: usize) -> Locks {
    (0..count.max(1)).map(|_| Arc::default()).collect()
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
    use std::sync::mpsc::channel;

    use tokio::runtime::Builder;
    use tokio::task::{spawn_local, yield_now};

    use super::*;

    /// The runtime of a worker that panics drops its tasks, and with them what they hold and where
    /// they wait.
    #[test]
    fn a_worker_that_panics_gives_its_locks_back() {
        let lock = Lock { locks: locks(2), index: 0 };
        let (held, waiting) = (lock.clone(), lock.clone());
        let (told, heard) = channel();
        let worker = async move {
            spawn_local(async move {
                let _guard = held.acquire().await;
                told.send(()).expect("the test still listens");
                pending::<()>().await;
            });
            spawn_local(async move { drop(waiting.acquire().await) });
            yield_now().await;
            resume_unwind(Box::new("as a worker would"));
        };
        let run = || -> std::io::Result<()> {
            let runtime = Builder::new_current_thread().build_local(Default::default())?;
            runtime.block_on(worker)
        };
        assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
        heard.try_recv().expect("the lock was held");
        Arc::clone(&lock.locks[0]).try_lock_owned().expect("it is free, and no other task waits");
    }
}
