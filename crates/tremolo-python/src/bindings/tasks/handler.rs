//! The coroutine of the task of a handler that has suspended.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::{PyStopIteration, PySystemExit};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use pyo3::{PyTraverseError, PyVisit};
use smallbox::SmallBox;
use smallbox::space::S2;

use super::super::awaitable::throw;
use super::super::exchange_id::ExchangeId;
use super::super::finish::ends_program;
use super::super::host::Host;
use crate::ffi::{self, Sent};

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

/// The coroutine of a handler's task. Its reply is sent in the step that returns it: a callback of
/// the task would run one round of the loop later.
///
/// Its attributes are those of the handler's coroutine.
#[pyclass(frozen)]
#[derive(Debug)]
pub(super) struct Handler {
    host: Py<Host>,
    exchange: ExchangeId,
    coroutine: Py<PyAny>,
    progress: Mutex<Progress>,
}

#[derive(Debug, Default)]
struct Progress {
    /// `None` before the first suspension, and when the handler is over.
    completion: Option<AnyCompletion>,
    /// The result of the first step, which has run before the task.
    first: Option<First>,
    stand_in: Option<StandIn>,
}

/// The result of the first step.
#[derive(Debug)]
enum First {
    Yielded(Py<PyAny>),
    Returned(Py<PyAny>),
    Raised(PyErr),
}

/// What a handler knows as its task, in place of the task of the loop.
#[derive(Debug)]
pub(super) struct StandIn {
    pub(super) known: Py<PyAny>,
    pub(super) task: Py<PyAny>,
}

impl Handler {
    pub(super) fn new(
        host: &Bound<'_, Host>,
        exchange: ExchangeId,
        coroutine: &Bound<'_, PyAny>,
    ) -> Self {
        let (host, coroutine) = (host.clone().unbind(), coroutine.clone().unbind());
        Self { host, exchange, coroutine, progress: Mutex::default() }
    }

    /// Locks the progress. Python must not be called under the lock.
    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first step of the task has this result.
    pub(super) fn resume_with(&self, sent: PyResult<Sent<'_>>) {
        self.progress().first = Some(match sent {
            Ok(Sent::Yielded(future)) => First::Yielded(future.unbind()),
            Ok(Sent::Returned(value)) => First::Returned(value.unbind()),
            Err(error) => First::Raised(error),
        });
    }

    /// In each step of the task, the handler sees another object as the current task.
    pub(super) fn stand_in(&self, stand_in: StandIn) {
        self.progress().stand_in = Some(stand_in);
    }

    pub(super) fn suspend(&self, completion: AnyCompletion) {
        self.progress().completion = Some(completion);
    }

    /// Ends the handler and takes its completion. `None` if it is over already.
    fn leave(&self) -> Option<AnyCompletion> {
        let (completion, stand_in) = {
            let mut progress = self.progress();
            (progress.completion.take(), progress.stand_in.take())
        };
        drop(stand_in);
        completion
    }

    fn take_first(&self) -> Option<First> {
        self.progress().first.take()
    }

    /// Runs a step of the coroutine.
    fn run<'py>(
        &self,
        py: Python<'py>,
        step: impl FnOnce(&Bound<'py, PyAny>) -> PyResult<Sent<'py>>,
    ) -> PyResult<Sent<'py>> {
        let stand_in = self.progress().stand_in.as_ref().map(|it| it.clone_ref(py));
        let Some(StandIn { known, task }) = stand_in else {
            return step(self.coroutine.bind(py));
        };
        let hooks = &self.host.get().hooks;
        hooks.leave(task.bind(py))?;
        hooks.enter(known.bind(py))?;
        let sent = step(self.coroutine.bind(py));
        hooks.leave(known.bind(py))?;
        hooks.enter(task.bind(py))?;
        sent
    }

    /// Handles the result of a step. Other results than a reply are passed to the task.
    fn finish(&self, py: Python<'_>, sent: PyResult<Sent<'_>>) -> PyResult<Option<Py<PyAny>>> {
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
                if let Some(completion) = self.leave() {
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

impl First {
    fn sent(self, py: Python<'_>) -> PyResult<Sent<'_>> {
        match self {
            Self::Yielded(future) => Ok(Sent::Yielded(future.into_bound(py))),
            Self::Returned(value) => Ok(Sent::Returned(value.into_bound(py))),
            Self::Raised(error) => Err(error),
        }
    }
}

impl StandIn {
    fn clone_ref(&self, py: Python<'_>) -> Self {
        Self { known: self.known.clone_ref(py), task: self.task.clone_ref(py) }
    }
}

#[pymethods]
impl Handler {
    fn __await__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let sent = match self.take_first() {
            Some(first) => first.sent(py),
            None => self.run(py, ffi::send_none),
        };
        self.finish(py, sent)
    }

    fn send(&self, py: Python<'_>, _value: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.__next__(py)?.ok_or_else(|| PyStopIteration::new_err(()))
    }

    #[pyo3(signature = (*exception))]
    fn throw(&self, exception: &Bound<'_, PyTuple>) -> PyResult<Py<PyAny>> {
        let py = exception.py();
        let sent = match self.take_first() {
            Some(First::Yielded(future)) => {
                if cancel(future.bind(py), exception)? {
                    return Ok(future);
                }
                self.run(py, |coroutine| throw(coroutine, exception))
            }
            Some(over) => over.sent(py),
            None => self.run(py, |coroutine| throw(coroutine, exception)),
        };
        self.finish(py, sent)?.ok_or_else(|| PyStopIteration::new_err(()))
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
        let Ok(progress) = self.progress.try_lock() else { return Ok(()) };
        match &progress.first {
            Some(First::Yielded(object) | First::Returned(object)) => visit.call(object)?,
            Some(First::Raised(_)) | None => {}
        }
        if let Some(StandIn { known, task }) = &progress.stand_in {
            visit.call(known)?;
            visit.call(task)?;
        }
        progress.completion.as_ref().map_or(Ok(()), |completion| completion.traverse(&visit))
    }
}

/// Cancels what a task waits for that was cancelled in its first step, as the task itself does. The
/// message is that of the exception.
fn cancel(future: &Bound<'_, PyAny>, exception: &Bound<'_, PyTuple>) -> PyResult<bool> {
    if future.is_none() {
        return Ok(false);
    }
    let py = future.py();
    let message = exception.get_item(0)?.getattr(pyo3::intern!(py, "args"))?;
    let message = message.cast_into::<PyTuple>().unwrap_or_else(|_| PyTuple::empty(py));
    future.call_method1(pyo3::intern!(py, "cancel"), message)?.is_truthy()
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
