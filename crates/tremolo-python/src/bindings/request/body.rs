//! Reads of the body: whole, in pieces, or by size; all of them take from one buffer.

use pyo3::exceptions::PyStopAsyncIteration;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::content::AcceptedCodings;
use tremolo_core::http1::body::Decoded;
use tremolo_core::http1::request::BodyLength;

use super::Request;
use crate::bindings::awaitable::{self, Attempting, Object, Operation, Pending};
use crate::bindings::cache::Cache;
use crate::bindings::errors;
use crate::bindings::exchange::Attempt;
use crate::bindings::late::Late;
use crate::bindings::state::WaitFor;

/// A read operation.
#[derive(Debug)]
struct ReadOp {
    request: Py<Request>,
    raw: bool,
    /// How many seconds it may take.
    timeout: Option<f64>,
    until: Until,
}

const _: () = assert!(size_of::<ReadOp>() <= awaitable::IN_PLACE);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Until {
    /// The next piece, whatever its size.
    Piece,
    /// The next piece of an iteration, which ends with the body.
    Item,
    /// A number of bytes.
    Size(usize),
    /// The end, after at most this number of bytes; the body is kept with the request.
    End(usize),
}

impl ReadOp {
    fn start(
        request: &Bound<'_, Request>,
        until: Until,
        raw: bool,
        timeout: Option<f64>,
    ) -> Pending {
        awaitable::pending(Self { request: request.clone().unbind(), raw, timeout, until })
    }

    fn result(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let cache = &self.request.get().cache;
        let bytes = match self.until {
            Until::Piece | Until::Item => cache.buffer().take(py, usize::MAX),
            Until::Size(size) => cache.buffer().take(py, size),
            Until::End(max_size) => return whole(py, cache, max_size),
        };
        if self.until == Until::Item && bytes.as_bytes().is_empty() {
            return Err(PyStopAsyncIteration::new_err(()));
        }
        Ok(bytes.into_any().unbind())
    }
}

impl Attempting for ReadOp {
    fn attempt(&mut self, py: Python<'_>) -> PyResult<Attempt<Object>> {
        let (raw, until) = (self.raw, self.until);
        let request = self.request.get();
        let (exchange, host) = (request.exchange, request.host.bind(py));
        let at_most = match request.accepted_codings(py) {
            AcceptedCodings::Identity => longest(request.head.body_length()),
            AcceptedCodings::Decoded => usize::MAX,
        };
        let enough = exchange.act(host, |exchange, now| {
            let mut buffer = request.cache.buffer();
            loop {
                let missing = until.missing(buffer.len());
                if missing == 0 {
                    return Ok(Ok(true));
                }
                if exchange.peek().is_turn_over() {
                    // The next turn wakes the reader.
                    return Ok(Ok(false));
                }
                let decoded = if raw {
                    exchange.body().poll_raw(now, missing)?
                } else {
                    exchange.body().poll(now, missing)?
                };
                match decoded {
                    Decoded::NeedInput => return Ok(Ok(false)),
                    Decoded::End => return Ok(Ok(true)),
                    Decoded::Data(data) => match buffer.push(py, data, at_most) {
                        Ok(()) => {}
                        // There is no memory for it.
                        Err(error) => return Ok(Err(error)),
                    },
                }
            }
        })??;
        if !enough {
            return exchange.wait(host, WaitFor::Input);
        }
        self.result(py).map(|object| Attempt::Done(Some(object)))
    }

    fn timeout(&self) -> Option<f64> {
        self.timeout
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.request)
    }
}

impl Until {
    /// How many bytes it takes at most, when `buffered` bytes are there.
    fn missing(self, buffered: usize) -> usize {
        match self {
            Self::Piece | Self::Item if buffered == 0 => usize::MAX,
            Self::Piece | Self::Item => 0,
            Self::Size(size) => size.saturating_sub(buffered),
            // One byte more shows that the body is too long.
            Self::End(max_size) => max_size.saturating_add(1).saturating_sub(buffered),
        }
    }
}

/// The maximum length of a body.
fn longest(length: BodyLength) -> usize {
    match length {
        BodyLength::None => 0,
        BodyLength::Length(length) => usize::try_from(length).unwrap_or(usize::MAX),
        BodyLength::Chunked => usize::MAX,
    }
}

/// The whole body. The first of two concurrent reads leaves it in the cache for the other.
fn whole(py: Python<'_>, cache: &Cache, max_size: usize) -> PyResult<Py<PyAny>> {
    if let Some(body) = cache.peek(py, |made| &mut made.body) {
        return Ok(body);
    }
    let whole = {
        let mut buffer = cache.buffer();
        (buffer.len() <= max_size).then(|| buffer.take_whole(py))
    };
    let whole = whole.ok_or_else(|| errors::http(py, 413, "form too large"))??;
    let body = whole.into_any().unbind();
    cache.keep(|made| &mut made.body, body.clone_ref(py));
    Ok(body)
}

impl Request {
    /// The timeout of a read: its own, else the default.
    fn read_timeout(&self, timeout: Option<f64>) -> Option<f64> {
        timeout.or_else(|| self.timeout.get())
    }

    /// The content codings that the request may have.
    pub(in crate::bindings) fn accepted_codings(&self, py: Python<'_>) -> AcceptedCodings {
        if self.head.fields().get("content-encoding").is_none() {
            return AcceptedCodings::Identity;
        }
        let host = self.host.bind(py);
        let accepted =
            self.exchange.act(host, |exchange, _| Ok(exchange.body().accepted_codings()));
        accepted.unwrap_or_default()
    }

    /// A read of `size` bytes, or of the next piece if the size is negative.
    fn read_some(
        slf: &Bound<'_, Self>,
        (size, timeout, raw): (Late<i64>, Late<Option<f64>>, Late<bool>),
    ) -> PyResult<Pending> {
        let py = slf.py();
        let (size, raw) = (size.get(py, "size")?, raw.get(py, "raw")?);
        let timeout = slf.get().read_timeout(timeout.get(py, "timeout")?);
        let until = usize::try_from(size).map_or(Until::Piece, Until::Size);
        Ok(ReadOp::start(slf, until, raw, timeout))
    }
}

#[pymethods]
impl Request {
    /// Awaits the whole body, at most `max_size` bytes. It is kept for later calls.
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
        let operation = || match slf.get().cache.peek(py, |made| &mut made.body) {
            Some(body) => Ok(awaitable::ready(Some(body))),
            None => {
                let (raw, max_size) = (raw.get(py, "raw")?, max_size.get(py, "max_size")?);
                let timeout = slf.get().read_timeout(None);
                Ok(ReadOp::start(slf, Until::End(max_size), raw, timeout))
            }
        };
        Operation::create(py, "Request.body", operation())
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
        let operation = Self::read_some(slf, (size, timeout, Late::of(false)));
        Operation::create(slf.py(), "Request.read", operation)
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
        let operation = Self::read_some(slf, (size, timeout, raw));
        Operation::create(slf.py(), "Request.recv", operation)
    }

    /// The pieces of the body, as they arrive.
    #[pyo3(signature = (timeout=None, raw=false))]
    fn stream(slf: &Bound<'_, Self>, timeout: Option<f64>, raw: bool) -> BodyStream {
        let timeout = slf.get().read_timeout(timeout);
        BodyStream { request: slf.clone().unbind(), raw, timeout }
    }
}

/// The pieces of a body, to be iterated over.
#[pyclass(frozen, module = "tremolo._tremolo")]
#[derive(Debug)]
pub(in crate::bindings) struct BodyStream {
    request: Py<Request>,
    raw: bool,
    timeout: Option<f64>,
}

#[pymethods]
impl BodyStream {
    fn __aiter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __anext__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let operation = ReadOp::start(self.request.bind(py), Until::Item, self.raw, self.timeout);
        Operation::create(py, "BodyStream.__anext__", Ok(operation))
    }

    /// Does nothing: the stream holds no resources.
    fn aclose<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Operation::create(py, "BodyStream.aclose", Ok(awaitable::ready(None)))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.request)
    }
}
