//! What `await response.write(…)` and `await request.read(…)` await: an [`Operation`].
//!
//! An operation begins when it is awaited, as a coroutine does: a call raises nothing, and one that
//! is never awaited does nothing. What can be done at once needs no future, no task and no round of
//! the loop. What cannot goes on in a coroutine of `tremolo._waiting` around a [`Step`].

use std::ffi::CString;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::{PyRuntimeError, PyRuntimeWarning, PyStopIteration};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyTuple;
use pyo3::{PyTraverseError, PyVisit};

use super::body::Reading;
use super::exchange::Attempt;
use super::response::{Opening, Saying, Sending};
use crate::ffi::{self, Sent};

/// An object, or `None`.
type Object = Option<Py<PyAny>>;

/// An awaitable that passes for a coroutine wherever one is asked for.
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
    Created(Inner),
    /// A step of it runs.
    Running,
    /// It goes on in this coroutine.
    Waiting(Py<PyAny>),
    Over,
}

/// What an operation does.
#[derive(Debug)]
pub(super) enum Inner {
    Saying(Saying),
    Reading(Reading),
    Opening(Box<Opening>),
    Sending(Box<Sending>),
    /// Waits for something that does the rest.
    Awaiting(Object),
    /// There is nothing to do: it has this result.
    Ready(Object),
    /// It raises this.
    Failed(Option<Box<PyErr>>),
}

impl Operation {
    /// An operation that has not begun. What is wrong with its arguments is raised when it begins.
    pub(super) fn create<'py>(
        py: Python<'py>,
        name: &'static str,
        inner: PyResult<Inner>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let inner = inner.unwrap_or_else(|error| Inner::Failed(Some(Box::new(error))));
        Self::at(py, name, Stage::Created(inner))
    }

    /// Begins at once. Gives what is left to await, if it could not be done at once.
    pub(super) fn begin<'py>(
        py: Python<'py>,
        name: &'static str,
        mut inner: Inner,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        match inner.attempt(py)? {
            Attempt::Done(_) => Ok(None),
            Attempt::Wait(future) => {
                let coroutine = settle(py, inner, future)?.unbind();
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

    /// Takes the stage out of it for as long as a step runs: Python must not run under the lock.
    fn enter(&self) -> PyResult<Stage> {
        let mut stage = self.stage();
        match &*stage {
            Stage::Running => Err(PyRuntimeError::new_err("it is being awaited already")),
            Stage::Over => Err(PyRuntimeError::new_err("it has been awaited already")),
            Stage::Created(_) | Stage::Waiting(_) => {
                Ok(std::mem::replace(&mut *stage, Stage::Running))
            }
        }
    }

    fn step<'py>(&self, py: Python<'py>) -> PyResult<Sent<'py>> {
        let coroutine = match self.enter()? {
            Stage::Created(mut inner) => match inner.attempt(py) {
                Ok(Attempt::Wait(future)) => settle(py, inner, future).map(Bound::unbind),
                Ok(Attempt::Done(value)) => {
                    *self.stage() = Stage::Over;
                    let value = value.unwrap_or_else(|| py.None());
                    return Ok(Sent::Returned(value.into_bound(py)));
                }
                Err(error) => Err(error),
            },
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
            Sent::Returned(value) => Err(PyStopIteration::new_err((value.unbind(),))),
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
            Stage::Created(_) | Stage::Running | Stage::Over => Ok(()),
        }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self.stage.try_lock().as_deref() {
            Ok(Stage::Created(inner)) => inner.traverse(&visit),
            Ok(Stage::Waiting(coroutine)) => visit.call(coroutine),
            Ok(Stage::Running | Stage::Over) | Err(_) => Ok(()),
        }
    }
}

impl Drop for Operation {
    /// Warns as Python does of a coroutine: a forgotten `await` must not go unnoticed.
    fn drop(&mut self) {
        let stage = self.stage.get_mut().unwrap_or_else(PoisonError::into_inner);
        if !matches!(stage, Stage::Created(_)) {
            return;
        }
        let Ok(text) = CString::new(format!("coroutine '{}' was never awaited", self.name)) else {
            return;
        };
        Python::attach(|py| {
            // An exception may be on its way while the objects of its frames are released.
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

/// What is tried again each time that the future which it gave is done.
#[pyclass(frozen, module = "tremolo._tremolo")]
#[derive(Debug)]
pub(super) struct Step {
    inner: Mutex<Option<Inner>>,
}

impl Step {
    fn inner(&self) -> MutexGuard<'_, Option<Inner>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Step {
    /// Tries again: `(future, None)` to await before the next try, or `(None, result)`.
    fn attempt(&self, py: Python<'_>) -> PyResult<(Object, Object)> {
        // Python runs while it is tried, so that the lock must not be held.
        let taken = self.inner().take();
        let mut inner =
            taken.ok_or_else(|| PyRuntimeError::new_err("it is being tried already"))?;
        let attempt = inner.attempt(py);
        *self.inner() = Some(inner);
        Ok(match attempt? {
            Attempt::Done(value) => (None, value),
            Attempt::Wait(future) => (Some(future), None),
        })
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self.inner.try_lock().as_deref() {
            Ok(Some(inner)) => inner.traverse(&visit),
            Ok(None) | Err(_) => Ok(()),
        }
    }
}

impl Inner {
    /// How many seconds it may take.
    fn timeout(&self) -> Option<f64> {
        if let Self::Reading(reading) = self { reading.timeout } else { None }
    }

    fn attempt(&mut self, py: Python<'_>) -> PyResult<Attempt<Object>> {
        match self {
            Self::Saying(saying) => saying.attempt(py),
            Self::Reading(reading) => reading.attempt(py),
            Self::Sending(sending) => sending.attempt(py),
            Self::Opening(opening) => {
                *self = opening.open(py)?;
                self.attempt(py)
            }
            Self::Awaiting(object) => Ok(match object.take() {
                Some(awaitable) => Attempt::Wait(awaitable),
                None => Attempt::Done(None),
            }),
            Self::Ready(value) => Ok(Attempt::Done(value.take())),
            Self::Failed(error) => Err(match error.take() {
                Some(error) => *error,
                None => PyRuntimeError::new_err("it has been awaited already"),
            }),
        }
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self {
            Self::Saying(saying) => saying.traverse(visit),
            Self::Reading(reading) => reading.traverse(visit),
            Self::Opening(opening) => opening.traverse(visit),
            Self::Sending(sending) => sending.traverse(visit),
            Self::Awaiting(object) | Self::Ready(object) => visit.call(object),
            Self::Failed(_) => Ok(()),
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

/// The coroutine in which an operation goes on when the future is done.
fn settle(py: Python<'_>, inner: Inner, future: Py<PyAny>) -> PyResult<Bound<'_, PyAny>> {
    static SETTLE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let timeout = inner.timeout();
    let step = Bound::new(py, Step { inner: Mutex::new(Some(inner)) })?;
    SETTLE.import(py, "tremolo._waiting", "settle")?.call1((step, future, timeout))
}
