//! Reading the body: whole, by the piece, by the byte; every way takes from the same bytes.

use bytes::{Bytes, BytesMut};
use pyo3::exceptions::PyStopAsyncIteration;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes};
use tremolo_core::http1::body::Decoded;

use super::awaitable::{Inner, Step};
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
        let enough = exchange.act(server, |connection, now| {
            let mut gathered = request.cache.gathered();
            loop {
                let missing = until.missing(gathered.len());
                if missing == 0 {
                    return Ok(true);
                }
                let decoded = if raw {
                    connection.poll_raw_body(now, missing)?
                } else {
                    connection.poll_body(now, missing)?
                };
                match decoded {
                    Decoded::NeedInput => return Ok(false),
                    Decoded::End => return Ok(true),
                    Decoded::Data(data) => gathered.push(data),
                }
            }
        })?;
        if !enough {
            return exchange.wait(server, Waiting::ForInput);
        }
        self.result(py).map(|object| Attempt::Done(Some(object)))
    }

    fn result(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let cache = &self.request.get().cache;
        let bytes = match self.until {
            Until::Piece | Until::Item => cache.gathered().take(usize::MAX),
            Until::Size(size) => cache.gathered().take(size),
            Until::End(max_size) => return whole(py, cache, max_size),
        };
        if self.until == Until::Item && bytes.is_empty() {
            return Err(PyStopAsyncIteration::new_err(()));
        }
        Ok(PyBytes::new(py, &bytes).into_any().unbind())
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

/// The whole body. Of two who have waited for it the first one has left it in the cache.
fn whole(py: Python<'_>, cache: &Cache, max_size: usize) -> PyResult<Py<PyAny>> {
    if let Some(body) = cache.peek(py, |made| &mut made.body) {
        return Ok(body);
    }
    let bytes = {
        let mut gathered = cache.gathered();
        (gathered.len() <= max_size).then(|| gathered.take(usize::MAX))
    };
    let bytes = bytes.ok_or_else(|| errors::http(py, 413, "form too large"))?;
    let body = PyByteArray::new(py, &bytes).into_any().unbind();
    cache.keep(|made| &mut made.body, body.clone_ref(py));
    Ok(body)
}

/// What has been read of a body and was given to nobody yet. It lives with the request, not with
/// a read: one that is cancelled, or runs out of time, loses nothing, and two do not tear apart
/// what the other one has.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// The first piece, as long as it is the only one: that is not copied.
    first: Bytes,
    joined: BytesMut,
}

impl Gathered {
    fn len(&self) -> usize {
        self.first.len() + self.joined.len()
    }

    fn push(&mut self, data: Bytes) {
        if self.len() == 0 {
            self.first = data;
            return;
        }
        if !self.first.is_empty() {
            self.joined.extend_from_slice(&std::mem::take(&mut self.first));
        }
        self.joined.extend_from_slice(&data);
    }

    fn take(&mut self, size: usize) -> Bytes {
        let size = size.min(self.len());
        if self.first.is_empty() {
            return self.joined.split_to(size).freeze();
        }
        self.first.split_to(size)
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
        let reading = Reading::new(request, self.raw, Until::Item);
        Step::start(request.get().server.bind(py), Inner::Reading(reading.within(self.timeout)))
    }

    /// Nothing is left to be done.
    fn aclose<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        super::awaitable::Done::with(py, None)
    }
}
