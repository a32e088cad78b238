//! The access log: exchanges that are over are collected in a turn, and logged at its end, when all
//! sockets have been served.

use std::time::{Duration, Instant, SystemTime};

use pyo3::prelude::*;
use tremolo_core::http1::response::DateLine;
use tremolo_core::{AccessLog, Config, Finished};
use tremolo_net::{AccessEntry, Peer};

use super::hooks::PythonHooks;

/// Exchanges that are over, and not logged yet.
#[derive(Debug, Default)]
pub(super) struct Unlogged(Vec<(Box<Finished>, Peer, Duration)>);

impl Unlogged {
    /// Keeps an exchange for the end of the turn.
    pub(super) fn push(&mut self, finished: Box<Finished>, peer: Peer) {
        // The clock is read again, because handlers may have run for long in this turn.
        let took = Instant::now().saturating_duration_since(finished.began);
        self.0.push((finished, peer, took));
    }

    /// Logs the exchanges. Nothing is formatted while the logger is disabled.
    pub(super) fn write(
        self,
        py: Python<'_>,
        hooks: &PythonHooks,
        config: &Config,
        date: &DateLine,
    ) -> PyResult<()> {
        if self.0.is_empty() || !hooks.is_access_logged(py)? {
            return Ok(());
        }
        for (finished, peer, took) in &self.0 {
            let entry = AccessEntry::new(finished, config, *peer, *took);
            let mut line = String::new();
            // Writing into a string does not fail.
            let _ = match config.access_log {
                AccessLog::Json => entry.write_json(&mut line, SystemTime::now()),
                AccessLog::Text | AccessLog::Off => entry.write_combined(&mut line, date),
            };
            hooks.log_access(py, &line)?;
        }
        Ok(())
    }
}
