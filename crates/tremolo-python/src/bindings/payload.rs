//! What a handler may give as a body: text, bytes-like objects, text with its encoding.

use bytes::Bytes;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyByteArray, PyBytes, PyMemoryView, PyString, PyTuple};
use tremolo_core::Piece;

/// The bytes of an object, or nothing if it is no body.
pub(super) fn piece_of<'a>(value: &'a Bound<'_, PyAny>) -> PyResult<Option<Piece<'a>>> {
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(Some(Piece::Slice(text.to_str()?.as_bytes())));
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
        // Its items may be of any kind and in any order: what is sent are their bytes.
        let bytes = value.call_method0(pyo3::intern!(value.py(), "tobytes"))?;
        return Ok(Some(Piece::Owned(bytes.cast::<PyBytes>()?.as_bytes().to_vec())));
    }
    match value.cast::<PyTuple>() {
        Ok(tuple) => encoded(tuple),
        Err(_) => Ok(None),
    }
}

/// The first of a tuple. If it is text, the second is its encoding; what else is there is ignored.
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

/// Below this a copy costs less than an object that is kept.
const WORTH_SHARING: usize = 4_096;
