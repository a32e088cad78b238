//! What the requests of a worker share: threads, locks, and the count of tasks.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Notify, Semaphore};
use tremolo_core::Config;

use crate::lock::Locks;

#[derive(Debug)]
pub(crate) struct Resources {
    /// One permit for each thread that a blocking handler may have; given in the order of the
    /// requests.
    pub(crate) threads: Arc<Semaphore>,
    /// The locks of the application: all its workers have the same.
    pub(crate) locks: Locks,
    /// The tasks that outlive their connection.
    pub(crate) tasks: Tasks,
}

impl Resources {
    pub(crate) fn new(config: &Config, locks: Locks) -> Self {
        let threads = Arc::new(Semaphore::new(config.thread_pool_size));
        Self { threads, locks, tasks: Tasks::default() }
    }
}

/// The number of running tasks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tasks(Arc<Count>);

#[derive(Debug, Default)]
struct Count {
    running: AtomicUsize,
    ended: Notify,
}

impl Tasks {
    /// A task that is counted from now on until it has ended or is dropped.
    pub(crate) fn count<F: Future>(&self, task: F) -> impl Future<Output = F::Output> + use<F> {
        self.0.running.fetch_add(1, Ordering::SeqCst);
        let counted = Counted(Arc::clone(&self.0));
        async move {
            let _counted = counted;
            task.await
        }
    }

    /// Waits until no task is left, also of those that other tasks start.
    pub(crate) async fn all_ended(&self) {
        while self.0.running.load(Ordering::SeqCst) > 0 {
            self.0.ended.notified().await;
        }
    }
}

struct Counted(Arc<Count>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
        self.0.ended.notify_one();
    }
}
