//! Errors of the engine as the exceptions that `send` raises.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use tremolo_core::Error;

use super::super::errors;

/// The exception for a client that has gone.
pub(super) fn gone(py: Python<'_>, text: &str) -> PyErr {
    static KIND: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let make = || -> PyResult<PyErr> {
        let kind = KIND.import(py, "tremolo.asgi", "ClientDisconnected")?;
        Ok(PyErr::from_value(kind.call1((text,))?))
    };
    make().unwrap_or_else(|error| error)
}

/// The exception for another error, which the application has caused.
pub(super) fn misuse(py: Python<'_>, error: Error) -> PyErr {
    match error {
        Error::Misuse(misuse) => PyValueError::new_err(misuse.to_string()),
        error => errors::raise(py, error),
    }
}
