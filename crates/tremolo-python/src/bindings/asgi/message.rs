//! Messages of an application: dictionaries, or other mappings.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyString};
use tremolo_core::Piece;

use super::super::payload::piece_of;
use crate::ffi;

/// An item; `None` if it is missing.
pub(super) fn item<'py>(
    message: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
) -> PyResult<Item<'py>> {
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
    kind_of(item(message, pyo3::intern!(message.py(), "type"))?)
}

fn kind_of(kind: Item<'_>) -> PyResult<Bound<'_, PyString>> {
    let kind = kind.ok_or_else(|| PyTypeError::new_err("an ASGI message needs a type"))?;
    Ok(kind.cast_into()?)
}

/// A message of a response, with the items that most of them have.
///
/// A dictionary is read item by item: to look up each name takes three times as long. The names in the
/// code of an application are interned, as these here.
pub(super) struct ResponseMessage<'a, 'py> {
    pub(super) object: &'a Bound<'py, PyAny>,
    pub(super) kind: Bound<'py, PyString>,
    pub(super) status: Item<'py>,
    pub(super) headers: Item<'py>,
    pub(super) trailers: Item<'py>,
    pub(super) body: Item<'py>,
    pub(super) more_body: Item<'py>,
}

/// An item; `None` if it is missing.
pub(super) type Item<'py> = Option<Bound<'py, PyAny>>;

impl<'a, 'py> ResponseMessage<'a, 'py> {
    pub(super) fn new(object: &'a Bound<'py, PyAny>) -> PyResult<Self> {
        let py = object.py();
        let names = [
            pyo3::intern!(py, "type"),
            pyo3::intern!(py, "body"),
            pyo3::intern!(py, "more_body"),
            pyo3::intern!(py, "status"),
            pyo3::intern!(py, "headers"),
            pyo3::intern!(py, "trailers"),
        ];
        let [kind, body, more_body, status, headers, trailers] = items(object, names)?;
        let kind = kind_of(kind)?;
        Ok(Self { object, kind, status, headers, trailers, body, more_body })
    }
}

/// The items of these names.
fn items<'py, const N: usize>(
    message: &Bound<'py, PyAny>,
    names: [&Bound<'py, PyString>; N],
) -> PyResult<[Item<'py>; N]> {
    if let Ok(message) = message.cast::<PyDict>()
        && let Some(items) = ffi::values_of(message, names)
    {
        return Ok(items);
    }
    let mut items = [const { None }; N];
    for (place, name) in items.iter_mut().zip(names) {
        *place = item(message, name)?;
    }
    Ok(items)
}

/// An item that is false if it is missing.
pub(super) fn flag(item: Option<&Bound<'_, PyAny>>) -> PyResult<bool> {
    match item {
        None => Ok(false),
        Some(value) => match value.cast::<PyBool>() {
            Ok(value) => Ok(value.is_true()),
            Err(_) => value.is_truthy(),
        },
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
