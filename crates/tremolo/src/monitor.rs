//! What a server reports of itself: the counters of its workers, and whether it is ready.

use std::sync::atomic::{AtomicBool, Ordering};

use tremolo_net::{Counters, Stats};

/// The monitor of a server; all its workers have the same one.
#[derive(Debug)]
pub(crate) struct Monitor {
    workers: Vec<WorkerMonitor>,
    is_draining: AtomicBool,
}

/// The part of one worker.
#[derive(Debug, Default)]
pub(crate) struct WorkerMonitor {
    pub(crate) counters: Counters,
    is_serving: AtomicBool,
}

impl Monitor {
    pub(crate) fn new(workers: usize) -> Self {
        let workers = std::iter::repeat_with(WorkerMonitor::default).take(workers).collect();
        Self { workers, is_draining: AtomicBool::new(false) }
    }

    /// The part of a worker, by its number.
    pub(crate) fn worker(&self, index: usize) -> &WorkerMonitor {
        &self.workers[index]
    }

    /// The sums of all workers.
    pub(crate) fn stats(&self) -> Stats {
        self.workers.iter().map(|worker| worker.counters.stats()).sum()
    }

    /// Whether new requests should come here: all workers serve, and none shuts down.
    pub(crate) fn is_ready(&self) -> bool {
        let is_serving = |worker: &WorkerMonitor| worker.is_serving.load(Ordering::Acquire);
        !self.is_draining.load(Ordering::Acquire) && self.workers.iter().all(is_serving)
    }

    /// The server shuts down.
    pub(crate) fn drain(&self) {
        self.is_draining.store(true, Ordering::Release);
    }
}

impl WorkerMonitor {
    /// The hooks of the start have run, or the worker has ended.
    pub(crate) fn set_serving(&self, is_serving: bool) {
        self.is_serving.store(is_serving, Ordering::Release);
    }
}
