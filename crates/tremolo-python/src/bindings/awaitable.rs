//! The awaitables that `response.write(…)` and `request.read(…)` return: [`Operation`].
//!
//! An operation begins when it is awaited, as a coroutine does: the call raises nothing, and an
//! operation that is never awaited does nothing. An operation that finishes at once needs no
//! future, no task and no round of the loop. Others continue in a coroutine of `tremolo._waiting`
//! around a [`Step`].

use std::ffi::CString;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::{PyBaseException, PyRuntimeError, PyRuntimeWarning, PyStopIteration};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyTuple;
use pyo3::{PyTraverseError, PyVisit};

use super::exchange::Attempt;
pub(super) use super::operation::{Attempting, IN_PLACE, Object, Pending};
pub(super) use super::operation::{await_object, failed, pending, ready};
use super::waiter::Waiter;
use crate::ffi::{self, Awaited, Sent};

/// An awaitable with the interface of a coroutine.
#[pyclass(frozen, freelist = 64, module = "tremolo._tremolo")]
#[derive(Debug)]
pub(super) struct Operation {
    /// The method that made it.
    name: &'static str,
    stage: Mutex<Stage>,
}

#[derive(Debug)]
enum Stage {
    /// It has not been awaited.
    Created(Pending),
    /// It is being attempted or resumed.
    Running,
    /// It is attempted again when its task continues.
    Retrying(Pending),
    /// It has not been awaited, and has to wait for this future.
    Blocked(Pending, Py<PyAny>),
    /// It continues in this coroutine.
    Waiting(Py<PyAny>),
    Over,
}

impl Operation {
    /// An operation that has not begun. An error in its arguments is raised when it begins.
    pub(super) fn create<'py>(
        py: Python<'py>,
        name: &'static str,
        operation: PyResult<Pending>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let operation = operation.unwrap_or_else(failed);
        Self::at(py, name, Stage::Created(operation))
    }

    /// An operation that was attempted before it is awaited, and has to wait for a future.
    pub(super) fn blocked<'py>(
        py: Python<'py>,
        name: &'static str,
        (operation, future): (Pending, Py<PyAny>),
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::at(py, name, Stage::Blocked(operation, future))
    }

    /// Begins at once. Returns an awaitable if the operation has to wait.
    pub(super) fn begin<'py>(
        py: Python<'py>,
        name: &'static str,
        mut operation: Pending,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        match operation.attempt(py)? {
            Attempt::Done(_) => Ok(None),
            Attempt::Wait(future) => {
                let coroutine = settle(py, operation, future)?.unbind();
                Self::at(py, name, Stage::Waiting(coroutine)).map(Some)
            }
        }
    }

    fn at<'py>(py: Python<'py>, name: &'static str, stage: Stage) -> PyResult<Bound<'py, PyAny>> {
        Ok(Bound::new(py, Self { name, stage: Mutex::new(stage) })?.into_any())
    }

    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the stage for as long as the operation runs: Python must not run under the lock.
    fn enter(&self) -> PyResult<Stage> {
        let mut stage = self.stage();
        match &*stage {
            Stage::Running => Err(PyRuntimeError::new_err("it is being awaited already")),
            Stage::Over => Err(PyRuntimeError::new_err("it has been awaited already")),
            Stage::Created(_) | Stage::Retrying(_) | Stage::Blocked(..) | Stage::Waiting(_) => {
                Ok(std::mem::replace(&mut *stage, Stage::Running))
            }
        }
    }

    fn step<'py>(&self, py: Python<'py>) -> PyResult<Sent<'py>> {
        let coroutine = match self.enter()? {
            Stage::Created(mut operation) | Stage::Retrying(mut operation) => {
                match operation.attempt(py) {
                    Ok(Attempt::Wait(future)) => return self.wait(py, operation, future),
                    Ok(Attempt::Done(value)) => {
                        *self.stage() = Stage::Over;
                        let value = value.unwrap_or_else(|| py.None());
                        return Ok(Sent::Returned(value.into_bound(py)));
                    }
                    Err(error) => Err(error),
                }
            }
            Stage::Blocked(operation, future) => return self.wait(py, operation, future),
            Stage::Waiting(coroutine) => Ok(coroutine),
            Stage::Running | Stage::Over => Err(PyRuntimeError::new_err("it cannot be awaited")),
        };
        match coroutine {
            Ok(coroutine) => self.resume(py, coroutine, ffi::send_none),
            Err(error) => {
                *self.stage() = Stage::Over;
                Err(error)
            }
        }
    }

    /// Waits for a future, then the operation is attempted again.
    fn wait<'py>(
        &self,
        py: Python<'py>,
        operation: Pending,
        future: Py<PyAny>,
    ) -> PyResult<Sent<'py>> {
        if let (Ok(waiter), None) = (future.cast_bound(py), operation.timeout())
            && !Waiter::is_done(waiter.get())
        {
            // The task waits for it: no coroutine is needed.
            Waiter::block(waiter.get());
            *self.stage() = Stage::Retrying(operation);
            return Ok(Sent::Yielded(future.into_bound(py)));
        }
        match settle(py, operation, future) {
            Ok(coroutine) => self.resume(py, coroutine.unbind(), ffi::send_none),
            Err(error) => {
                *self.stage() = Stage::Over;
                Err(error)
            }
        }
    }

    fn resume<'py>(
        &self,
        py: Python<'py>,
        coroutine: Py<PyAny>,
        resume: impl FnOnce(&Bound<'py, PyAny>) -> PyResult<Sent<'py>>,
    ) -> PyResult<Sent<'py>> {
        let sent = resume(coroutine.bind(py));
        *self.stage() = match &sent {
            Ok(Sent::Yielded(_)) => Stage::Waiting(coroutine),
            Ok(Sent::Returned(_)) | Err(_) => Stage::Over,
        };
        sent
    }
}

impl Awaited for Operation {
    fn run<'py>(slf: &Bound<'py, Self>) -> PyResult<Sent<'py>> {
        slf.get().step(slf.py())
    }
}

#[pymethods]
impl Operation {
    /// The method that made it, with its class.
    #[getter(__qualname__)]
    fn qualified_name(&self) -> &'static str {
        self.name
    }

    /// The method that made it.
    #[getter(__name__)]
    fn own_name(&self) -> &'static str {
        self.name.rsplit('.').next().unwrap_or_default()
    }

    fn __await__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Object> {
        match self.step(py)? {
            Sent::Yielded(future) => Ok(Some(future.unbind())),
            Sent::Returned(value) if value.is_none() => Ok(None),
            // Two types that the exception takes for its arguments, or for itself.
            Sent::Returned(value)
                if value.is_instance_of::<PyTuple>()
                    || value.is_instance_of::<PyBaseException>() =>
            {
                Err(PyStopIteration::new_err((value.unbind(),)))
            }
            Sent::Returned(value) => Err(PyStopIteration::new_err(value.unbind())),
        }
    }

    fn send(&self, py: Python<'_>, _value: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.__next__(py)?.ok_or_else(|| PyStopIteration::new_err(()))
    }

    #[pyo3(signature = (*exception))]
    fn throw(&self, exception: &Bound<'_, PyTuple>) -> PyResult<Py<PyAny>> {
        let py = exception.py();
        match self.enter()? {
            Stage::Waiting(coroutine) => {
                let sent = self.resume(py, coroutine, |coroutine| throw(coroutine, exception));
                match sent? {
                    Sent::Yielded(future) => Ok(future.unbind()),
                    Sent::Returned(value) => Err(PyStopIteration::new_err((value.unbind(),))),
                }
            }
            created => {
                *self.stage() = Stage::Over;
                drop(created);
                Err(PyErr::from_value(exception.get_item(0)?))
            }
        }
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let stage = std::mem::replace(&mut *self.stage(), Stage::Over);
        match stage {
            Stage::Waiting(coroutine) => {
                coroutine.call_method0(py, pyo3::intern!(py, "close")).map(drop)
            }
            Stage::Created(_)
            | Stage::Retrying(_)
            | Stage::Blocked(..)
            | Stage::Running
            | Stage::Over => Ok(()),
        }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self.stage.try_lock().as_deref() {
            Ok(Stage::Created(operation) | Stage::Retrying(operation)) => {
                operation.traverse(&visit)
            }
            Ok(Stage::Blocked(operation, future)) => {
                operation.traverse(&visit)?;
                visit.call(future)
            }
            Ok(Stage::Waiting(coroutine)) => visit.call(coroutine),
            Ok(Stage::Running | Stage::Over) | Err(_) => Ok(()),
        }
    }
}

impl Drop for Operation {
    /// Warns of a forgotten `await`, as Python does for a coroutine.
    fn drop(&mut self) {
        let stage = self.stage.get_mut().unwrap_or_else(PoisonError::into_inner);
        if !matches!(stage, Stage::Created(_) | Stage::Blocked(..)) {
            return;
        }
        let Ok(text) = CString::new(format!("coroutine '{}' was never awaited", self.name)) else {
            return;
        };
        Python::attach(|py| {
            // An exception may be propagating while the objects of its frames are released.
            let raised = PyErr::take(py);
            if let Err(error) = PyErr::warn(py, &py.get_type::<PyRuntimeWarning>(), &text, 1) {
                error.write_unraisable(py, None);
            }
            if let Some(raised) = raised {
                raised.restore(py);
            }
        });
    }
}

/// An operation that waits, for a coroutine of `tremolo._waiting`.
#[pyclass(frozen, module = "tremolo._tremolo")]
#[derive(Debug)]
pub(super) struct Step {
    operation: Mutex<Option<Pending>>,
}

impl Step {
    fn operation(&self) -> MutexGuard<'_, Option<Pending>> {
        self.operation.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> PyResult<Pending> {
        let taken = self.operation().take();
        taken.ok_or_else(|| PyRuntimeError::new_err("it is being tried already"))
    }
}

#[pymethods]
impl Step {
    /// Attempts the operation: `(future, None)` to await before the next attempt, or
    /// `(None, result)`.
    fn attempt(&self, py: Python<'_>) -> PyResult<(Object, Object)> {
        // Python runs during the attempt, so that the lock must not be held.
        let mut operation = self.take()?;
        let attempt = operation.attempt(py);
        *self.operation() = Some(operation);
        Ok(match attempt? {
            Attempt::Done(value) => (None, value),
            Attempt::Wait(future) => (Some(future), None),
        })
    }

    /// The result when the time of the operation has passed.
    fn timed_out(&self, py: Python<'_>) -> PyResult<Object> {
        let mut operation = self.take()?;
        operation.timed_out(py)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self.operation.try_lock().as_deref() {
            Ok(Some(operation)) => operation.traverse(&visit),
            Ok(None) | Err(_) => Ok(()),
        }
    }
}

/// Raises an exception in a coroutine, and runs it to its next suspension.
pub(super) fn throw<'py>(
    coroutine: &Bound<'py, PyAny>,
    exception: &Bound<'py, PyTuple>,
) -> PyResult<Sent<'py>> {
    let py = coroutine.py();
    match coroutine.call_method1(pyo3::intern!(py, "throw"), exception) {
        Ok(future) => Ok(Sent::Yielded(future)),
        Err(error) if error.is_instance_of::<PyStopIteration>(py) => {
            error.value(py).getattr(pyo3::intern!(py, "value")).map(Sent::Returned)
        }
        Err(error) => Err(error),
    }
}

/// The coroutine in which an operation continues when the future is done.
fn settle(py: Python<'_>, operation: Pending, future: Py<PyAny>) -> PyResult<Bound<'_, PyAny>> {
    static SETTLE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let timeout = operation.timeout();
    let step = Bound::new(py, Step { operation: Mutex::new(Some(operation)) })?;
    SETTLE.import(py, "tremolo._waiting", "settle")?.call1((step, future, timeout))
}
