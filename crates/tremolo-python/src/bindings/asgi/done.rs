//! What `send` returns if the message was sent: one object for all messages.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyTuple;

use crate::ffi;

/// An awaitable with the interface of a coroutine, which does not suspend and returns `None`.
#[pyclass(frozen, module = "tremolo._tremolo")]
#[derive(Debug)]
struct Done;

/// The one object.
pub(super) fn done(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    static DONE: PyOnceLock<Py<Done>> = PyOnceLock::new();
    let make = || {
        ffi::end_when_awaited(&py.get_type::<Done>());
        Py::new(py, Done)
    };
    Ok(DONE.get_or_try_init(py, make)?.bind(py).as_any().clone())
}

#[pymethods]
impl Done {
    #[getter(__name__)]
    fn own_name(&self) -> &'static str {
        "send"
    }

    #[getter(__qualname__)]
    fn qualified_name(&self) -> &'static str {
        "send"
    }

    fn __await__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&self) -> Option<Py<PyAny>> {
        None
    }

    fn send(&self, _value: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        Err(pyo3::exceptions::PyStopIteration::new_err(()))
    }

    #[pyo3(signature = (*exception))]
    fn throw(&self, exception: &Bound<'_, PyTuple>) -> PyResult<Py<PyAny>> {
        Err(PyErr::from_value(exception.get_item(0)?))
    }

    fn close(&self) {}
}
