//! Bodies from handlers: text, bytes-like objects, text with its encoding.

use bytes::Bytes;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pybacked::{PyBackedBytes, PyBackedStr};
use pyo3::types::{PyByteArray, PyBytes, PyMemoryView, PyString, PyTuple};
use tremolo_core::Piece;

/// The bytes of an object; `None` if it cannot be a body.
pub(super) fn piece_of<'a>(value: &'a Bound<'_, PyAny>) -> PyResult<Option<Piece<'a>>> {
    if let Ok(text) = value.cast::<PyString>() {
        return text_piece(text).map(Some);
    }
    if let Ok(bytes) = value.cast::<PyBytes>() {
        if bytes.as_bytes().len() < WORTH_SHARING {
            return Ok(Some(Piece::Slice(bytes.as_bytes())));
        }
        let shared = PyBackedBytes::from(bytes.clone());
        return Ok(Some(Piece::Shared(Bytes::from_owner(shared))));
    }
    if let Ok(bytes) = value.cast::<PyByteArray>() {
        return Ok(Some(Piece::Owned(bytes.to_vec())));
    }
    if value.cast::<PyMemoryView>().is_ok() {
        // Its items may have any format and layout: `tobytes` makes a copy in order.
        let bytes = value.call_method0(pyo3::intern!(value.py(), "tobytes"))?;
        return Ok(Some(Piece::Owned(bytes.cast::<PyBytes>()?.as_bytes().to_vec())));
    }
    match value.cast::<PyTuple>() {
        Ok(tuple) => encoded(tuple),
        Err(_) => Ok(None),
    }
}

/// The bytes of a text, in UTF-8.
pub(super) fn text_piece<'a>(text: &'a Bound<'_, PyString>) -> PyResult<Piece<'a>> {
    let utf8 = text.to_str()?;
    if utf8.len() < WORTH_SHARING {
        return Ok(Piece::Slice(utf8.as_bytes()));
    }
    let shared = PyBackedStr::try_from(text.clone())?;
    Ok(Piece::Shared(Bytes::from_owner(shared)))
}

/// The first item of a tuple. If it is text, the second item is its encoding; others are ignored.
fn encoded(tuple: &Bound<'_, PyTuple>) -> PyResult<Option<Piece<'static>>> {
    let Ok(data) = tuple.get_item(0) else { return Ok(None) };
    let bytes = match (data.cast::<PyString>(), tuple.get_item(1)) {
        (Ok(text), Ok(encoding)) => text.call_method1("encode", (encoding,))?,
        (Err(_), _) if data.cast::<PyTuple>().is_ok() => return Ok(None),
        _ => data,
    };
    Ok(piece_of(&bytes)?.map(|piece| Piece::Owned(piece.as_slice().to_vec())))
}

/// The bytes of an object that must be a body.
pub(super) fn piece<'a>(value: &'a Bound<'_, PyAny>) -> PyResult<Piece<'a>> {
    piece_of(value)?.ok_or_else(|| {
        let kind = value.get_type();
        PyTypeError::new_err(format!("a body is str, bytes-like or (str, encoding), not {kind}"))
    })
}

/// Below this size a copy costs less than keeping the object.
const WORTH_SHARING: usize = 4_096;
