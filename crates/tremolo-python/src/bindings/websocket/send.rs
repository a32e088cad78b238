//! Sending: `send`, `ping` and `pong`.

use std::str;

use pyo3::exceptions::{PyRuntimeError, PyUnicodeDecodeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::websocket::{CloseCode, MessageKind, Opcode, SendError};
use tremolo_core::{Now, Piece};

use super::WebSocket;
use super::end::End;
use super::frame::{Frame, opcode_of, payload_of};
use crate::bindings::awaitable::{self, Attempting, Object, Operation};
use crate::bindings::exchange::Attempt;
use crate::bindings::late::Late;

/// Sends a frame, which may have to wait for room in the transmit queue.
#[derive(Debug)]
struct SendOp {
    socket: Py<WebSocket>,
    /// `None`: the type of the payload decides.
    opcode: Option<Opcode>,
    fin: bool,
    payload: Py<PyAny>,
}

const _: () = assert!(size_of::<SendOp>() <= awaitable::IN_PLACE);

impl Attempting for SendOp {
    fn attempt(&mut self, py: Python<'_>) -> PyResult<Attempt<Object>> {
        let socket = self.socket.get();
        if let Some(middleware) = socket.open(py)? {
            return Ok(Attempt::Wait(middleware));
        }
        let payload = self.payload.bind(py);
        let piece = payload_of(payload)?;
        let is_text = payload.is_instance_of::<PyString>();
        let open = socket.progress().fragments;
        let frame = Frame::new(self.opcode, self.fin, is_text, open)?;
        if frame.is_text() && !is_text {
            check_utf8(py, piece.as_slice())?;
        }
        let (fragments, closed_with) = (frame.fragments_after(open), frame.close_code(&piece));
        let sent = socket.write(py, |socket, now| frame.send(socket, now, piece))?;
        match sent {
            Attempt::Wait(future) => Ok(Attempt::Wait(future)),
            Attempt::Done(None) => Err(socket.not_sent(py, SendError::Closed)),
            Attempt::Done(Some(Err(error))) => Err(socket.not_sent(py, error)),
            Attempt::Done(Some(Ok(()))) => {
                let mut progress = socket.progress();
                progress.fragments = fragments;
                progress.closed_with = closed_with.or(progress.closed_with);
                Ok(Attempt::Done(None))
            }
        }
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.socket)?;
        visit.call(&self.payload)
    }
}

impl Frame {
    fn send(
        self,
        socket: &mut tremolo_core::WebSocket<'_>,
        now: &Now,
        payload: Piece<'_>,
    ) -> Result<(), SendError> {
        match self {
            Self::Message(kind) => socket.send(now, kind, payload),
            Self::Fragment { kind, is_last, .. } => {
                socket.send_fragment(now, kind, payload, is_last)
            }
            Self::Ping => socket.ping(now, payload.as_slice()),
            Self::Pong => socket.pong(now, payload.as_slice()),
            Self::Close => {
                let code = self.close_code(&payload).unwrap_or(CloseCode::NO_CODE);
                let reason = payload.as_slice().get(2..).unwrap_or_default();
                let reason = str::from_utf8(reason).map_err(|_| SendError::InvalidCloseCode)?;
                socket.close(now, code, reason)
            }
        }
    }
}

impl WebSocket {
    /// The exception for a call that has sent nothing.
    pub(super) fn not_sent(&self, py: Python<'_>, error: SendError) -> PyErr {
        match error {
            SendError::Closed => {
                let end = self.end(py).unwrap_or(End::Gone);
                self.ended(end).exception(py)
            }
            SendError::FragmentsOpen | SendError::CompressionFailed => {
                PyRuntimeError::new_err(error.to_string())
            }
            error => PyValueError::new_err(error.to_string()),
        }
    }

    fn send_op<'py>(
        slf: &Bound<'py, Self>,
        name: &'static str,
        payload: &Bound<'py, PyAny>,
        frame: PyResult<(Option<Opcode>, bool)>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let operation = frame.map(|(opcode, fin)| {
            let (socket, payload) = (slf.clone().unbind(), payload.clone().unbind());
            awaitable::pending(SendOp { socket, opcode, fin, payload })
        });
        Operation::create(slf.py(), name, operation)
    }
}

#[pymethods]
impl WebSocket {
    /// Sends a message: text for `str`, binary data for bytes. Waits while much is queued.
    ///
    /// `opcode` chooses the kind of frame: 1 text, 2 binary data, 8 close, 9 ping, 10 pong. With
    /// `fin=0` it is the first fragment of a message; the others have the opcode 0.
    ///
    /// Raises a `WebSocketClientClosed` or a `WebSocketServerClosed` if the WebSocket is closed.
    #[pyo3(
        signature = (payload_data, fin=Late::of(1), opcode=Late::of(None)),
        text_signature = "($self, payload_data, fin=1, opcode=None)"
    )]
    fn send<'py>(
        slf: &Bound<'py, Self>,
        payload_data: &Bound<'py, PyAny>,
        fin: Late<i64>,
        opcode: Late<Option<i64>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let frame = || {
            let opcode = opcode.get(slf.py(), "opcode")?.map(opcode_of).transpose()?;
            Ok((opcode, fin.get(slf.py(), "fin")? != 0))
        };
        Self::send_op(slf, "WebSocket.send", payload_data, frame())
    }

    /// Sends a ping, which the client answers. The server sends pings by itself.
    #[pyo3(signature = (data=None), text_signature = "($self, data=b'')")]
    fn ping<'py>(
        slf: &Bound<'py, Self>,
        data: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let empty = PyBytes::new(slf.py(), b"").into_any();
        let frame = Ok((Some(Opcode::Ping), true));
        Self::send_op(slf, "WebSocket.ping", data.unwrap_or(&empty), frame)
    }

    /// Sends a pong, which answers no ping: the server answers pings by itself.
    #[pyo3(signature = (data=None), text_signature = "($self, data=b'')")]
    fn pong<'py>(
        slf: &Bound<'py, Self>,
        data: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let empty = PyBytes::new(slf.py(), b"").into_any();
        let frame = Ok((Some(Opcode::Pong), true));
        Self::send_op(slf, "WebSocket.pong", data.unwrap_or(&empty), frame)
    }
}

/// A text is UTF-8 (RFC 6455 section 5.6); a fragment ends between two characters.
fn check_utf8(py: Python<'_>, bytes: &[u8]) -> PyResult<()> {
    match str::from_utf8(bytes) {
        Ok(_) => Ok(()),
        Err(error) => {
            let error = PyUnicodeDecodeError::new_utf8(py, bytes, error)?;
            Err(PyErr::from_value(error.into_any()))
        }
    }
}

impl Frame {
    fn is_text(self) -> bool {
        match self {
            Self::Message(kind) | Self::Fragment { kind, .. } => kind == MessageKind::Text,
            Self::Ping | Self::Pong | Self::Close => false,
        }
    }

    /// The kind of the message whose fragments are being sent after this frame.
    fn fragments_after(self, before: Option<MessageKind>) -> Option<MessageKind> {
        match self {
            Self::Fragment { kind, is_last } => (!is_last).then_some(kind),
            Self::Message(_) | Self::Ping | Self::Pong | Self::Close => before,
        }
    }

    fn close_code(self, payload: &Piece<'_>) -> Option<CloseCode> {
        let code = payload.as_slice().first_chunk().copied().map(u16::from_be_bytes);
        code.filter(|_| matches!(self, Self::Close)).map(CloseCode::new)
    }
}
