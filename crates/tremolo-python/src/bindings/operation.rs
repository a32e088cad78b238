//! Operations of awaitables: [`Attempting`]. Each is in the file of its object; this file has those
//! that know their result, or where it comes from.

use std::fmt;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};
use smallbox::space::S8;
use smallbox::{SmallBox, smallbox};

use super::errors;
use super::exchange::Attempt;

/// An object, or `None`.
pub(super) type Object = Option<Py<PyAny>>;

/// An operation that is attempted until it does not have to wait any more.
pub(super) trait Attempting: fmt::Debug + Send + Sync {
    /// Tries to finish. If it has to wait, it is attempted again when the returned future is done.
    fn attempt(&mut self, py: Python<'_>) -> PyResult<Attempt<Object>>;

    /// How many seconds the operation may wait.
    fn timeout(&self) -> Option<f64> {
        None
    }

    /// The result when that time has passed.
    fn timed_out(&mut self, py: Python<'_>) -> PyResult<Object> {
        Err(errors::http(py, 408, "the request body stalled"))
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError>;
}

/// Any operation. One of up to eight words is stored in place: a write or a read allocates nothing.
pub(super) type Pending = SmallBox<dyn Attempting, S8>;

/// The size up to which an operation is stored in place.
pub(super) const IN_PLACE: usize = size_of::<S8>();

/// An operation that has not been attempted.
pub(super) fn pending(operation: impl Attempting + 'static) -> Pending {
    smallbox!(operation)
}

/// An operation with a result.
pub(super) fn ready(result: Object) -> Pending {
    pending(Ready(result))
}

/// An operation that waits for an awaitable, which does the rest.
pub(super) fn await_object(awaitable: Py<PyAny>) -> Pending {
    pending(Awaiting(Some(awaitable)))
}

/// An operation that raises an exception.
pub(super) fn failed(error: PyErr) -> Pending {
    pending(Failed(Some(error)))
}

/// An operation with a result.
#[derive(Debug)]
struct Ready(Object);

impl Attempting for Ready {
    fn attempt(&mut self, _py: Python<'_>) -> PyResult<Attempt<Object>> {
        Ok(Attempt::Done(self.0.take()))
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.0)
    }
}

/// An operation that waits for an awaitable.
#[derive(Debug)]
struct Awaiting(Object);

impl Attempting for Awaiting {
    fn attempt(&mut self, _py: Python<'_>) -> PyResult<Attempt<Object>> {
        Ok(self.0.take().map_or(Attempt::Done(None), Attempt::Wait))
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.0)
    }
}

/// An operation that raises an exception.
#[derive(Debug)]
struct Failed(Option<PyErr>);

impl Attempting for Failed {
    fn attempt(&mut self, _py: Python<'_>) -> PyResult<Attempt<Object>> {
        let error = self.0.take();
        Err(error.unwrap_or_else(|| PyRuntimeError::new_err("it has been awaited already")))
    }

    fn traverse(&self, _visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        Ok(())
    }
}
