//! The access log: exchanges that are over are collected in a turn, and logged at its end, when all
//! sockets have been served.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use tremolo_core::{Config, Finished};
use tremolo_net::{AccessEntry, AccessFile, AccessFormat, Counters, Lost, Peer};

use super::hooks::{Level, PythonHooks};

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
}

/// Where the lines of the access log go, and how they look.
#[derive(Debug)]
pub(super) struct AccessLogger {
    format: AccessFormat,
    /// `None`: the logger of Python.
    file: Option<Mutex<AccessFile>>,
    counters: Arc<Counters>,
}

impl AccessLogger {
    /// Opens the file of the configuration, if it has one.
    pub(super) fn new(config: &Config, counters: Arc<Counters>) -> PyResult<Self> {
        let format = AccessFormat::of(config);
        let format = format.map_err(|error| PyValueError::new_err(error.to_string()))?;
        let path = Some(&config.access_log_file).filter(|path| !path.is_empty());
        let file = path.map(|path| AccessFile::open(path).map_err(|error| failed(path, &error)));
        Ok(Self { format, file: file.transpose()?.map(Mutex::new), counters })
    }

    /// Logs exchanges. Nothing is formatted while the logger is disabled.
    pub(super) fn write(
        &self,
        py: Python<'_>,
        hooks: &PythonHooks,
        config: &Config,
        unlogged: &Unlogged,
    ) -> PyResult<()> {
        if unlogged.0.is_empty() || (self.file.is_none() && !hooks.is_access_logged(py)?) {
            return Ok(());
        }
        for (finished, peer, took) in &unlogged.0 {
            let entry = AccessEntry::new(finished, config, *peer, *took);
            let at = SystemTime::now();
            match self.in_file(|file| file.add(|line| self.format.write(&entry, line, at))) {
                Some(lost) => self.note_lost(py, hooks, lost)?,
                None => {
                    let mut line = String::new();
                    // Writing into a string does not fail.
                    let _ = self.format.write(&entry, &mut line, at);
                    hooks.log_access(py, &line)?;
                }
            }
        }
        Ok(())
    }

    /// Writes the lines that are kept for the file.
    pub(super) fn flush(&self, py: Python<'_>, hooks: &PythonHooks) -> PyResult<()> {
        let lost = self.in_file(AccessFile::flush);
        self.note_lost(py, hooks, lost.unwrap_or_default())
    }

    /// Opens the file anew, after it was renamed.
    pub(super) fn reopen(&self, py: Python<'_>, hooks: &PythonHooks) -> PyResult<()> {
        match self.in_file(AccessFile::reopen) {
            None => Ok(()),
            Some(Ok(lost)) => self.note_lost(py, hooks, lost),
            Some(Err(error)) => {
                let text = error.to_string();
                let message = "the old file of the access log remains: %s";
                hooks.log(py, Level::Error, message, Some(&text))
            }
        }
    }

    fn in_file<T>(&self, act: impl FnOnce(&mut AccessFile) -> T) -> Option<T> {
        let file = self.file.as_ref()?;
        Some(act(&mut file.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    fn note_lost(&self, py: Python<'_>, hooks: &PythonHooks, lost: Lost) -> PyResult<()> {
        if lost.lines > 0 {
            self.counters.lost_lines(lost.lines);
        }
        let Some(error) = lost.error else { return Ok(()) };
        let message = "the access log cannot be written, and loses lines: %s";
        hooks.log(py, Level::Error, message, Some(&error.to_string()))
    }
}

fn failed(path: &str, error: &io::Error) -> PyErr {
    let text = format!("access_log_file: cannot open {path}: {error}");
    PyOSError::new_err((error.raw_os_error().unwrap_or_default(), text))
}
