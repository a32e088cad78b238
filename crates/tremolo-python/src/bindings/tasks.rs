//! Handlers that may suspend: tasks of the loop that run to their first suspension at once.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::{PyStopIteration, PySystemExit};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use pyo3::{PyTraverseError, PyVisit};
use smallbox::space::S2;
use smallbox::{SmallBox, smallbox};

use super::awaitable::throw;
use super::exchange_id::ExchangeId;
use super::finish::{self, Finished, FollowUp, ends_program};
use super::host::Host;
use super::request::Request;
use super::state::SuspendedHandler;
use crate::ffi::{self, Sent};

/// What follows the coroutine of a handler.
pub(super) trait Completion: fmt::Debug + Send + Sync {
    /// Handles the outcome. An error ends the server.
    fn complete(
        &mut self,
        host: &Bound<'_, Host>,
        exchange: ExchangeId,
        outcome: PyResult<Bound<'_, PyAny>>,
    ) -> PyResult<()>;

    /// The coroutine has suspended for the first time: keeps its task.
    fn suspended(&self, host: &Bound<'_, Host>, exchange: ExchangeId, task: Py<PyAny>);

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError>;
}

/// Any completion. One of up to two words is stored in place.
type AnyCompletion = SmallBox<dyn Completion, S2>;

/// Sends the reply of a handler.
#[derive(Debug)]
struct Reply(Option<Py<Request>>);

impl Completion for Reply {
    fn complete(
        &mut self,
        host: &Bound<'_, Host>,
        exchange: ExchangeId,
        outcome: PyResult<Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let request = self.0.take().map(|request| request.into_bound(host.py()));
        finish(host, exchange, request, outcome)
    }

    fn suspended(&self, host: &Bound<'_, Host>, exchange: ExchangeId, task: Py<PyAny>) {
        host.get().lock().suspend(exchange, SuspendedHandler::Task(task));
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.0)
    }
}

/// Sends the reply of a handler, or responds to its exception; in a task if that may suspend.
pub(super) fn finish<'py>(
    host: &Bound<'py, Host>,
    exchange: ExchangeId,
    request: Option<Bound<'py, Request>>,
    outcome: PyResult<Bound<'py, PyAny>>,
) -> PyResult<()> {
    follow_up(host, exchange, finish::finish(host, exchange, request, outcome))
}

/// Starts the coroutine that completes a response, if there is one.
pub(super) fn follow_up<'py>(
    host: &Bound<'py, Host>,
    exchange: ExchangeId,
    finished: Finished<'py>,
) -> PyResult<()> {
    match finished? {
        None => Ok(()),
        Some(FollowUp { request, coroutine }) => start(host, exchange, Some(request), &coroutine),
    }
}

/// Starts the coroutine of a handler. If it does not suspend, it is over when this returns.
pub(super) fn start<'py>(
    host: &Bound<'py, Host>,
    exchange: ExchangeId,
    request: Option<Bound<'py, Request>>,
    coroutine: &Bound<'py, PyAny>,
) -> PyResult<()> {
    start_with(host, exchange, Reply(request.map(Bound::unbind)), coroutine)
}

/// Like `start`, with another completion than that of a handler.
pub(super) fn start_with<'py>(
    host: &Bound<'py, Host>,
    exchange: ExchangeId,
    completion: impl Completion + 'static,
    coroutine: &Bound<'py, PyAny>,
) -> PyResult<()> {
    let py = host.py();
    let handler = Bound::new(
        py,
        Handler {
            host: host.clone().unbind(),
            exchange,
            coroutine: coroutine.clone().unbind(),
            stage: Mutex::new(Stage::Starting(smallbox!(completion))),
        },
    )?;
    let started = host.get().hooks.start.bind(py).call1((&handler,));
    let Some(mut completion) = handler.get().leave() else {
        // The handler is finished. An error ends the server.
        return started.map(drop);
    };
    let outcome = match started {
        Ok(task) if task.call_method0(pyo3::intern!(py, "done"))?.is_truthy()? => {
            task.call_method0(pyo3::intern!(py, "result"))
        }
        Ok(task) => {
            completion.suspended(host, exchange, task.unbind());
            handler.get().suspended(completion);
            return Ok(());
        }
        Err(error) => Err(error),
    };
    completion.complete(host, exchange, outcome)
}

/// The coroutine of a handler's task. Its reply is sent in the step that returns it: a callback of
/// the task would run one round of the loop later.
///
/// Its attributes are those of the handler's coroutine.
#[pyclass(frozen, freelist = 64)]
#[derive(Debug)]
struct Handler {
    host: Py<Host>,
    exchange: ExchangeId,
    coroutine: Py<PyAny>,
    stage: Mutex<Stage>,
}

/// The stage of a handler, with its completion until it is over.
#[derive(Debug)]
enum Stage {
    /// `start` runs it, and handles an error.
    Starting(AnyCompletion),
    Suspended(AnyCompletion),
    Over,
}

impl Handler {
    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the handler and takes its completion. `None` if it is over already.
    fn leave(&self) -> Option<AnyCompletion> {
        match std::mem::replace(&mut *self.stage(), Stage::Over) {
            Stage::Starting(completion) | Stage::Suspended(completion) => Some(completion),
            Stage::Over => None,
        }
    }

    fn suspended(&self, completion: AnyCompletion) {
        *self.stage() = Stage::Suspended(completion);
    }

    /// Handles the result of a step. Other results than a reply are passed to the task.
    fn step(&self, py: Python<'_>, sent: PyResult<Sent<'_>>) -> PyResult<Option<Py<PyAny>>> {
        let host = self.host.bind(py);
        match sent {
            Ok(Sent::Yielded(future)) => Ok(Some(future.unbind())),
            Ok(Sent::Returned(value)) => {
                if let Some(mut completion) = self.leave() {
                    completion.complete(host, self.exchange, Ok(value.clone()))?;
                }
                if value.is_none() {
                    Ok(None)
                } else {
                    Err(PyStopIteration::new_err((value.unbind(),)))
                }
            }
            // A task that raises `SystemExit` ends the loop. From a handler it is an ordinary error.
            Err(error) if error.is_instance_of::<PySystemExit>(py) => {
                if let Some(mut completion) = self.leave() {
                    completion.complete(host, self.exchange, Err(error))?;
                }
                Ok(None)
            }
            Err(error) => {
                let starts = matches!(*self.stage(), Stage::Starting(_));
                if !starts && let Some(completion) = self.leave() {
                    let task = host.get().hooks.current_task.bind(py).call0()?;
                    let over = TaskOver {
                        host: self.host.clone_ref(py),
                        exchange: self.exchange,
                        completion: Mutex::new(Some(completion)),
                    };
                    let context = host.get().hooks.in_own_context(py)?;
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

    /// The name, the code and the frame of the handler's coroutine.
    fn __getattr__<'py>(&self, name: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.coroutine.bind(name.py()).getattr(name.cast()?)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.host)?;
        visit.call(&self.coroutine)?;
        match self.stage.try_lock().as_deref() {
            Ok(Stage::Starting(completion) | Stage::Suspended(completion)) => {
                completion.traverse(&visit)
            }
            Ok(Stage::Over) | Err(_) => Ok(()),
        }
    }
}

/// The done callback of the task of a handler that has raised.
#[pyclass(frozen)]
#[derive(Debug)]
struct TaskOver {
    host: Py<Host>,
    exchange: ExchangeId,
    completion: Mutex<Option<AnyCompletion>>,
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
