//! Arguments of operations whose errors are raised by the `await`, and not by the call.

use std::convert::Infallible;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

/// An argument whose type is checked when the operation begins.
pub(super) struct Late<T>(PyResult<T>);

impl<T> Late<T> {
    /// A default.
    pub(super) fn of(value: T) -> Self {
        Self(Ok(value))
    }

    /// The argument; `name` is its name, for the error.
    pub(super) fn get(self, py: Python<'_>, name: &str) -> PyResult<T> {
        self.0.map_err(|error| {
            if !error.is_instance_of::<PyTypeError>(py) {
                return error;
            }
            PyTypeError::new_err(format!("argument '{name}': {}", error.value(py)))
        })
    }
}

impl<'a, 'py, T> FromPyObject<'a, 'py> for Late<T>
where
    T: FromPyObject<'a, 'py>,
{
    type Error = Infallible;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> Result<Self, Infallible> {
        Ok(Self(T::extract(object).map_err(Into::into)))
    }
}
