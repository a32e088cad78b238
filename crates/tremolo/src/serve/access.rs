//! The access log: each exchange is one `tracing` event with typed fields, or a line of a file.
//!
//! Text of a client is escaped before it becomes a field, so that no client can forge a line, also
//! with a simple subscriber. The subscriber of this crate is in `log.rs`.

use std::sync::Arc;

use tokio::time::sleep;
use tremolo_core::{Config, Finished};
use tremolo_net::{AccessEntry, AccessFile, Peer};

use crate::clock;
use crate::worker_state::WorkerState;

/// The target of the events.
pub(super) const TARGET: &str = "tremolo::access";

/// Logs an exchange that is over.
pub(super) fn log(finished: &Finished, config: &Config, peer: Peer, worker: &WorkerState) {
    if config.access_log_file.is_empty() && !tracing::enabled!(target: TARGET, tracing::Level::INFO)
    {
        return;
    }
    // The clock is read again, because the handler may have run for long in this turn.
    let took = clock::now().instant.saturating_duration_since(finished.began);
    let entry = AccessEntry::new(finished, config, peer, took);
    if worker.own_monitor().write_access(&entry, worker.monitor.format()) {
        return;
    }
    tracing::info!(
        target: TARGET,
        client = %entry.client,
        peer = %entry.peer,
        method = entry.method.as_deref(),
        url = entry.url.as_deref(),
        version = entry.version.as_deref(),
        status = entry.status,
        bytes = entry.bytes,
        duration_ms = entry.duration_ms,
        user_agent = entry.user_agent.as_deref(),
        referer = entry.referer.as_deref(),
        request_id = entry.request_id.as_deref(),
        trace_id = entry.trace_id.as_deref(),
        cut = entry.cut,
    );
}

/// Writes the lines of the worker's file, again and again.
pub(super) async fn flush_regularly(worker: Arc<WorkerState>) {
    loop {
        sleep(AccessFile::INTERVAL).await;
        worker.own_monitor().flush_access_log();
    }
}
