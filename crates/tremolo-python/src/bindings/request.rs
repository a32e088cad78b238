//! The request object. Here: how its body is read; `head` has what it says, `around` where it
//! came from.

mod around;
mod head;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::PyTraverseError;
use pyo3::PyVisit;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use tremolo_core::http1::request::RequestHead;
use tremolo_core::{Connection, escape_controls};

use super::awaitable::{Inner, Operation};
use super::body::{BodyStream, Reading};
use super::cache::Cache;
use super::exchange::Exchange;
use super::late::Late;
use super::live::Live;
use super::route::Route;
use super::server::Server;
use super::timeout::Timeout;

/// A request: its head, and its body as it arrives.
#[pyclass(frozen, module = "tremolo._tremolo")]
#[derive(Debug)]
pub(super) struct Request {
    pub(super) server: Py<Server>,
    pub(super) exchange: Exchange,
    pub(super) head: Arc<RequestHead>,
    route: Option<Arc<Route>>,
    /// The handler is over and has left the connection to whoever has this.
    left_open: AtomicBool,
    /// It was cleared: what it is about is over.
    cleared: AtomicBool,
    /// How long a read may take that says nothing of it.
    timeout: Timeout,
    pub(super) cache: Cache,
    /// The fields of its response, if anybody has them in hand.
    pub(super) live: Live,
}

impl Request {
    pub(super) fn create<'py>(
        server: &Bound<'py, Server>,
        exchange: Exchange,
        head: Arc<RequestHead>,
        route: Option<&Arc<Route>>,
    ) -> PyResult<Bound<'py, Self>> {
        let request = Self {
            server: server.clone().unbind(),
            exchange,
            head,
            route: route.map(Arc::clone),
            left_open: AtomicBool::new(false),
            cleared: AtomicBool::new(false),
            timeout: Timeout::default(),
            cache: Cache::default(),
            live: Live::default(),
        };
        Bound::new(server.py(), request)
    }

    /// The handler is over, the connection is not. True: this handle goes on.
    pub(super) fn leave_open(&self) -> bool {
        self.left_open.store(true, Ordering::Relaxed);
        true
    }

    /// The time that was given to a read, else the one that was set for all.
    fn patience(&self, timeout: Option<f64>) -> Option<f64> {
        timeout.or_else(|| self.timeout.get())
    }

    /// A read of some bytes; the options are its size, its time and whether it is raw.
    fn reading(
        slf: &Bound<'_, Self>,
        (size, timeout, raw): (Late<i64>, Late<Option<f64>>, Late<bool>),
    ) -> PyResult<Inner> {
        let py = slf.py();
        let reading = Reading::some(slf, size.get(py, "size")?, raw.get(py, "raw")?);
        let timeout = slf.get().patience(timeout.get(py, "timeout")?);
        Ok(Inner::Reading(reading.within(timeout)))
    }
}

#[pymethods]
impl Request {
    /// Awaits the whole body, at most `max_size` bytes; it is kept for who asks again.
    #[pyo3(
        signature = (*, raw=Late::of(false), max_size=Late::of(usize::MAX), **_options),
        text_signature = "($self, *, raw=False, max_size=..., **_options)"
    )]
    fn body<'py>(
        slf: &Bound<'py, Self>,
        raw: Late<bool>,
        max_size: Late<usize>,
        _options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let inner = || match slf.get().cache.peek(py, |made| &mut made.body) {
            Some(body) => Ok(Inner::Ready(Some(body))),
            None => {
                let (raw, max_size) = (raw.get(py, "raw")?, max_size.get(py, "max_size")?);
                let timeout = slf.get().patience(None);
                Ok(Inner::Reading(Reading::whole(slf, raw, max_size).within(timeout)))
            }
        };
        Operation::create(py, "Request.body", inner())
    }

    /// Awaits `size` bytes, fewer at the end; without a size the next piece, `b''` at the end.
    #[pyo3(
        signature = (size=Late::of(-1), *, timeout=Late::of(None)),
        text_signature = "($self, size=-1, *, timeout=None)"
    )]
    fn read<'py>(
        slf: &Bound<'py, Self>,
        size: Late<i64>,
        timeout: Late<Option<f64>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let inner = Self::reading(slf, (size, timeout, Late::of(false)));
        Operation::create(slf.py(), "Request.read", inner)
    }

    /// Like `read`, with the transfer coding left in place.
    #[pyo3(
        signature = (size=Late::of(-1), *, timeout=Late::of(None), raw=Late::of(true)),
        text_signature = "($self, size=-1, *, timeout=None, raw=True)"
    )]
    fn recv<'py>(
        slf: &Bound<'py, Self>,
        size: Late<i64>,
        timeout: Late<Option<f64>>,
        raw: Late<bool>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let inner = Self::reading(slf, (size, timeout, raw));
        Operation::create(slf.py(), "Request.recv", inner)
    }

    /// The pieces of the body, as they arrive.
    #[pyo3(signature = (timeout=None, raw=false))]
    fn stream(slf: &Bound<'_, Self>, timeout: Option<f64>, raw: bool) -> BodyStream {
        BodyStream::new(slf, raw, slf.get().patience(timeout))
    }

    /// Whether the body was read to its end, or there is none.
    fn eof(&self, py: Python<'_>) -> bool {
        self.exchange.ask(self.server.bind(py), Connection::is_body_read).unwrap_or(true)
    }

    /// How many bytes of the body were taken in so far.
    #[getter]
    fn body_size(&self, py: Python<'_>) -> u64 {
        self.exchange.ask(self.server.bind(py), Connection::body_received).unwrap_or(0)
    }

    /// How many seconds a read may wait for the client, unless it says otherwise.
    #[getter]
    fn timeout(&self) -> f64 {
        let given = self.server.get().settings.config().request_timeout;
        self.timeout.get().unwrap_or(given.as_secs_f64())
    }

    #[setter]
    fn set_timeout(&self, seconds: f64) -> PyResult<()> {
        if seconds.is_nan() || seconds < 0.0 {
            return Err(PyValueError::new_err(format!("timeout: not a time: {seconds}")));
        }
        self.timeout.set(seconds);
        Ok(())
    }

    /// Awaits a form: `params.post`, and `params.files` for a multipart one.
    #[pyo3(
        signature = (*args, **options),
        text_signature = "($self, max_fields=100, *, max_size=8388608)"
    )]
    fn form<'py>(
        slf: &Bound<'py, Self>,
        args: &Bound<'py, PyTuple>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let form = slf.get().server.get().helpers.form.bind(slf.py());
        form.call(with_request(slf, args)?, options)
    }

    /// The parts of a multipart form, one after the other.
    #[pyo3(
        signature = (*args, **options),
        text_signature = "($self, max_files=1024, *, max_file_size=104857600)"
    )]
    fn files<'py>(
        slf: &Bound<'py, Self>,
        args: &Bound<'py, PyTuple>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let files = slf.get().server.get().helpers.files.bind(slf.py());
        files.call(with_request(slf, args)?, options)
    }

    fn __repr__(&self) -> String {
        let url = String::from_utf8_lossy(self.head.url());
        format!("<Request {} {}>", self.head.method(), escape_controls(&url))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.server)?;
        self.live.traverse(&visit)?;
        self.cache.traverse(&visit)
    }

    fn __clear__(&self) {
        self.live.clear();
        self.cache.clear();
    }
}

impl Drop for Request {
    /// Nobody can say anything any more on a connection that was left open.
    fn drop(&mut self) {
        if !*self.left_open.get_mut() {
            return;
        }
        Python::attach(|py| {
            let _ = self.exchange.act(self.server.bind(py), |connection, now| {
                connection.abandon(now);
                Ok(())
            });
        });
    }
}

/// The arguments of a function that takes a request before its other arguments.
fn with_request<'py>(
    request: &Bound<'py, Request>,
    args: &Bound<'py, PyTuple>,
) -> PyResult<Bound<'py, PyTuple>> {
    let all = std::iter::once(request.as_any().clone()).chain(args.iter());
    PyTuple::new(request.py(), all.collect::<Vec<_>>())
}
