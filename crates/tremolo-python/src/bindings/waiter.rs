//! The future that a task awaits while its operation cannot go on: [`Waiter`].
//!
//! A future of the loop calls its callbacks in the next round. A waiter calls them at once, so that
//! a task continues in the turn that has received its input, and its output leaves with that turn.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::asyncio::{CancelledError, InvalidStateError};
use pyo3::prelude::*;
use pyo3::types::IntoPyDict;
use pyo3::{PyTraverseError, PyVisit};
use smallbox::SmallBox;
use smallbox::space::S1;

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
    /// What waits for it in place of a task.
    awaiter: Option<AnyAwaiter>,
}

/// What waits for a waiter in place of a task.
pub(super) trait Awaiter: fmt::Debug + Send + Sync {
    /// The wait is over. With `at_once` it continues before this returns, unless a task runs.
    fn woken(&self, py: Python<'_>, at_once: bool) -> PyResult<()>;

    /// The wait was cancelled.
    fn cancelled(&self, py: Python<'_>, message: Option<Py<PyAny>>) -> PyResult<()>;

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError>;
}

/// Any of them. One of up to one word is stored in place.
pub(super) type AnyAwaiter = SmallBox<dyn Awaiter, S1>;

/// What a waiter has to notify at its end.
#[derive(Debug)]
struct Ended {
    callbacks: Vec<Callback>,
    awaiter: Option<AnyAwaiter>,
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
        let state = State {
            stage: Stage::Pending,
            is_blocking: false,
            callbacks: Vec::new(),
            awaiter: None,
        };
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

    /// Ends the wait, unless it is over. The task continues before this returns if `may_run` returns
    /// true: no other task runs.
    pub(super) fn wake(
        slf: &Bound<'_, Self>,
        may_run: impl Fn() -> PyResult<bool>,
    ) -> PyResult<()> {
        let Some(Ended { callbacks, awaiter }) = slf.get().end(Stage::Done) else { return Ok(()) };
        for callback in callbacks {
            if may_run()? {
                callback.call(slf)?;
            } else {
                callback.schedule(slf)?;
            }
        }
        awaiter.map_or(Ok(()), |awaiter| awaiter.woken(slf.py(), true))
    }

    /// Ends the wait, unless it is over. The task continues in the next round of the loop.
    pub(super) fn wake_later(slf: &Bound<'_, Self>) -> PyResult<()> {
        let Some(Ended { callbacks, awaiter }) = slf.get().end(Stage::Done) else { return Ok(()) };
        callbacks.into_iter().try_for_each(|callback| callback.schedule(slf))?;
        awaiter.map_or(Ok(()), |awaiter| awaiter.woken(slf.py(), false))
    }

    /// The caller has it from a coroutine, and waits for it in place of a task. False if another
    /// one waits for it.
    pub(super) fn attach(&self, awaiter: AnyAwaiter) -> bool {
        let mut state = self.state();
        let is_free = matches!(state.stage, Stage::Pending) && state.callbacks.is_empty();
        if !is_free || state.awaiter.is_some() {
            return false;
        }
        state.is_blocking = false;
        state.awaiter = Some(awaiter);
        true
    }

    /// What has attached itself waits no longer: the wait is cancelled, unless it is over.
    pub(super) fn detach(slf: &Bound<'_, Self>) -> PyResult<()> {
        let awaiter = slf.get().state().awaiter.take();
        drop(awaiter);
        Self::cancel(slf, None).map(drop)
    }

    /// The task that waits for it, and the context of the task; `None` if that is not known, or if
    /// there is more than one callback.
    pub(super) fn waiting_task<'py>(
        &self,
        py: Python<'py>,
    ) -> Option<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        let (function, context) = match &self.state().callbacks[..] {
            [Callback { function, context: Some(context) }] => {
                (function.bind(py).clone(), context.bind(py).clone())
            }
            _ => return None,
        };
        let task = function.getattr(pyo3::intern!(py, "__self__")).ok()?;
        Some((task, context))
    }

    /// Returns what it has to notify; `None` if it has ended before.
    fn end(&self, stage: Stage) -> Option<Ended> {
        let mut state = self.state();
        if !matches!(state.stage, Stage::Pending) {
            return None;
        }
        state.stage = stage;
        let callbacks = std::mem::take(&mut state.callbacks);
        Some(Ended { callbacks, awaiter: state.awaiter.take() })
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
    pub(super) fn cancel(slf: &Bound<'_, Self>, msg: Option<Py<PyAny>>) -> PyResult<bool> {
        let message = msg.as_ref().map(|msg| msg.clone_ref(slf.py()));
        let ended = slf.get().end(Stage::Cancelled(msg));
        let Some(Ended { callbacks, awaiter }) = ended else { return Ok(false) };
        for callback in callbacks {
            callback.schedule(slf)?;
        }
        awaiter.map_or(Ok(()), |awaiter| awaiter.cancelled(slf.py(), message))?;
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
        if let Some(awaiter) = &state.awaiter {
            awaiter.traverse(&visit)?;
        }
        match &state.stage {
            Stage::Cancelled(message) => visit.call(message),
            Stage::Pending | Stage::Done => Ok(()),
        }
    }

    fn __clear__(&self) {
        let held = self
            .state
            .try_lock()
            .map(|mut state| (std::mem::take(&mut state.callbacks), state.awaiter.take()));
        drop(held);
    }
}
