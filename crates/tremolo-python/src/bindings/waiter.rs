//! The future that a task awaits while its operation cannot go on: [`Waiter`].
//!
//! A future of the loop calls its callbacks in the next round. A waiter calls them at once, so that
//! a task continues in the turn that has received its input, and its output leaves with that turn.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::asyncio::{CancelledError, InvalidStateError};
use pyo3::prelude::*;
use pyo3::types::IntoPyDict;
use pyo3::{PyTraverseError, PyVisit};

use crate::ffi;

/// A future without a result, as asyncio defines one (`asyncio.isfuture`).
#[pyclass(frozen, freelist = 64, module = "tremolo._tremolo")]
#[derive(Debug)]
pub(super) struct Waiter {
    event_loop: Py<PyAny>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    stage: Stage,
    /// A task that gets the waiter from its coroutine checks this and clears it.
    is_blocking: bool,
    /// What the waiter calls when it is done.
    callbacks: Vec<Callback>,
}

#[derive(Debug)]
enum Stage {
    Pending,
    Done,
    /// With the message of the cancellation.
    Cancelled(Option<Py<PyAny>>),
}

#[derive(Debug)]
struct Callback {
    function: Py<PyAny>,
    context: Option<Py<PyAny>>,
}

impl Waiter {
    pub(super) fn create<'py>(event_loop: &Bound<'py, PyAny>) -> PyResult<Bound<'py, Self>> {
        let state = State { stage: Stage::Pending, is_blocking: false, callbacks: Vec::new() };
        let event_loop_of = event_loop.clone().unbind();
        Bound::new(event_loop.py(), Self { event_loop: event_loop_of, state: Mutex::new(state) })
    }

    /// The caller is a coroutine that gives the waiter to its task.
    pub(super) fn block(&self) {
        self.state().is_blocking = true;
    }

    pub(super) fn is_done(&self) -> bool {
        !matches!(self.state().stage, Stage::Pending)
    }

    /// Ends the wait, unless it is over. With `at_once` the task continues before this returns:
    /// no other task may run then.
    pub(super) fn wake(slf: &Bound<'_, Self>, at_once: bool) -> PyResult<()> {
        let Some(callbacks) = slf.get().end(Stage::Done) else { return Ok(()) };
        for callback in callbacks {
            if at_once {
                callback.call(slf)?;
            } else {
                callback.schedule(slf)?;
            }
        }
        Ok(())
    }

    /// Returns the callbacks; `None` if it has ended before.
    fn end(&self, stage: Stage) -> Option<Vec<Callback>> {
        let mut state = self.state();
        if !matches!(state.stage, Stage::Pending) {
            return None;
        }
        state.stage = stage;
        Some(std::mem::take(&mut state.callbacks))
    }

    /// Locks the state. Python must not be called under the lock.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The outcome: nothing, or the error of a cancellation.
    fn outcome(&self, py: Python<'_>) -> PyResult<()> {
        let message = match &self.state().stage {
            Stage::Pending => return Err(InvalidStateError::new_err("Result is not set.")),
            Stage::Done => return Ok(()),
            Stage::Cancelled(message) => message.as_ref().map(|message| message.clone_ref(py)),
        };
        Err(match message {
            Some(message) => CancelledError::new_err((message,)),
            None => CancelledError::new_err(()),
        })
    }
}

impl Callback {
    fn call(&self, waiter: &Bound<'_, Waiter>) -> PyResult<()> {
        let function = self.function.bind(waiter.py());
        let call = || function.call1((waiter,)).map(drop);
        match &self.context {
            Some(context) => ffi::in_context(context.bind(waiter.py()), call),
            None => call(),
        }
    }

    /// The loop calls it in its next round.
    fn schedule(self, waiter: &Bound<'_, Waiter>) -> PyResult<()> {
        let py = waiter.py();
        let context = [("context", self.context)].into_py_dict(py)?;
        let call_soon = pyo3::intern!(py, "call_soon");
        let event_loop = waiter.get().event_loop.bind(py);
        event_loop.call_method(call_soon, (self.function, waiter), Some(&context)).map(drop)
    }
}

#[pymethods]
impl Waiter {
    #[getter(_asyncio_future_blocking)]
    fn is_blocking(&self) -> bool {
        self.state().is_blocking
    }

    #[setter(_asyncio_future_blocking)]
    fn set_blocking(&self, is_blocking: bool) {
        self.state().is_blocking = is_blocking;
    }

    /// The event loop of its task.
    fn get_loop(&self, py: Python<'_>) -> Py<PyAny> {
        self.event_loop.clone_ref(py)
    }

    /// Whether the wait is over.
    fn done(&self) -> bool {
        self.is_done()
    }

    /// Whether it was cancelled.
    fn cancelled(&self) -> bool {
        matches!(self.state().stage, Stage::Cancelled(_))
    }

    /// `None`, or the error of a cancellation.
    fn result(&self, py: Python<'_>) -> PyResult<()> {
        self.outcome(py)
    }

    /// `None`: a wait does not fail.
    fn exception(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        self.outcome(py).map(|()| None)
    }

    /// Adds a function that is called with the waiter when it is done.
    #[pyo3(signature = (function, *, context=None))]
    fn add_done_callback(
        slf: &Bound<'_, Self>,
        function: Py<PyAny>,
        context: Option<Py<PyAny>>,
    ) -> PyResult<()> {
        let callback = Callback { function, context };
        {
            let mut state = slf.get().state();
            if matches!(state.stage, Stage::Pending) {
                state.callbacks.push(callback);
                return Ok(());
            }
        }
        callback.schedule(slf)
    }

    /// Removes a function. Returns how often it was there.
    fn remove_done_callback(&self, function: &Bound<'_, PyAny>) -> PyResult<usize> {
        let callbacks = std::mem::take(&mut self.state().callbacks);
        let (count, mut kept) = (callbacks.len(), Vec::new());
        for callback in callbacks {
            if !callback.function.bind(function.py()).eq(function)? {
                kept.push(callback);
            }
        }
        let removed = count - kept.len();
        self.state().callbacks.append(&mut kept);
        Ok(removed)
    }

    /// Cancels the wait. Returns whether it was not over.
    #[pyo3(signature = (msg=None))]
    fn cancel(slf: &Bound<'_, Self>, msg: Option<Py<PyAny>>) -> PyResult<bool> {
        let Some(callbacks) = slf.get().end(Stage::Cancelled(msg)) else { return Ok(false) };
        for callback in callbacks {
            callback.schedule(slf)?;
        }
        Ok(true)
    }

    fn __await__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    /// The waiter itself, for the task; the end when it is done.
    fn __next__(slf: &Bound<'_, Self>) -> PyResult<Option<Py<Self>>> {
        if slf.get().is_done() {
            return slf.get().outcome(slf.py()).map(|()| None);
        }
        slf.get().block();
        Ok(Some(slf.clone().unbind()))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.event_loop)?;
        let Ok(state) = self.state.try_lock() else { return Ok(()) };
        for callback in &state.callbacks {
            visit.call(&callback.function)?;
            visit.call(&callback.context)?;
        }
        match &state.stage {
            Stage::Cancelled(message) => visit.call(message),
            Stage::Pending | Stage::Done => Ok(()),
        }
    }

    fn __clear__(&self) {
        let callbacks = self.state.try_lock().map(|mut state| std::mem::take(&mut state.callbacks));
        drop(callbacks);
    }
}
