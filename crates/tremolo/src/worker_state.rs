//! What the connections of one worker share.

use std::sync::Arc;

use crate::extensions::{Extensions, TypeMap};
use crate::monitor::{Monitor, WorkerMonitor};
use crate::phase::Draining;
use crate::resources::Resources;

/// What the connections of one worker share.
#[derive(Debug)]
pub(crate) struct WorkerState {
    /// Which worker this is, from 0.
    pub(crate) index: usize,
    /// The values of [`Application::state`](crate::Application::state): all workers have the same.
    pub(crate) app: Arc<TypeMap>,
    /// The values of [`WorkerContext`](crate::WorkerContext).
    pub(crate) context: Extensions,
    pub(crate) resources: Resources,
    pub(crate) draining: Draining,
    /// Whether any scope has `on_response` middleware.
    pub(crate) has_on_response: bool,
    /// The numbers of all workers.
    pub(crate) monitor: Arc<Monitor>,
}

impl WorkerState {
    /// The numbers of this worker.
    pub(crate) fn own_monitor(&self) -> &WorkerMonitor {
        self.monitor.worker(self.index)
    }
}
