//! The object of a stream of server-sent events: the argument `sse` of a handler.
//!
//! The engine has the format, the head and the heartbeat (`tremolo_core::sse`).

use std::time::Duration;

use bytes::Bytes;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::http1::request::BodyLength;
use tremolo_core::sse::{EventEncoder, last_event_id};
use tremolo_core::{Error, Exchange, Now, Piece, ServerSentEvents};

use super::awaitable::{self, Attempting, Object, Operation};
use super::errors;
use super::exchange::Attempt;
use super::late::Late;
use super::payload::piece;
use super::request::Request;
use super::response::Response;

/// A stream of server-sent events. The head is sent with the first one.
#[pyclass(frozen, name = "SSE", module = "tremolo._tremolo")]
#[derive(Debug)]
pub(super) struct Sse {
    request: Py<Request>,
}

impl Sse {
    /// The object for a request; `None` for a request with a body.
    pub(super) fn of<'py>(request: &Bound<'py, Request>) -> PyResult<Option<Bound<'py, Self>>> {
        match request.get().head.body_length() {
            BodyLength::None => {
                Bound::new(request.py(), Self { request: request.clone().unbind() }).map(Some)
            }
            BodyLength::Length(_) | BodyLength::Chunked => Ok(None),
        }
    }

    fn operation<'py>(
        &self,
        py: Python<'py>,
        name: &'static str,
        kind: PyResult<Kind>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let request = self.request.clone_ref(py);
        let operation = kind.map(|kind| awaitable::pending(EventOp { request, kind }));
        Operation::create(py, name, operation)
    }
}

#[pymethods]
impl Sse {
    /// Sends an event, and before the first one the head. Waits while much is queued.
    ///
    /// CR, LF and CRLF each end a line of the data; without data (`None`) the event is only its id
    /// and its delay. `event` is its type, `event_id` its id, `retry` the milliseconds after which
    /// a client connects again; 0 leaves that to the client.
    ///
    /// Raises a `ConnectionResetError` if no event can be sent any more, and an
    /// `InternalServerError` for CR, LF or NUL in the type or the id, and if the response has begun
    /// as another one.
    #[expect(clippy::too_many_arguments, reason = "the signature is the original's")]
    #[pyo3(
        signature = (data, event=None, event_id=None, retry=Late::of(0)),
        text_signature = "($self, data, event=None, event_id=None, retry=0)"
    )]
    fn send<'py>(
        &self,
        py: Python<'py>,
        data: Option<&Bound<'py, PyAny>>,
        event: Option<&Bound<'py, PyAny>>,
        event_id: Option<&Bound<'py, PyAny>>,
        retry: Late<u64>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let encoded = retry.get(py, "retry").and_then(|retry| {
            let mut encoder = EventEncoder::default();
            if let Some(data) = data {
                encoder.data(piece(data)?.as_slice());
            }
            let refused = |misuse: tremolo_core::Misuse| errors::raise(py, misuse.into());
            if let Some(event) = event {
                encoder.event(text("event", event)?).map_err(refused)?;
            }
            if let Some(id) = event_id {
                encoder.id(text("event_id", id)?).map_err(refused)?;
            }
            if retry > 0 {
                encoder.retry(Duration::from_millis(retry));
            }
            Ok(Kind::Send(encoder.finish().into()))
        });
        self.operation(py, "SSE.send", encoded)
    }

    /// Sends a comment, which clients ignore.
    fn comment<'py>(
        &self,
        py: Python<'py>,
        comment: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let encoded = text("comment", comment).map(|comment| {
            let mut encoder = EventEncoder::default();
            encoder.comment(comment);
            Kind::Send(encoder.finish().into())
        });
        self.operation(py, "SSE.comment", encoded)
    }

    /// Sends the head, if it was not sent, so that the client knows that it is connected.
    fn open<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.operation(py, "SSE.open", Ok(Kind::Open))
    }

    /// Ends the stream. The connection stays. Does nothing if the client has gone.
    fn close<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.operation(py, "SSE.close", Ok(Kind::Close))
    }

    /// The id of the last event that the client has received, if it connects again; else `None`.
    #[getter]
    fn last_event_id(&self) -> Option<String> {
        let id = last_event_id(self.request.get().head.fields())?;
        Some(String::from_utf8_lossy(id).into_owned())
    }

    /// The request.
    #[getter]
    fn request(&self, py: Python<'_>) -> Py<Request> {
        self.request.clone_ref(py)
    }

    /// The response, whose head can be changed before the first event.
    #[getter]
    fn response<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, Response>> {
        Response::of(self.request.bind(py))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.request)
    }
}

/// The bytes of an argument that is text or bytes.
fn text<'a>(name: &str, value: &'a Bound<'_, PyAny>) -> PyResult<&'a [u8]> {
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(text.to_str()?.as_bytes());
    }
    let bytes = value.cast::<PyBytes>().map_err(|_| {
        PyTypeError::new_err(format!("argument '{name}': str or bytes, not {}", value.get_type()))
    })?;
    Ok(bytes.as_bytes())
}

/// An operation of a stream of events, which may have to wait for room in the transmit queue.
#[derive(Debug)]
struct EventOp {
    request: Py<Request>,
    kind: Kind,
}

const _: () = assert!(size_of::<EventOp>() <= awaitable::IN_PLACE);

#[derive(Debug)]
enum Kind {
    Open,
    /// An encoded event.
    Send(Bytes),
    Close,
}

impl Kind {
    fn perform(&self, exchange: &mut Exchange<'_>, now: &Now) -> Result<(), Error> {
        let mut events = ServerSentEvents::of(exchange);
        match self {
            Self::Open => events.begin(now),
            Self::Send(event) => events.send(now, Piece::Shared(event.clone())),
            Self::Close => events.close(now),
        }
    }
}

impl Attempting for EventOp {
    fn attempt(&mut self, py: Python<'_>) -> PyResult<Attempt<Object>> {
        if let Some(middleware) = Request::before_head(self.request.bind(py), false)? {
            return Ok(Attempt::Wait(middleware.unbind()));
        }
        let request = self.request.get();
        let (exchange, host) = (request.exchange, request.host.bind(py));
        let attempt = request
            .store_headers(py)
            .and_then(|_| exchange.write(host, |exchange, now| self.kind.perform(exchange, now)));
        let attempt = match self.kind {
            // The connection is gone already.
            Kind::Close => errors::unless_gone(py, attempt.map(Some))?.unwrap_or(Attempt::Done(())),
            Kind::Open | Kind::Send(_) => attempt?,
        };
        Ok(match attempt {
            Attempt::Done(()) => Attempt::Done(None),
            Attempt::Wait(future) => Attempt::Wait(future),
        })
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.request)
    }
}
