//! What a server reports of itself: the counters of its workers, their access logs, and whether it
//! is ready.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tremolo_core::Config;
use tremolo_net::{AccessEntry, AccessFile, AccessFormat, Counters, Lost, Stats};

use crate::clock;

/// The monitor of a server; all its workers have the same one.
#[derive(Debug)]
pub(crate) struct Monitor {
    workers: Vec<WorkerMonitor>,
    format: AccessFormat,
    is_draining: AtomicBool,
}

/// The part of one worker.
#[derive(Debug, Default)]
pub(crate) struct WorkerMonitor {
    pub(crate) counters: Counters,
    /// The file of the access log; each worker has opened it once. No other thread waits for the
    /// lock, but for the one that opens it anew.
    access_file: Option<Mutex<AccessFile>>,
    is_serving: AtomicBool,
}

impl Monitor {
    /// The monitor of so many workers. Opens the file of the access log, if there is one.
    pub(crate) fn new(config: &Config, format: AccessFormat, workers: usize) -> io::Result<Self> {
        let path = Some(&config.access_log_file).filter(|path| !path.is_empty());
        let worker = || -> io::Result<WorkerMonitor> {
            let file = path.map(AccessFile::open).transpose()?;
            Ok(WorkerMonitor { access_file: file.map(Mutex::new), ..WorkerMonitor::default() })
        };
        let workers = (0..workers).map(|_| worker()).collect::<io::Result<_>>()?;
        Ok(Self { workers, format, is_draining: AtomicBool::new(false) })
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

    /// The format of the access log.
    pub(crate) fn format(&self) -> &AccessFormat {
        &self.format
    }

    /// Opens the files of the access log anew, after they were renamed.
    pub(crate) fn reopen_access_log(&self) -> io::Result<()> {
        self.workers.iter().map(WorkerMonitor::reopen_access_log).fold(Ok(()), Result::and)
    }

    /// The server shuts down.
    pub(crate) fn drain(&self) {
        self.is_draining.store(true, Ordering::Release);
    }
}

impl WorkerMonitor {
    /// Whether the access log goes to a file.
    pub(crate) fn has_access_file(&self) -> bool {
        self.access_file.is_some()
    }

    fn access_file(&self) -> Option<MutexGuard<'_, AccessFile>> {
        let file = self.access_file.as_ref()?;
        Some(file.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Adds a line to the file of the access log. False if there is none.
    pub(crate) fn write_access(&self, entry: &AccessEntry<'_>, format: &AccessFormat) -> bool {
        let Some(mut file) = self.access_file() else { return false };
        let lost = file.add(|line| format.write(entry, line, clock::wall()));
        drop(file);
        self.note_lost(lost);
        true
    }

    /// Writes the lines that were added.
    pub(crate) fn flush_access_log(&self) {
        let lost = self.access_file().map(|mut file| file.flush());
        self.note_lost(lost.unwrap_or_default());
    }

    fn reopen_access_log(&self) -> io::Result<()> {
        let reopened = self.access_file().map(|mut file| file.reopen());
        self.note_lost(reopened.transpose()?.unwrap_or_default());
        Ok(())
    }

    fn note_lost(&self, lost: Lost) {
        if lost.lines > 0 {
            self.counters.lost_lines(lost.lines);
        }
        if let Some(error) = lost.error {
            tracing::error!(%error, "the access log cannot be written, and loses lines");
        }
    }

    /// The hooks of the start have run, or the worker has ended.
    pub(crate) fn set_serving(&self, is_serving: bool) {
        self.is_serving.store(is_serving, Ordering::Release);
    }
}
