//! Receiving: `receive`, `recv`, and the iteration over messages.

use pyo3::exceptions::PyStopAsyncIteration;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes};
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::websocket::{CloseCode, Delivery, Message, MessageKind};
use tremolo_core::{Incoming, Now};

use super::WebSocket;
use super::end::{End, server_closed};
use crate::bindings::awaitable::{self, Attempting, Object, Operation};
use crate::bindings::exchange::Attempt;
use crate::bindings::late::Late;
use crate::ffi;

/// Waits for a message.
#[derive(Debug)]
struct ReceiveOp {
    socket: Py<WebSocket>,
    wanted: Wanted,
    /// How many seconds it may take.
    timeout: Option<f64>,
}

const _: () = assert!(size_of::<ReceiveOp>() <= awaitable::IN_PLACE);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Message,
    /// The next message of an iteration, which ends with the WebSocket.
    Item,
    Fragment,
}

/// The result of an attempt.
enum Next {
    Message(Message),
    NeedInput,
    Closed(End),
}

impl Attempting for ReceiveOp {
    fn attempt(&mut self, py: Python<'_>) -> PyResult<Attempt<Object>> {
        let socket = self.socket.get();
        if let Some(middleware) = socket.open(py)? {
            return Ok(Attempt::Wait(middleware));
        }
        let closed_with = socket.progress().closed_with;
        let next = socket.act(py, |socket, now| next(socket, now, self.wanted, closed_with))?;
        let end = match next.unwrap_or(Next::Closed(End::Gone)) {
            Next::Message(message) => {
                return self.wanted.object(py, &message).map(|object| Attempt::Done(Some(object)));
            }
            Next::NeedInput => return socket.request.get().exchange.wait_alone(socket.host(py)),
            Next::Closed(end) => socket.ended(end),
        };
        if self.wanted == Wanted::Item && !end.is_violation() {
            return Err(PyStopAsyncIteration::new_err(()));
        }
        Err(end.exception(py))
    }

    fn timeout(&self) -> Option<f64> {
        self.timeout
    }

    fn timed_out(&mut self, py: Python<'_>) -> PyResult<Object> {
        Err(server_closed(py, CloseCode::NORMAL, "receive timeout"))
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.socket)
    }
}

fn next(
    socket: &mut tremolo_core::WebSocket<'_>,
    now: &Now,
    wanted: Wanted,
    closed_with: Option<CloseCode>,
) -> Next {
    socket.set_delivery(match wanted {
        Wanted::Message | Wanted::Item => Delivery::Messages,
        Wanted::Fragment => Delivery::Fragments,
    });
    match socket.poll_message(now) {
        Incoming::Message(message) => Next::Message(message),
        Incoming::NeedInput => Next::NeedInput,
        Incoming::Closed => Next::Closed(End::of(socket, closed_with).unwrap_or(End::Gone)),
    }
}

impl Wanted {
    fn object(self, py: Python<'_>, message: &Message) -> PyResult<Py<PyAny>> {
        Ok(match (self, message.kind) {
            (Self::Fragment, _) => PyBytes::new(py, &message.payload).into_any(),
            (_, MessageKind::Text) => ffi::text_of(py, message)?.into_any(),
            (_, MessageKind::Binary) => PyByteArray::new(py, &message.payload).into_any(),
        }
        .unbind())
    }
}

impl WebSocket {
    fn receive_op<'py>(
        slf: &Bound<'py, Self>,
        name: &'static str,
        wanted: Wanted,
        timeout: Late<Option<f64>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let operation = timeout.get(slf.py(), "timeout").map(|timeout| {
            awaitable::pending(ReceiveOp { socket: slf.clone().unbind(), wanted, timeout })
        });
        Operation::create(slf.py(), name, operation)
    }
}

#[pymethods]
impl WebSocket {
    /// Awaits a message: `str` for text, `bytearray` for binary data.
    ///
    /// Raises a `WebSocketClientClosed` when the client has closed the WebSocket or is gone, and a
    /// `WebSocketServerClosed` when the server has closed it, when the client has violated the
    /// protocol, and after `timeout` seconds; the WebSocket stays open then. Only one task can
    /// receive at a time.
    #[pyo3(signature = (timeout=Late::of(None)), text_signature = "($self, timeout=None)")]
    fn receive<'py>(
        slf: &Bound<'py, Self>,
        timeout: Late<Option<f64>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::receive_op(slf, "WebSocket.receive", Wanted::Message, timeout)
    }

    /// Awaits a message, or a fragment of one, as bytes. Otherwise like `receive`.
    #[pyo3(signature = (timeout=Late::of(None)), text_signature = "($self, timeout=None)")]
    fn recv<'py>(
        slf: &Bound<'py, Self>,
        timeout: Late<Option<f64>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::receive_op(slf, "WebSocket.recv", Wanted::Fragment, timeout)
    }

    fn __aiter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    /// The next message. The iteration ends when the WebSocket is closed, by whichever side.
    fn __anext__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Self::receive_op(slf, "WebSocket.__anext__", Wanted::Item, Late::of(None))
    }
}
