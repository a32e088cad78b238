//! What goes out by hand: `write`, `end`, `send`, and the pieces of generators.
//!
//! What each does to the wire is the engine's business (`tremolo_core::Connection`).

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes};
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::{Connection, Error, Now};

use super::Response;
use crate::bindings::awaitable::{Inner, Operation};
use crate::bindings::exchange::Attempt;
use crate::bindings::late::Late;
use crate::bindings::payload::piece;
use crate::bindings::request::Request;

/// Something to be said that may have to wait for room.
#[derive(Debug)]
pub(in crate::bindings) struct Saying {
    request: Py<Request>,
    what: What,
    options: Options,
    data: Option<Py<PyAny>>,
}

#[derive(Clone, Copy, Debug)]
enum What {
    Write { chunked: Option<bool> },
    Yield,
    End { keep_alive: bool },
    Send,
}

impl Saying {
    pub(in crate::bindings) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.request)?;
        visit.call(&self.data)
    }

    pub(in crate::bindings) fn attempt(
        &self,
        py: Python<'_>,
    ) -> PyResult<Attempt<Option<Py<PyAny>>>> {
        let request = self.request.get();
        let (exchange, server) = (request.exchange, request.server.bind(py));
        request.store_headers(py)?;
        let said = match &self.data {
            None => exchange.say(server, |connection, now| {
                self.options.apply(connection)?;
                self.what.say_nothing(connection, now)
            })?,
            Some(data) => {
                let data = data.bind(py);
                let piece = piece(data)?;
                exchange.say(server, |connection, now| {
                    self.options.apply(connection)?;
                    self.what.say(connection, now, piece)
                })?
            }
        };
        Ok(match said {
            Attempt::Done(()) => Attempt::Done(self.wants_pieces(py)?),
            Attempt::Wait(future) => Attempt::Wait(future),
        })
    }

    /// What `_yield` gives: `False` if no other piece is of any use.
    fn wants_pieces(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let request = self.request.get();
        match self.what {
            What::Yield => {
                let asked = request.exchange.ask(request.server.bind(py), Connection::wants_pieces);
                Ok(matches!(asked, Ok(false)).then(|| PyBool::new(py, false).to_owned().into()))
            }
            What::Write { .. } | What::End { .. } | What::Send => Ok(None),
        }
    }
}

impl What {
    fn say(
        self,
        connection: &mut Connection,
        now: &Now,
        piece: tremolo_core::Piece<'_>,
    ) -> Result<(), Error> {
        match self {
            Self::Write { chunked } => {
                if let Some(chunked) = chunked
                    && !connection.is_head_sent()
                {
                    connection.response_mut()?.set_chunked(chunked);
                }
                connection.write(now, piece)
            }
            Self::Yield => connection.yield_piece(now, piece),
            Self::End { keep_alive: true } => connection.end(now, piece),
            Self::End { keep_alive: false } => {
                if !connection.is_head_sent() {
                    connection.response_mut()?.set(b"Connection", b"close")?;
                }
                connection.end(now, piece)
            }
            Self::Send => connection.send(now, piece),
        }
    }

    /// `write(None)`, `send(None)`.
    fn say_nothing(self, connection: &mut Connection, now: &Now) -> Result<(), Error> {
        match self {
            Self::Write { .. } => connection.write_none(now),
            Self::Yield => {
                // It counts all the same: a generator of nothing else must not hold the loop.
                let _ = connection.yield_piece(now, (&[]).into());
                Ok(())
            }
            Self::End { keep_alive } => connection.close(now, keep_alive),
            Self::Send => connection.close(now, true),
        }
    }
}

/// How fast, and how much at a time.
#[derive(Clone, Copy, Debug)]
struct Options {
    rate: Option<u64>,
    buffer_size: Option<usize>,
}

impl Options {
    const NONE: Self = Self { rate: None, buffer_size: None };

    /// A negative rate is none that was given.
    fn new(py: Python<'_>, rate: Late<i64>, buffer_size: Late<Option<usize>>) -> PyResult<Self> {
        let (rate, buffer_size) = (rate.get(py, "rate")?, buffer_size.get(py, "buffer_size")?);
        if buffer_size == Some(0) {
            return Err(PyValueError::new_err("buffer_size: must be positive"));
        }
        Ok(Self { rate: u64::try_from(rate).ok(), buffer_size })
    }

    fn apply(self, connection: &mut Connection) -> Result<(), Error> {
        if let Some(rate) = self.rate {
            connection.set_rate(rate)?;
        }
        if let Some(size) = self.buffer_size {
            connection.set_buffer_size(size)?;
        }
        Ok(())
    }
}

impl Response {
    fn saying(
        &self,
        py: Python<'_>,
        what: What,
        options: Options,
        data: Option<&Bound<'_, PyAny>>,
    ) -> Inner {
        let request = self.request.clone_ref(py);
        let data = data.filter(|data| !data.is_none()).map(|data| data.clone().unbind());
        Inner::Saying(Saying { request, what, options, data })
    }
}

#[pymethods]
impl Response {
    /// Sends the head if it is not out, and a piece. `b''` ends the body, `None` the response.
    ///
    /// Like a coroutine it does nothing, and raises nothing, before it is awaited. `rate` limits
    /// the response to so many bytes per second, 0 lifts a limit. It waits while more than four
    /// times `buffer_size` is queued. Small pieces that are written in one turn leave together
    /// anyway: `buffer_min_size` is taken and changes nothing.
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
        let inner = chunked.get(py, "chunked").and_then(|chunked| {
            let options = Options::new(py, rate, buffer_size)?;
            Ok(self.saying(py, What::Write { chunked }, options, data))
        });
        Operation::create(py, "Response.write", inner)
    }

    /// Sends a piece of a generator; an empty one, or `None`, sends nothing. Gives `False` if no
    /// other piece is of any use, because nothing of the body is sent.
    #[pyo3(name = "_yield")]
    fn yield_piece<'py>(
        &self,
        py: Python<'py>,
        data: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let inner = self.saying(py, What::Yield, Options::NONE, Some(data));
        Operation::create(py, "Response._yield", Ok(inner))
    }

    /// Sends head and body in one, or the rest of the body; then the response is over. The
    /// options are those of `write`.
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
        let inner = keepalive.get(py, "keepalive").and_then(|keep_alive| {
            let empty = PyBytes::new(py, b"").into_any();
            let options = Options::new(py, rate, buffer_size)?;
            Ok(self.saying(py, What::End { keep_alive }, options, Some(data.unwrap_or(&empty))))
        });
        Operation::create(py, "Response.end", inner)
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
        let inner = options.map(|options| self.saying(py, What::Send, options, data));
        Operation::create(py, "Response.send", inner)
    }

    /// `send` without waiting for room.
    fn send_nowait(&self, py: Python<'_>, data: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        match data {
            None => self.act(py, |connection, now| connection.close(now, true)),
            Some(data) => {
                let piece = piece(data)?;
                self.act(py, |connection, now| connection.send(now, piece))
            }
        }
    }
}
