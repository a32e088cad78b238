//! The `headers` of a message.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyList, PyString, PyTuple};
use tremolo_core::Misuse;

/// The fields of a message, all of which are pairs of bytes.
pub(super) enum FieldsOf<'py> {
    /// They are where the application has them: to collect them takes longer than to read them.
    List(Bound<'py, PyList>),
    Collected(Vec<Bound<'py, PyTuple>>),
}

impl<'py> FieldsOf<'py> {
    /// Checks all of them before any is used.
    pub(super) fn new(headers: Option<&Bound<'py, PyAny>>) -> PyResult<Self> {
        let Some(headers) = headers else { return Ok(Self::Collected(Vec::new())) };
        if let Ok(list) = headers.cast_exact::<PyList>()
            && list.iter().all(|pair| pair_of(&pair).is_some())
        {
            return Ok(Self::List(list.clone()));
        }
        headers
            .try_iter()?
            .map(|pair| field_of(&pair?))
            .collect::<PyResult<_>>()
            .map(Self::Collected)
    }

    /// Calls a function with each name and value, until it fails. It must not call Python.
    pub(super) fn try_for_each<E>(
        &self,
        mut act: impl FnMut(&[u8], &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut act = |pair: &Bound<'py, PyAny>| match pair_of(pair) {
            Some((name, value)) => act(name, value),
            None => Ok(()),
        };
        match self {
            Self::List(list) => list.iter().try_for_each(|pair| act(&pair)),
            Self::Collected(fields) => fields.iter().try_for_each(|pair| act(pair.as_any())),
        }
    }
}

/// The name and the value of a pair of bytes in a tuple.
fn pair_of<'a>(pair: &'a Bound<'_, PyAny>) -> Option<(&'a [u8], &'a [u8])> {
    let [name, value] = pair.cast::<PyTuple>().ok()?.as_slice() else { return None };
    Some((name.cast::<PyBytes>().ok()?.as_bytes(), value.cast::<PyBytes>().ok()?.as_bytes()))
}

/// A pair as a tuple of bytes.
fn field_of<'py>(pair: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyTuple>> {
    if let (Some(_), Ok(pair)) = (pair_of(pair), pair.cast::<PyTuple>()) {
        return Ok(pair.clone());
    }
    let parts: Vec<Bound<'_, PyAny>> = pair.try_iter()?.collect::<PyResult<_>>()?;
    let [name, value] = parts.as_slice() else {
        return Err(PyValueError::new_err("a header is a name and a value"));
    };
    PyTuple::new(pair.py(), [bytes_of(name)?, bytes_of(value)?])
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
