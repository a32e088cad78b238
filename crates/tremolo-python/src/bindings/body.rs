//! Reading the body: whole, by the piece, by the byte; every way takes from the same bytes.

use bytes::{Bytes, BytesMut};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes};
use tremolo_core::http1::body::Decoded;

use super::awaitable::{Inner, Step};
use super::exchange::Attempt;
use super::request::Request;
use super::state::Waiting;

/// One read that goes on until it has what it was asked for.
#[derive(Debug)]
pub(super) struct Reading {
    request: Py<Request>,
    raw: bool,
    /// How many seconds it may take.
    pub(super) timeout: Option<f64>,
    left: usize,
    until: Until,
    gathered: BytesMut,
    /// The first piece, as long as it is the only one.
    first: Bytes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Until {
    /// The first piece, whatever its size.
    Piece,
    /// The same, but its absence ends an iteration.
    Item,
    /// So many bytes.
    Size,
    /// The end; the bytes are kept with the request.
    End,
}

impl Reading {
    pub(super) fn whole(request: &Bound<'_, Request>, raw: bool) -> Self {
        Self::new(request, raw, usize::MAX, Until::End)
    }

    /// So many bytes; a piece if that is negative.
    pub(super) fn some(request: &Bound<'_, Request>, size: i64, raw: bool) -> Self {
        match usize::try_from(size) {
            Ok(size) => Self::new(request, raw, size, Until::Size),
            Err(_) => Self::new(request, raw, usize::MAX, Until::Piece),
        }
    }

    pub(super) fn within(mut self, timeout: Option<f64>) -> Self {
        self.timeout = timeout;
        self
    }

    fn new(request: &Bound<'_, Request>, raw: bool, left: usize, until: Until) -> Self {
        let (gathered, first) = (BytesMut::new(), Bytes::new());
        let request = request.clone().unbind();
        Self { request, raw, timeout: None, left, until, gathered, first }
    }

    pub(super) fn attempt(&mut self, py: Python<'_>) -> PyResult<Attempt<Option<Py<PyAny>>>> {
        let request = self.request.clone_ref(py);
        let (exchange, server) = (request.get().exchange, request.get().server.bind(py));
        let whole = exchange.act(server, |connection, now| {
            while self.left > 0 {
                let decoded = if self.raw {
                    connection.poll_raw_body(now, self.left)?
                } else {
                    connection.poll_body(now, self.left)?
                };
                match decoded {
                    Decoded::NeedInput => return Ok(false),
                    Decoded::End => break,
                    Decoded::Data(data) => self.take(data),
                }
                if matches!(self.until, Until::Piece | Until::Item) {
                    break;
                }
            }
            Ok(true)
        })?;
        if !whole {
            return exchange.wait(server, Waiting::ForInput);
        }
        self.result(py)
    }

    fn take(&mut self, data: Bytes) {
        self.left -= data.len().min(self.left);
        if self.first.is_empty() && self.gathered.is_empty() {
            self.first = data;
            return;
        }
        if self.gathered.is_empty() {
            self.gathered.extend_from_slice(&std::mem::take(&mut self.first));
        }
        self.gathered.extend_from_slice(&data);
    }

    fn result(&self, py: Python<'_>) -> PyResult<Attempt<Option<Py<PyAny>>>> {
        let bytes: &[u8] = if self.gathered.is_empty() { &self.first } else { &self.gathered };
        if self.until == Until::Item && bytes.is_empty() {
            return Err(pyo3::exceptions::PyStopAsyncIteration::new_err(()));
        }
        let object = if self.until == Until::End {
            let body = PyByteArray::new(py, bytes).into_any().unbind();
            self.request.get().keep_body(body.clone_ref(py));
            body
        } else {
            PyBytes::new(py, bytes).into_any().unbind()
        };
        Ok(Attempt::Done(Some(object)))
    }
}

/// The pieces of a body, to be iterated over.
#[pyclass(frozen, module = "tremolo._tremolo")]
#[derive(Debug)]
pub(super) struct BodyStream {
    request: Py<Request>,
    raw: bool,
    timeout: Option<f64>,
}

impl BodyStream {
    pub(super) fn new(request: &Bound<'_, Request>, raw: bool, timeout: Option<f64>) -> Self {
        Self { request: request.clone().unbind(), raw, timeout }
    }
}

#[pymethods]
impl BodyStream {
    fn __aiter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __anext__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let request = self.request.bind(py);
        let reading = Reading::new(request, self.raw, usize::MAX, Until::Item);
        Step::start(request.get().server.bind(py), Inner::Reading(reading.within(self.timeout)))
    }

    /// Nothing is left to be done.
    fn aclose<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        super::awaitable::Done::with(py, None)
    }
}
