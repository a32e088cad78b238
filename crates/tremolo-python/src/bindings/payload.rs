//! What a handler may give as a body: text, bytes-like objects, text with its encoding.

use bytes::Bytes;
use pyo3::buffer::PyBuffer;
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
        return Ok(Some(Piece::Owned(PyBuffer::<u8>::get(value)?.to_vec(value.py())?)));
    }
    if let Ok(pair) = value.cast::<PyTuple>()
        && let Ok((data, encoding)) = pair.extract::<(Bound<'_, PyAny>, Bound<'_, PyString>)>()
    {
        return encoded(&data, &encoding);
    }
    Ok(None)
}

/// Text in an encoding; what is bytes already stays as it is.
fn encoded(
    data: &Bound<'_, PyAny>,
    encoding: &Bound<'_, PyString>,
) -> PyResult<Option<Piece<'static>>> {
    let bytes = match data.cast::<PyString>() {
        Ok(text) => text.call_method1("encode", (encoding,))?,
        Err(_) if data.cast::<PyTuple>().is_ok() => return Ok(None),
        Err(_) => data.clone(),
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
