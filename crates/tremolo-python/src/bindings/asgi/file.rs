//! `http.response.pathsend`: a file is the body of the response.

use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use pyo3::exceptions::{PyOSError, PyRuntimeError};
use pyo3::prelude::*;
use tremolo_core::{Exchange, Now};
use tremolo_files::{OpenError, OpenFile, ServedFile};

use super::super::awaitable::{self, Operation, Pending};
use super::super::blocking_io::{BlockingIo, Job};
use super::super::errors;
use super::super::exchange::Attempt;
use super::super::paths::{name_of, path_of};
use super::channel::Channel;
use super::message::{ResponseMessage, item};
use super::response::{FileSlot, Response, Stage};

/// Sends the file of a message. Where opening has to wait for a disk it is done on a thread, and the
/// message is handled again.
pub(super) fn send(
    channel: &Channel,
    response: &Response,
    message: &ResponseMessage<'_, '_>,
) -> PyResult<Attempt<()>> {
    let py = message.object.py();
    if let Some(middleware) = channel.before_head(py)? {
        return Ok(Attempt::Wait(middleware));
    }
    let slot = response.file();
    let opened = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
    let file = match opened {
        Some(file) => file,
        None => {
            let path = item(message.object, pyo3::intern!(py, "path"))?;
            let path = path.ok_or_else(|| PyRuntimeError::new_err("pathsend needs a path"))?;
            let path = path_of(&path)?;
            match OpenFile::open_cached(&path) {
                Ok(file) => ServedFile::new(file, 0, None),
                Err(OpenError::WouldBlock) => return open(channel, py, path, slot),
                Err(error) => return Err(not_opened(py, error, &path)),
            }
        }
    };
    let write = |exchange: &mut Exchange<'_>, now: &Now| {
        exchange.options().set_compression(false)?;
        if exchange.peek().response().declared_length().is_none() {
            let length = file.length().to_string();
            exchange.response_mut()?.set(b"content-length", length.as_bytes())?;
        }
        exchange.begin_body(now)?;
        file.send(exchange, now).map(|_| true)
    };
    let written = channel.write(py, write)?;
    match written {
        Attempt::Done(()) => response.set_stage(Stage::Complete),
        Attempt::Wait(_) => *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(file),
    }
    Ok(written)
}

/// Waits until a thread has opened a file.
fn open(channel: &Channel, py: Python<'_>, path: PathBuf, slot: FileSlot) -> PyResult<Attempt<()>> {
    let job = OpenJob { slot, path, opened: Err(OpenError::WouldBlock) };
    let operation = BlockingIo::start(channel.host(py), Box::new(job), None)?;
    Ok(Attempt::Wait(Operation::create(py, "send", Ok(operation))?.unbind()))
}

/// The `OSError` for a file that cannot be opened.
fn not_opened(py: Python<'_>, error: OpenError, path: &Path) -> PyErr {
    PyOSError::new_err((errors::number_of(error), error.to_string(), name_of(py, path).unbind()))
}

/// Opens a file on a thread.
struct OpenJob {
    slot: FileSlot,
    path: PathBuf,
    opened: Result<OpenFile, OpenError>,
}

impl Job for OpenJob {
    fn run(&mut self) {
        self.opened = OpenFile::open(&self.path);
    }

    fn finish(self: Box<Self>, py: Python<'_>) -> PyResult<Pending> {
        let file = self.opened.map_err(|error| not_opened(py, error, &self.path))?;
        let file = ServedFile::new(file, 0, None);
        *self.slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(file);
        Ok(awaitable::ready(None))
    }
}
