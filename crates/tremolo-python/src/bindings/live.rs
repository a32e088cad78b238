//! `response.headers`: a mapping that is what goes out.
//!
//! Once somebody has asked for it the mapping is the truth: it is written into the engine's head
//! before anything looks at that, and read back from it after a setter. It belongs to the
//! request, so that every response object of an exchange has the same one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::http1::response::{DEFAULT_CONTENT_TYPE, ResponseHead};
use tremolo_core::{Connection, Misuse};

use super::errors;
use super::request::Request;

/// The mapping, if anybody has asked for it.
#[derive(Debug, Default)]
pub(super) struct Live {
    /// Read by every handler that replies: a flag costs nothing.
    there: AtomicBool,
    object: Mutex<Option<Py<PyAny>>>,
}

type Line = (Vec<u8>, Vec<u8>);

impl Live {
    fn object(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        if !self.there.load(Ordering::Relaxed) {
            return None;
        }
        self.lock().as_ref().map(|object| object.clone_ref(py))
    }

    fn keep(&self, object: Py<PyAny>) {
        let before = self.lock().replace(object);
        self.there.store(true, Ordering::Relaxed);
        drop(before);
    }

    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self.object.try_lock() {
            Ok(object) => visit.call(&*object),
            Err(_) => Ok(()),
        }
    }

    /// From here on the head is the engine's alone.
    pub(super) fn clear(&self) {
        self.there.store(false, Ordering::Relaxed);
        let object = self.object.try_lock().map(|mut object| object.take());
        drop(object);
    }

    fn lock(&self) -> MutexGuard<'_, Option<Py<PyAny>>> {
        self.object.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Request {
    /// The fields of the response to this request.
    pub(super) fn response_headers(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let server = self.server.bind(py);
        if self.exchange.ask(server, Connection::is_head_sent)? {
            return Err(errors::raise(py, Misuse::HeadAlreadySent.into()));
        }
        if let Some(object) = self.live.object(py) {
            return Ok(object);
        }
        let object = server.get().helpers.response_headers.call0(py)?;
        self.live.keep(object.clone_ref(py));
        self.load_headers(py)?;
        Ok(object)
    }

    /// Writes the mapping into the head, as long as that can change; says whether there is one.
    pub(super) fn store_headers(&self, py: Python<'_>) -> PyResult<bool> {
        let Some(object) = self.live.object(py) else { return Ok(false) };
        let lines: Vec<Line> = object.call_method0(py, pyo3::intern!(py, "_lines"))?.extract(py)?;
        let stored = {
            let mut state = self.server.get().lock();
            let connection = state.connection(self.exchange);
            let open = connection.filter(|connection| !connection.is_head_sent());
            let head = open.and_then(|connection| connection.response_mut().ok());
            head.map(|head| head.replace_fields(&lines))
        };
        match stored {
            None => {
                self.live.clear();
                Ok(false)
            }
            Some(Ok(())) => Ok(true),
            Some(Err(misuse)) => Err(errors::raise(py, misuse.into())),
        }
    }

    /// Reads the mapping from the head.
    pub(super) fn load_headers(&self, py: Python<'_>) -> PyResult<()> {
        let Some(object) = self.live.object(py) else { return Ok(()) };
        let lines =
            self.exchange.ask(self.server.bind(py), |connection| lines(connection.response()))?;
        let pairs =
            lines.iter().map(|(name, value)| (PyBytes::new(py, name), PyBytes::new(py, value)));
        let pairs = PyList::new(py, pairs.collect::<Vec<_>>())?;
        object.call_method1(py, pyo3::intern!(py, "_load"), (pairs,))?;
        Ok(())
    }
}

/// All that the application has set, what frames the message included.
fn lines(head: &ResponseHead) -> Vec<Line> {
    let line = |name: &[u8], value: &[u8]| (name.to_vec(), value.to_vec());
    let mut lines: Vec<_> = head.fields().iter().map(|(name, value)| line(name, value)).collect();
    if let Some(content_type) = head.content_type()
        && content_type != DEFAULT_CONTENT_TYPE.as_bytes()
    {
        lines.push(line(b"Content-Type", content_type));
    }
    if let Some(length) = head.declared_length() {
        lines.push(line(b"Content-Length", length.to_string().as_bytes()));
    }
    if head.chunked() == Some(true) {
        lines.push(line(b"Transfer-Encoding", b"chunked"));
    }
    if head.close() {
        lines.push(line(b"Connection", b"close"));
    }
    lines
}
