//! The `headers` of a message.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyList, PyString, PyTuple};
use tremolo_core::Misuse;

use super::message::item;

/// A name and a value.
pub(super) type Field<'py> = (Bound<'py, PyBytes>, Bound<'py, PyBytes>);

/// The items of `headers`: all of them, before any is used.
pub(super) fn fields_of<'py>(message: &Bound<'py, PyAny>) -> PyResult<Vec<Field<'py>>> {
    let Some(headers) = item(message, pyo3::intern!(message.py(), "headers"))? else {
        return Ok(Vec::new());
    };
    if let Ok(list) = headers.cast::<PyList>() {
        let mut fields = Vec::with_capacity(list.len());
        for pair in list {
            fields.push(field_of(&pair)?);
        }
        return Ok(fields);
    }
    headers.try_iter()?.map(|pair| field_of(&pair?)).collect()
}

fn field_of<'py>(pair: &Bound<'py, PyAny>) -> PyResult<Field<'py>> {
    if let Ok(pair) = pair.cast::<PyTuple>()
        && let [name, value] = pair.as_slice()
    {
        return Ok((bytes_of(name)?, bytes_of(value)?));
    }
    let parts: Vec<Bound<'_, PyAny>> = pair.try_iter()?.collect::<PyResult<_>>()?;
    let parts = <[Bound<'_, PyAny>; 2]>::try_from(parts);
    let [name, value] =
        parts.map_err(|_| PyValueError::new_err("a header is a name and a value"))?;
    Ok((bytes_of(&name)?, bytes_of(&value)?))
}

fn bytes_of<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Ok(bytes.clone());
    }
    if value.is_instance_of::<PyString>() {
        return Err(PyTypeError::new_err("the names and values of headers are bytes"));
    }
    let copy: PyBackedBytes = value.extract()?;
    Ok(PyBytes::new(value.py(), &copy))
}

/// The exception for a field that the engine refuses. It names the field.
pub(super) fn refused(name: &[u8], misuse: Misuse) -> PyErr {
    PyValueError::new_err(format!("header {}: {misuse}", name.escape_ascii()))
}
