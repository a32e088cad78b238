//! Frames as the original names them, by opcode (RFC 6455 section 5.2), and `create_frame`.

use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString, PyTuple};
use tremolo_core::Piece;
use tremolo_core::websocket::{MessageKind, Opcode, encode_frame};

use super::WebSocket;
use crate::bindings::payload::piece_of;

/// The opcode with this number; a reserved one is a `ValueError`.
pub(super) fn opcode_of(number: i64) -> PyResult<Opcode> {
    let opcode = u8::try_from(number).ok().and_then(Opcode::from_bits);
    opcode.ok_or_else(|| PyValueError::new_err(format!("opcode: {number} is reserved")))
}

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    Message(MessageKind),
    Fragment { kind: MessageKind, is_last: bool },
    Close,
    Ping,
    Pong,
}

impl Frame {
    /// `open` is the kind of the message whose fragments are being sent.
    pub(super) fn new(
        opcode: Option<Opcode>,
        fin: bool,
        is_text: bool,
        open: Option<MessageKind>,
    ) -> PyResult<Self> {
        let kind = match opcode {
            None if is_text => MessageKind::Text,
            Some(Opcode::Text) => MessageKind::Text,
            None | Some(Opcode::Binary) => MessageKind::Binary,
            Some(Opcode::Continuation) => {
                let none = || PyRuntimeError::new_err("no message in fragments is being sent");
                return Ok(Self::Fragment { kind: open.ok_or_else(none)?, is_last: fin });
            }
            Some(Opcode::Close | Opcode::Ping | Opcode::Pong) if !fin => {
                return Err(PyValueError::new_err("a control frame has no fragments"));
            }
            Some(Opcode::Close) => return Ok(Self::Close),
            Some(Opcode::Ping) => return Ok(Self::Ping),
            Some(Opcode::Pong) => return Ok(Self::Pong),
        };
        match (fin, open) {
            (true, _) => Ok(Self::Message(kind)),
            (false, None) => Ok(Self::Fragment { kind, is_last: false }),
            (false, Some(_)) => {
                Err(PyRuntimeError::new_err("a message in fragments is not complete"))
            }
        }
    }
}

#[pymethods]
impl WebSocket {
    /// The bytes of one frame, as a server sends it, or masked, as a client does.
    #[staticmethod]
    #[pyo3(signature = (payload_data, fin=1, opcode=None, mask=false))]
    fn create_frame<'py>(
        py: Python<'py>,
        payload_data: &Bound<'py, PyAny>,
        fin: i64,
        opcode: Option<i64>,
        mask: bool,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let payload = payload_of(payload_data)?;
        let opcode = match opcode {
            Some(number) => opcode_of(number)?,
            None if payload_data.is_instance_of::<PyString>() => Opcode::Text,
            None => Opcode::Binary,
        };
        let random = |()| py.import("os")?.call_method1("urandom", (4,))?.extract();
        let key = mask.then_some(()).map(random).transpose()?;
        let frame = encode_frame(opcode, fin != 0, key, payload.as_slice());
        let frame = frame.map_err(|fault| PyValueError::new_err(fault.to_string()))?;
        Ok(PyBytes::new(py, &frame))
    }
}

/// The bytes of `str` and of bytes-like objects.
pub(super) fn payload_of<'a>(payload: &'a Bound<'_, PyAny>) -> PyResult<Piece<'a>> {
    let piece = if payload.is_instance_of::<PyTuple>() { None } else { piece_of(payload)? };
    piece.ok_or_else(|| {
        let kind = payload.get_type();
        PyTypeError::new_err(format!("a message is str or bytes-like, not {kind}"))
    })
}
