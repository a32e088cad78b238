//! What `await response.write(…)` and `await request.read(…)` are given.
//!
//! What can be answered at once is [`Done`] before it is awaited: no future, no task, no trip
//! through the loop. What cannot is a coroutine of `tremolo._waiting` around a [`Step`].

use std::sync::Mutex;

use pyo3::exceptions::{PyRuntimeError, PyStopAsyncIteration, PyStopIteration};
use pyo3::prelude::*;

use super::body::Reading;
use super::exchange::Attempt;
use super::response::{Saying, Sending};
use super::server::Server;

/// An awaitable that is done; it passes for a coroutine wherever one is asked for.
#[pyclass(frozen, freelist = 64, module = "tremolo._tremolo")]
#[derive(Debug)]
pub(super) struct Done {
    value: Option<Py<PyAny>>,
    /// It is the end of an iteration, which only the one who awaits it may learn.
    ends: bool,
}

impl Done {
    pub(super) fn with(py: Python<'_>, value: Option<Py<PyAny>>) -> PyResult<Bound<'_, PyAny>> {
        Ok(Bound::new(py, Self { value, ends: false })?.into_any())
    }

    fn result(&self, py: Python<'_>) -> PyErr {
        if self.ends {
            return PyStopAsyncIteration::new_err(());
        }
        PyStopIteration::new_err((self.value.as_ref().map(|value| value.clone_ref(py)),))
    }
}

#[pymethods]
impl Done {
    fn __await__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        if self.value.is_none() && !self.ends { Ok(None) } else { Err(self.result(py)) }
    }

    fn send(&self, py: Python<'_>, _value: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        Err(self.result(py))
    }

    #[pyo3(signature = (error, _value=None, _traceback=None))]
    fn throw(
        &self,
        error: Bound<'_, PyAny>,
        _value: Option<Bound<'_, PyAny>>,
        _traceback: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        Err(PyErr::from_value(error))
    }

    fn close(&self) {}
}

/// An object, or `None`.
type Object = Option<Py<PyAny>>;

/// What is tried again and again, each time the future it gave is done.
#[pyclass(frozen, module = "tremolo._tremolo")]
#[derive(Debug)]
pub(super) struct Step {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
pub(super) enum Inner {
    Saying(Saying),
    Reading(Reading),
    Sending(Box<Sending>),
    Over,
}

impl Step {
    /// Does it now if that is possible; gives something to await in either case.
    pub(super) fn start<'py>(
        server: &Bound<'py, Server>,
        mut inner: Inner,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = server.py();
        match inner.attempt(py) {
            Err(error) if error.is_instance_of::<PyStopAsyncIteration>(py) => {
                Ok(Bound::new(py, Done { value: None, ends: true })?.into_any())
            }
            Err(error) => Err(error),
            Ok(Attempt::Done(value)) => Done::with(py, value),
            Ok(Attempt::Wait(future)) => {
                let timeout = inner.timeout();
                let step = Bound::new(py, Self { inner: Mutex::new(inner) })?;
                server.get().helpers.settle.bind(py).call1((step, future, timeout))
            }
        }
    }
}

#[pymethods]
impl Step {
    /// Tries again: `(future,)` to await before the next try, or the result.
    fn attempt(&self, py: Python<'_>) -> PyResult<(Object, Object)> {
        // Python runs while it is tried, so that the lock must not be held.
        let mut inner = {
            let mut guard = self.inner.lock().map_err(|_| PyRuntimeError::new_err("poisoned"))?;
            std::mem::replace(&mut *guard, Inner::Over)
        };
        let attempt = inner.attempt(py);
        if let Ok(mut guard) = self.inner.lock() {
            *guard = inner;
        }
        Ok(match attempt? {
            Attempt::Done(value) => (None, value),
            Attempt::Wait(future) => (Some(future), None),
        })
    }
}

impl Inner {
    /// How many seconds it may take.
    fn timeout(&self) -> Option<f64> {
        match self {
            Self::Reading(reading) => reading.timeout,
            Self::Saying(_) | Self::Sending(_) | Self::Over => None,
        }
    }

    fn attempt(&mut self, py: Python<'_>) -> PyResult<Attempt<Option<Py<PyAny>>>> {
        match self {
            Self::Saying(saying) => saying.attempt(py),
            Self::Reading(reading) => reading.attempt(py),
            Self::Sending(sending) => sending.attempt(py),
            Self::Over => Err(PyRuntimeError::new_err("awaited twice")),
        }
    }
}
