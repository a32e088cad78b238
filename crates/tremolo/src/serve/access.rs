//! The access log: each exchange is one `tracing` event, with typed fields.
//!
//! Text of a client is escaped before it becomes a field, so that no client can forge a line, also
//! with a simple subscriber. The subscriber of this crate is in `log.rs`.

use tremolo_core::{Config, Finished};
use tremolo_net::{AccessEntry, Peer};

use crate::clock;

/// The target of the events.
pub(super) const TARGET: &str = "tremolo::access";

/// Logs an exchange that is over.
pub(super) fn log(finished: &Finished, config: &Config, peer: Peer) {
    if !tracing::enabled!(target: TARGET, tracing::Level::INFO) {
        return;
    }
    // The clock is read again, because the handler may have run for long in this turn.
    let took = clock::now().instant.saturating_duration_since(finished.began);
    let entry = AccessEntry::new(finished, config, peer, took);
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
        cut = entry.cut,
    );
}
