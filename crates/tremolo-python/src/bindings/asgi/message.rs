//! Messages of an application: dictionaries, or other mappings.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyString};
use tremolo_core::Piece;

use super::super::payload::piece_of;

/// An item; `None` if it is missing.
pub(super) fn item<'py>(
    message: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    match message.cast::<PyDict>() {
        Ok(message) => message.get_item(name),
        Err(_) => {
            let found = message.call_method1(pyo3::intern!(message.py(), "get"), (name,))?;
            Ok((!found.is_none()).then_some(found))
        }
    }
}

/// The type of a message.
pub(super) fn kind<'py>(message: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyString>> {
    let kind = item(message, pyo3::intern!(message.py(), "type"))?;
    let kind = kind.ok_or_else(|| PyTypeError::new_err("an ASGI message needs a type"))?;
    Ok(kind.cast_into()?)
}

/// An item that is false if it is missing.
pub(super) fn flag(message: &Bound<'_, PyAny>, name: &Bound<'_, PyString>) -> PyResult<bool> {
    match item(message, name)? {
        None => Ok(false),
        Some(value) => match value.cast::<PyBool>() {
            Ok(value) => Ok(value.is_true()),
            Err(_) => value.is_truthy(),
        },
    }
}

/// An item with bytes; empty ones if it is missing.
pub(super) fn bytes<'py>(
    message: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = message.py();
    match item(message, name)? {
        Some(value) => Ok(value),
        None => Ok(PyBytes::new(py, b"").into_any()),
    }
}

/// The bytes of an object.
pub(super) fn piece<'a>(value: &'a Bound<'_, PyAny>) -> PyResult<Piece<'a>> {
    let piece = if value.is_instance_of::<PyString>() { None } else { piece_of(value)? };
    piece.ok_or_else(|| {
        let kind = value.get_type();
        PyTypeError::new_err(format!("the body of an ASGI message is bytes, not {kind}"))
    })
}
