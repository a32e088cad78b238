//! The request object. `head` has the fields, `body` the reads, `connection_info` the peer and the
//! connection, `head_gate` the middleware that runs before the head of the response.

mod body;
mod connection_info;
mod head;
mod head_gate;

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::escape_controls;
use tremolo_core::http1::request::RequestHead;
use tremolo_core::routing::Params;

pub(super) use self::body::BodyStream;
pub(super) use self::head_gate::HeadGate;

use super::cache::Cache;
use super::exchange_id::ExchangeId;
use super::host::Host;
use super::response_headers::ResponseHeaders;
use super::route_options::RouteOptions;
use super::timeout::Timeout;

/// A request: its head, and its body as it arrives.
#[pyclass(frozen, module = "tremolo._tremolo")]
#[derive(Debug)]
pub(super) struct Request {
    pub(super) host: Py<Host>,
    pub(super) exchange: ExchangeId,
    pub(super) head: Arc<RequestHead>,
    origin: Origin,
    /// The handler is over and has left the connection to the holders of this object.
    left_open: AtomicBool,
    /// `clear` was called.
    cleared: AtomicBool,
    /// The default timeout of reads.
    timeout: Timeout,
    pub(super) cache: Cache,
    /// The identifier, once it was asked for.
    id: OnceLock<Arc<str>>,
    /// The fields of its response.
    response_headers: ResponseHeaders,
}

/// What a request has of its route and of the scope of that.
#[derive(Debug, Default)]
pub(super) struct Origin {
    pub(super) options: Option<Arc<RouteOptions>>,
    /// The parameters of its path, if it has any.
    pub(super) params: Option<Box<Params>>,
    /// The middleware that runs before the head of the response, if there is any.
    pub(super) gate: Option<Box<HeadGate>>,
    /// The request was malformed: it has no head.
    pub(super) is_malformed: bool,
}

impl Request {
    pub(super) fn create<'py>(
        host: &Bound<'py, Host>,
        exchange: ExchangeId,
        head: Arc<RequestHead>,
        origin: Origin,
    ) -> PyResult<Bound<'py, Self>> {
        let request = Self {
            host: host.clone().unbind(),
            exchange,
            head,
            origin,
            left_open: AtomicBool::new(false),
            cleared: AtomicBool::new(false),
            timeout: Timeout::default(),
            cache: Cache::default(),
            id: OnceLock::new(),
            response_headers: ResponseHeaders::default(),
        };
        Bound::new(host.py(), request)
    }

    /// A parameter of the path of its route, as it was sent.
    pub(super) fn parameter(&self, name: &str) -> Option<&[u8]> {
        self.origin.params.as_ref()?.get(self.head.url(), name)
    }

    /// A parameter of the path of its route, decoded. `None` if it is not UTF-8.
    pub(super) fn parameter_text(&self, name: &str) -> Option<Cow<'_, str>> {
        let params = self.origin.params.as_ref()?;
        params.text(self.head.url(), params.position(name)?)?.ok()
    }

    /// The handler is over and has left the connection open. Returns true: this object keeps it.
    pub(super) fn leave_open(&self) -> bool {
        self.left_open.store(true, Ordering::Relaxed);
        true
    }

    /// The fields of the response, for Python.
    pub(super) fn response_headers(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.response_headers.get(self.host.bind(py), self.exchange)
    }

    /// Writes `response.headers` into the head. Returns whether there is such a mapping.
    pub(super) fn store_headers(&self, py: Python<'_>) -> PyResult<bool> {
        self.response_headers.store(self.host.bind(py), self.exchange)
    }

    /// Reads `response.headers` from the head.
    pub(super) fn load_headers(&self, py: Python<'_>) -> PyResult<()> {
        self.response_headers.load(self.host.bind(py), self.exchange)
    }
}

#[pymethods]
impl Request {
    /// Whether the body was read to its end, or there is none.
    fn eof(&self, py: Python<'_>) -> bool {
        self.exchange.ask(self.host.bind(py), |exchange| exchange.is_body_read()).unwrap_or(true)
    }

    /// How many bytes of the body were received so far.
    #[getter]
    fn body_size(&self, py: Python<'_>) -> u64 {
        self.exchange.ask(self.host.bind(py), |exchange| exchange.body_received()).unwrap_or(0)
    }

    /// How many seconds a read may wait for the client, unless it has a timeout of its own.
    #[getter]
    fn timeout(&self) -> f64 {
        let given = self.host.get().settings.config().request_timeout;
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
        let form = slf.get().host.get().hooks.form.bind(slf.py());
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
        let files = slf.get().host.get().hooks.files.bind(slf.py());
        files.call(with_request(slf, args)?, options)
    }

    fn __repr__(&self) -> String {
        let url = String::from_utf8_lossy(self.head.url());
        format!("<Request {} {}>", self.head.method(), escape_controls(&url))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.host)?;
        self.response_headers.traverse(&visit)?;
        if let Some(gate) = &self.origin.gate {
            gate.traverse(&visit)?;
        }
        self.cache.traverse(&visit)
    }

    fn __clear__(&self) {
        self.response_headers.clear();
        self.cache.clear();
    }
}

impl Drop for Request {
    /// No object is left that could write to the connection that was left open.
    fn drop(&mut self) {
        if !*self.left_open.get_mut() {
            return;
        }
        Python::attach(|py| {
            let _ = self.exchange.act(self.host.bind(py), |exchange, now| {
                exchange.abandon(now);
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
