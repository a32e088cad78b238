//! Handlers that may suspend: real tasks of the loop, run up to their first suspension at once.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::{PyStopIteration, PySystemExit};
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyTuple};
use pyo3::{PyTraverseError, PyVisit};

use super::awaitable::throw;
use super::exchange::Exchange;
use super::finish::{ends_a_program, finish};
use super::request::Request;
use super::server::Server;
use super::state::Running;
use crate::ffi::{self, Sent};

/// Starts a handler's coroutine; if it does not suspend, it is over when this returns.
pub(super) fn start<'py>(
    server: &Bound<'py, Server>,
    exchange: Exchange,
    request: Option<Bound<'py, Request>>,
    coroutine: &Bound<'py, PyAny>,
) -> PyResult<()> {
    let py = server.py();
    let handler = Bound::new(
        py,
        Handler {
            server: server.clone().unbind(),
            exchange,
            coroutine: coroutine.clone().unbind(),
            stage: Mutex::new(Stage::Starting(request.map(Bound::unbind))),
        },
    )?;
    let started = server.get().helpers.start.bind(py).call1((&handler,));
    let Some(request) = handler.get().leave() else {
        // Only what must end the server has come out of it.
        return started.map(drop);
    };
    let outcome = match started {
        Ok(task) if task.call_method0(pyo3::intern!(py, "done"))?.is_truthy()? => {
            task.call_method0(pyo3::intern!(py, "result"))
        }
        Ok(task) => {
            server.get().lock().suspend(exchange, Running::Task(task.unbind()));
            handler.get().suspended(request);
            return Ok(());
        }
        Err(error) => Err(error),
    };
    finish(server, exchange, request.map(|request| request.into_bound(py)), outcome)
}

/// What the task of a handler runs: its coroutine, whose reply is said in the very step that
/// returns it. To wait for the end of the task would take one more round of the loop.
///
/// It passes for the coroutine wherever somebody looks at the task.
#[pyclass(frozen, freelist = 64)]
#[derive(Debug)]
struct Handler {
    server: Py<Server>,
    exchange: Exchange,
    coroutine: Py<PyAny>,
    stage: Mutex<Stage>,
}

/// Where it stands, and the request until it is over.
#[derive(Debug)]
enum Stage {
    /// In the hands of `start`, which sees to an error.
    Starting(Option<Py<Request>>),
    Suspended(Option<Py<Request>>),
    Over,
}

impl Handler {
    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the request out of it, unless it is over.
    fn leave(&self) -> Option<Option<Py<Request>>> {
        match std::mem::replace(&mut *self.stage(), Stage::Over) {
            Stage::Starting(request) | Stage::Suspended(request) => Some(request),
            Stage::Over => None,
        }
    }

    fn suspended(&self, request: Option<Py<Request>>) {
        *self.stage() = Stage::Suspended(request);
    }

    /// Sees to what a step has brought; what is not an error goes to the task.
    fn step(&self, py: Python<'_>, sent: PyResult<Sent<'_>>) -> PyResult<Option<Py<PyAny>>> {
        let server = self.server.bind(py);
        match sent {
            Ok(Sent::Yielded(future)) => Ok(Some(future.unbind())),
            Ok(Sent::Returned(value)) => {
                if let Some(request) = self.leave() {
                    let request = request.map(|request| request.into_bound(py));
                    finish(server, self.exchange, request, Ok(value.clone()))?;
                }
                if value.is_none() {
                    Ok(None)
                } else {
                    Err(PyStopIteration::new_err((value.unbind(),)))
                }
            }
            // A task that raises this ends the loop; of a handler it is an error like others.
            Err(error) if error.is_instance_of::<PySystemExit>(py) => {
                if let Some(request) = self.leave() {
                    let request = request.map(|request| request.into_bound(py));
                    finish(server, self.exchange, request, Err(error))?;
                }
                Ok(None)
            }
            Err(error) => {
                let starts = matches!(*self.stage(), Stage::Starting(_));
                if !starts && let Some(request) = self.leave() {
                    let task = server.get().helpers.current_task.bind(py).call0()?;
                    let over = TaskOver {
                        server: self.server.clone_ref(py),
                        exchange: self.exchange,
                        request,
                    };
                    let context = [("context", &server.get().helpers.context)].into_py_dict(py)?;
                    let name = pyo3::intern!(py, "add_done_callback");
                    task.call_method(name, (over,), Some(&context))?;
                }
                Err(error)
            }
        }
    }
}

#[pymethods]
impl Handler {
    fn __await__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        self.step(py, ffi::send_none(self.coroutine.bind(py)))
    }

    fn send(&self, py: Python<'_>, _value: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.__next__(py)?.ok_or_else(|| PyStopIteration::new_err(()))
    }

    #[pyo3(signature = (*exception))]
    fn throw(&self, exception: &Bound<'_, PyTuple>) -> PyResult<Py<PyAny>> {
        let py = exception.py();
        let sent = throw(self.coroutine.bind(py), exception);
        self.step(py, sent)?.ok_or_else(|| PyStopIteration::new_err(()))
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.coroutine.call_method0(py, pyo3::intern!(py, "close")).map(drop)
    }

    /// Its name, its code, its frame.
    fn __getattr__<'py>(&self, name: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.coroutine.bind(name.py()).getattr(name.cast()?)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.server)?;
        visit.call(&self.coroutine)?;
        match self.stage.try_lock().as_deref() {
            Ok(Stage::Starting(request) | Stage::Suspended(request)) => visit.call(request),
            Ok(Stage::Over) | Err(_) => Ok(()),
        }
    }
}

/// Called by the task of a handler that has raised, when it is done.
#[pyclass(frozen)]
#[derive(Debug)]
struct TaskOver {
    server: Py<Server>,
    exchange: Exchange,
    request: Option<Py<Request>>,
}

#[pymethods]
impl TaskOver {
    fn __call__(&self, py: Python<'_>, task: &Bound<'_, PyAny>) -> PyResult<()> {
        let outcome = task.call_method0(pyo3::intern!(py, "result"));
        let request = self.request.as_ref().map(|request| request.bind(py).clone());
        match finish(self.server.bind(py), self.exchange, request, outcome) {
            // What must end the server has broken through the loop when the task raised it.
            Err(error) if ends_a_program(py, &error) => Ok(()),
            finished => finished,
        }
    }
}
