//! What follows the coroutine of a handler: [`Completion`].

use std::fmt;
use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};
use smallbox::SmallBox;
use smallbox::space::S2;

use super::super::exchange_id::ExchangeId;
use super::super::finish::ends_program;
use super::super::host::Host;

/// What follows the coroutine of a handler.
pub(in super::super) trait Completion: fmt::Debug + Send + Sync {
    /// Handles the outcome. An error ends the server.
    fn complete(
        &mut self,
        host: &Bound<'_, Host>,
        exchange: ExchangeId,
        outcome: PyResult<Bound<'_, PyAny>>,
    ) -> PyResult<()>;

    /// Whether there is nothing left to do for a coroutine that has returned.
    fn is_over(&self) -> bool {
        false
    }

    /// The coroutine has suspended for the first time: keeps its task.
    fn suspended(&self, host: &Bound<'_, Host>, exchange: ExchangeId, task: Py<PyAny>);

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError>;
}

/// Any completion. One of up to two words is stored in place.
pub(super) type AnyCompletion = SmallBox<dyn Completion, S2>;

/// The done callback of the task of a handler that has raised.
#[pyclass(frozen)]
#[derive(Debug)]
pub(super) struct TaskOver {
    host: Py<Host>,
    exchange: ExchangeId,
    completion: Mutex<Option<AnyCompletion>>,
}

impl TaskOver {
    pub(super) fn new(host: Py<Host>, exchange: ExchangeId, completion: AnyCompletion) -> Self {
        Self { host, exchange, completion: Mutex::new(Some(completion)) }
    }
}

#[pymethods]
impl TaskOver {
    fn __call__(&self, py: Python<'_>, task: &Bound<'_, PyAny>) -> PyResult<()> {
        let outcome = task.call_method0(pyo3::intern!(py, "result"));
        let completion = self.completion.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut completion) = completion else { return Ok(()) };
        match completion.complete(self.host.bind(py), self.exchange, outcome) {
            // The exception has ended the loop already, when the task raised it.
            Err(error) if ends_program(py, &error) => Ok(()),
            finished => finished,
        }
    }
}
