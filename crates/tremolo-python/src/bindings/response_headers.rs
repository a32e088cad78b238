//! `response.headers`: the fields of the response as a mapping.
//!
//! From its first use the mapping decides: it is written into the engine's head before each use of
//! the head, and read from it after a setter. It belongs to the request, so that all response
//! objects of an exchange have the same mapping.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::Misuse;
use tremolo_core::http1::response::ResponseHead;

use super::errors;
use super::exchange_id::ExchangeId;
use super::host::Host;

/// The mapping, made on first use.
#[derive(Debug, Default)]
pub(super) struct ResponseHeaders {
    /// Whether there is a mapping. Each reply reads it: a flag needs no lock.
    exists: AtomicBool,
    /// Whether a content type that is the default is among the fields.
    has_default_type: AtomicBool,
    object: Mutex<Option<Py<PyAny>>>,
}

type Line = (Vec<u8>, Vec<u8>);

impl ResponseHeaders {
    /// Fields of a response, for Python: the same mapping on each call.
    pub(super) fn get(&self, host: &Bound<'_, Host>, exchange: ExchangeId) -> PyResult<Py<PyAny>> {
        let py = host.py();
        if exchange.ask(host, |exchange| exchange.is_head_sent())? {
            return Err(errors::raise(py, Misuse::HeadAlreadySent.into()));
        }
        if let Some(object) = self.object(py) {
            return Ok(object);
        }
        let object = host.get().hooks.response_headers.call0(py)?;
        self.keep(object.clone_ref(py));
        self.load(host, exchange)?;
        Ok(object)
    }

    /// Writes the mapping into the head, unless that was sent. Returns whether there is a mapping.
    pub(super) fn store(&self, host: &Bound<'_, Host>, exchange: ExchangeId) -> PyResult<bool> {
        let py = host.py();
        let Some(object) = self.object(py) else { return Ok(false) };
        let lines: Vec<Line> = object.call_method0(py, pyo3::intern!(py, "_lines"))?.extract(py)?;
        let stored = {
            let mut state = host.get().lock();
            let current = state.exchange(exchange);
            let open = current.filter(|current| !current.peek().is_head_sent());
            open.and_then(|mut open| Some(open.response_mut().ok()?.replace_fields(&lines)))
        };
        match stored {
            None => {
                self.clear();
                Ok(false)
            }
            Some(Ok(())) => Ok(true),
            Some(Err(misuse)) => Err(errors::raise(py, misuse.into())),
        }
    }

    /// Middleware runs: from now on it sees a content type in any case.
    pub(super) fn show_content_type(
        &self,
        host: &Bound<'_, Host>,
        exchange: ExchangeId,
    ) -> PyResult<()> {
        self.has_default_type.store(true, Ordering::Relaxed);
        if self.store(host, exchange)? { self.load(host, exchange) } else { Ok(()) }
    }

    /// Reads the mapping from the head.
    pub(super) fn load(&self, host: &Bound<'_, Host>, exchange: ExchangeId) -> PyResult<()> {
        let py = host.py();
        let Some(object) = self.object(py) else { return Ok(()) };
        let with_default = self.has_default_type.load(Ordering::Relaxed);
        let lines = exchange.ask(host, |exchange| lines(exchange.response(), with_default))?;
        let pairs =
            lines.iter().map(|(name, value)| (PyBytes::new(py, name), PyBytes::new(py, value)));
        let pairs = PyList::new(py, pairs.collect::<Vec<_>>())?;
        object.call_method1(py, pyo3::intern!(py, "_load"), (pairs,))?;
        Ok(())
    }

    fn object(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        if !self.exists.load(Ordering::Relaxed) {
            return None;
        }
        self.lock().as_ref().map(|object| object.clone_ref(py))
    }

    fn keep(&self, object: Py<PyAny>) {
        let before = self.lock().replace(object);
        self.exists.store(true, Ordering::Relaxed);
        drop(before);
    }

    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self.object.try_lock() {
            Ok(object) => visit.call(&*object),
            Err(_) => Ok(()),
        }
    }

    /// Drops the mapping: from now on the engine's head decides.
    pub(super) fn clear(&self) {
        self.exists.store(false, Ordering::Relaxed);
        let object = self.object.try_lock().map(|mut object| object.take());
        drop(object);
    }

    fn lock(&self) -> MutexGuard<'_, Option<Py<PyAny>>> {
        self.object.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All fields that the application has set, including those that frame the message; and the content
/// type, if it is not the default or `with_default`.
fn lines(head: &ResponseHead, with_default: bool) -> Vec<Line> {
    let line = |name: &[u8], value: &[u8]| (name.to_vec(), value.to_vec());
    let mut lines: Vec<_> = head.fields().iter().map(|(name, value)| line(name, value)).collect();
    if let Some(content_type) = head.content_type()
        && (with_default || !head.has_default_type())
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
