//! The write operations of a response: `write`, `end`, `send`, and the pieces of generators.
//!
//! The bytes that each sends are defined by the engine (`tremolo_core::Connection`).

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes};
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::{Error, Exchange, Now};

use super::Response;
use crate::bindings::awaitable::{self, Attempting, Object, Operation, Pending};
use crate::bindings::exchange::Attempt;
use crate::bindings::late::Late;
use crate::bindings::payload::piece;
use crate::bindings::request::Request;

/// A write operation, which may have to wait for room in the transmit queue.
#[derive(Debug)]
struct WriteOp {
    request: Py<Request>,
    kind: Kind,
    options: Options,
    data: Object,
}

const _: () = assert!(size_of::<WriteOp>() <= awaitable::IN_PLACE);

#[derive(Clone, Copy, Debug)]
enum Kind {
    Write { chunked: Option<bool> },
    Yield,
    End { keep_alive: bool },
    Send,
}

impl Attempting for WriteOp {
    fn attempt(&mut self, py: Python<'_>) -> PyResult<Attempt<Object>> {
        let request = self.request.get();
        let (exchange, host) = (request.exchange, request.host.bind(py));
        request.store_headers(py)?;
        let written = match &self.data {
            None => exchange.write(host, |exchange, now| {
                self.options.apply(exchange)?;
                self.kind.write_none(exchange, now)
            })?,
            Some(data) => {
                let data = data.bind(py);
                let piece = piece(data)?;
                exchange.write(host, |exchange, now| {
                    self.options.apply(exchange)?;
                    self.kind.write(exchange, now, piece)
                })?
            }
        };
        Ok(match written {
            Attempt::Done(()) => Attempt::Done(self.result(py)),
            Attempt::Wait(future) => Attempt::Wait(future),
        })
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.request)?;
        visit.call(&self.data)
    }
}

impl WriteOp {
    /// The result of `_yield`: `False` if no other piece is needed.
    fn result(&self, py: Python<'_>) -> Object {
        let request = self.request.get();
        match self.kind {
            Kind::Yield => {
                let wanted =
                    request.exchange.ask(request.host.bind(py), |exchange| exchange.wants_pieces());
                matches!(wanted, Ok(false)).then(|| PyBool::new(py, false).to_owned().into())
            }
            Kind::Write { .. } | Kind::End { .. } | Kind::Send => None,
        }
    }
}

impl Kind {
    fn write(
        self,
        exchange: &mut Exchange<'_>,
        now: &Now,
        piece: tremolo_core::Piece<'_>,
    ) -> Result<(), Error> {
        match self {
            Self::Write { chunked } => {
                if let Some(chunked) = chunked
                    && !exchange.peek().is_head_sent()
                {
                    exchange.response_mut()?.set_chunked(chunked);
                }
                exchange.write(now, piece)
            }
            Self::Yield => exchange.yield_piece(now, piece),
            Self::End { keep_alive: true } => exchange.end(now, piece),
            Self::End { keep_alive: false } => {
                if !exchange.peek().is_head_sent() {
                    exchange.response_mut()?.set(b"Connection", b"close")?;
                }
                exchange.end(now, piece)
            }
            Self::Send => exchange.send(now, piece),
        }
    }

    /// `write(None)`, `send(None)`.
    fn write_none(self, exchange: &mut Exchange<'_>, now: &Now) -> Result<(), Error> {
        match self {
            Self::Write { .. } => exchange.write_none(now),
            Self::Yield => {
                // It counts as a piece: a generator of empty pieces must not hold the loop.
                let _ = exchange.yield_piece(now, (&[]).into());
                Ok(())
            }
            Self::End { keep_alive } => exchange.close(now, keep_alive),
            Self::Send => exchange.close(now, true),
        }
    }
}

/// Options of a write operation.
#[derive(Clone, Copy, Debug)]
struct Options {
    rate: Option<u64>,
    buffer_size: Option<usize>,
}

impl Options {
    const NONE: Self = Self { rate: None, buffer_size: None };

    /// A negative rate sets none.
    fn new(py: Python<'_>, rate: Late<i64>, buffer_size: Late<Option<usize>>) -> PyResult<Self> {
        let (rate, buffer_size) = (rate.get(py, "rate")?, buffer_size.get(py, "buffer_size")?);
        if buffer_size == Some(0) {
            return Err(PyValueError::new_err("buffer_size: must be positive"));
        }
        Ok(Self { rate: u64::try_from(rate).ok(), buffer_size })
    }

    fn apply(self, exchange: &mut Exchange<'_>) -> Result<(), Error> {
        if let Some(rate) = self.rate {
            exchange.options().set_rate(rate)?;
        }
        if let Some(size) = self.buffer_size {
            exchange.options().set_buffer_size(size)?;
        }
        Ok(())
    }
}

impl Response {
    fn write_op(
        &self,
        py: Python<'_>,
        kind: Kind,
        options: Options,
        data: Option<&Bound<'_, PyAny>>,
    ) -> Pending {
        let request = self.request.clone_ref(py);
        let data = data.filter(|data| !data.is_none()).map(|data| data.clone().unbind());
        awaitable::pending(WriteOp { request, kind, options, data })
    }
}

#[pymethods]
impl Response {
    /// Sends the head, unless it was sent, and a piece. `b''` ends the body, `None` the response.
    ///
    /// Like a coroutine it does nothing, and raises nothing, before it is awaited. `rate` limits
    /// the response to a number of bytes per second; 0 removes a limit. It waits while more than
    /// four times `buffer_size` is queued. Small pieces that are written in one turn are sent
    /// together: `buffer_min_size` is accepted and ignored.
    #[expect(clippy::too_many_arguments, reason = "the signature is the original's")]
    #[pyo3(
        signature = (data=None, *, chunked=Late::of(None), rate=Late::of(-1),
                     buffer_size=Late::of(None), buffer_min_size=None),
        text_signature = "($self, data=None, *, chunked=None, rate=-1, buffer_size=None, \
                          buffer_min_size=None)"
    )]
    fn write<'py>(
        &self,
        py: Python<'py>,
        data: Option<&Bound<'py, PyAny>>,
        chunked: Late<Option<bool>>,
        rate: Late<i64>,
        buffer_size: Late<Option<usize>>,
        buffer_min_size: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let _ = buffer_min_size;
        let operation = chunked.get(py, "chunked").and_then(|chunked| {
            let options = Options::new(py, rate, buffer_size)?;
            Ok(self.write_op(py, Kind::Write { chunked }, options, data))
        });
        Operation::create(py, "Response.write", operation)
    }

    /// Sends a piece of a generator; an empty one, or `None`, sends nothing. Returns `False` if no
    /// other piece is needed, because the body is not sent.
    #[pyo3(name = "_yield")]
    fn yield_piece<'py>(
        &self,
        py: Python<'py>,
        data: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let operation = self.write_op(py, Kind::Yield, Options::NONE, Some(data));
        Operation::create(py, "Response._yield", Ok(operation))
    }

    /// Sends the whole response, or the rest of the body, and ends the response. The options are
    /// those of `write`.
    #[expect(clippy::too_many_arguments, reason = "the signature is the original's")]
    #[pyo3(
        signature = (data=None, *, keepalive=Late::of(true), rate=Late::of(-1),
                     buffer_size=Late::of(None), buffer_min_size=None),
        text_signature = "($self, data=None, *, keepalive=True, rate=-1, buffer_size=None, \
                          buffer_min_size=None)"
    )]
    fn end<'py>(
        &self,
        py: Python<'py>,
        data: Option<&Bound<'py, PyAny>>,
        keepalive: Late<bool>,
        rate: Late<i64>,
        buffer_size: Late<Option<usize>>,
        buffer_min_size: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let _ = buffer_min_size;
        let operation = keepalive.get(py, "keepalive").and_then(|keep_alive| {
            let empty = PyBytes::new(py, b"").into_any();
            let options = Options::new(py, rate, buffer_size)?;
            Ok(self.write_op(py, Kind::End { keep_alive }, options, Some(data.unwrap_or(&empty))))
        });
        Operation::create(py, "Response.end", operation)
    }

    /// Sends exactly these bytes; `None` ends the response. The options are those of `write`.
    #[expect(clippy::too_many_arguments, reason = "the signature is the original's")]
    #[pyo3(
        signature = (data, rate=Late::of(-1), buffer_size=Late::of(None), buffer_min_size=None),
        text_signature = "($self, data, rate=-1, buffer_size=None, buffer_min_size=None)"
    )]
    fn send<'py>(
        &self,
        py: Python<'py>,
        data: Option<&Bound<'py, PyAny>>,
        rate: Late<i64>,
        buffer_size: Late<Option<usize>>,
        buffer_min_size: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let _ = buffer_min_size;
        let options = Options::new(py, rate, buffer_size);
        let operation = options.map(|options| self.write_op(py, Kind::Send, options, data));
        Operation::create(py, "Response.send", operation)
    }

    /// `send` without waiting for room.
    fn send_nowait(&self, py: Python<'_>, data: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        match data {
            None => self.act(py, |exchange, now| exchange.close(now, true)),
            Some(data) => {
                let piece = piece(data)?;
                self.act(py, |exchange, now| exchange.send(now, piece))
            }
        }
    }
}
