//! Reading the body: whole, by the piece, by the byte; every way takes from the same bytes.

use pyo3::exceptions::PyStopAsyncIteration;
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::http1::body::Decoded;
use tremolo_core::http1::request::BodyLength;

use super::awaitable::{Inner, Operation};
use super::cache::Cache;
use super::errors;
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
    until: Until,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Until {
    /// The first piece, whatever its size.
    Piece,
    /// The same, but its absence ends an iteration.
    Item,
    /// So many bytes.
    Size(usize),
    /// The end, which must come after at most so many bytes; they are kept with the request.
    End(usize),
}

impl Reading {
    /// All of it; more than `max_size` is refused.
    pub(super) fn whole(request: &Bound<'_, Request>, raw: bool, max_size: usize) -> Self {
        Self::new(request, raw, Until::End(max_size))
    }

    /// So many bytes; a piece if that is negative.
    pub(super) fn some(request: &Bound<'_, Request>, size: i64, raw: bool) -> Self {
        Self::new(request, raw, usize::try_from(size).map_or(Until::Piece, Until::Size))
    }

    pub(super) fn within(mut self, timeout: Option<f64>) -> Self {
        self.timeout = timeout;
        self
    }

    fn new(request: &Bound<'_, Request>, raw: bool, until: Until) -> Self {
        Self { request: request.clone().unbind(), raw, timeout: None, until }
    }

    pub(super) fn attempt(&mut self, py: Python<'_>) -> PyResult<Attempt<Option<Py<PyAny>>>> {
        let (raw, until) = (self.raw, self.until);
        let request = self.request.get();
        let (exchange, server) = (request.exchange, request.server.bind(py));
        let at_most = longest(request.head.body_length());
        let enough = exchange.act(server, |connection, now| {
            let mut gathered = request.cache.gathered();
            loop {
                let missing = until.missing(gathered.len());
                if missing == 0 {
                    return Ok(Ok(true));
                }
                if connection.turn().is_over() {
                    // The next turn wakes it.
                    return Ok(Ok(false));
                }
                let decoded = if raw {
                    connection.poll_raw_body(now, missing)?
                } else {
                    connection.poll_body(now, missing)?
                };
                match decoded {
                    Decoded::NeedInput => return Ok(Ok(false)),
                    Decoded::End => return Ok(Ok(true)),
                    Decoded::Data(data) => match gathered.push(py, data, at_most) {
                        Ok(()) => {}
                        // There is no memory for it.
                        Err(error) => return Ok(Err(error)),
                    },
                }
            }
        })??;
        if !enough {
            return exchange.wait(server, Waiting::ForInput);
        }
        self.result(py).map(|object| Attempt::Done(Some(object)))
    }

    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.request)
    }

    fn result(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let cache = &self.request.get().cache;
        let bytes = match self.until {
            Until::Piece | Until::Item => cache.gathered().take(py, usize::MAX),
            Until::Size(size) => cache.gathered().take(py, size),
            Until::End(max_size) => return whole(py, cache, max_size),
        };
        if self.until == Until::Item && bytes.as_bytes().is_empty() {
            return Err(PyStopAsyncIteration::new_err(()));
        }
        Ok(bytes.into_any().unbind())
    }
}

impl Until {
    /// How many bytes it takes at most, when so many are there.
    fn missing(self, gathered: usize) -> usize {
        match self {
            Self::Piece | Self::Item if gathered == 0 => usize::MAX,
            Self::Piece | Self::Item => 0,
            Self::Size(size) => size.saturating_sub(gathered),
            // One more tells that it is too long.
            Self::End(max_size) => max_size.saturating_add(1).saturating_sub(gathered),
        }
    }
}

/// How long a body may turn out.
fn longest(length: BodyLength) -> usize {
    match length {
        BodyLength::None => 0,
        BodyLength::Length(length) => usize::try_from(length).unwrap_or(usize::MAX),
        BodyLength::Chunked => usize::MAX,
    }
}

/// The whole body. Of two who have waited for it the first one has left it in the cache.
fn whole(py: Python<'_>, cache: &Cache, max_size: usize) -> PyResult<Py<PyAny>> {
    if let Some(body) = cache.peek(py, |made| &mut made.body) {
        return Ok(body);
    }
    let whole = {
        let mut gathered = cache.gathered();
        (gathered.len() <= max_size).then(|| gathered.take_whole(py))
    };
    let whole = whole.ok_or_else(|| errors::http(py, 413, "form too large"))??;
    let body = whole.into_any().unbind();
    cache.keep(|made| &mut made.body, body.clone_ref(py));
    Ok(body)
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
        let reading = Reading::new(self.request.bind(py), self.raw, Until::Item);
        let inner = Inner::Reading(reading.within(self.timeout));
        Operation::create(py, "BodyStream.__anext__", Ok(inner))
    }

    /// Nothing is left to be done.
    fn aclose<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Operation::create(py, "BodyStream.aclose", Ok(Inner::Ready(None)))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.request)
    }
}
