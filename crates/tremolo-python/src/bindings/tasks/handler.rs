//! The coroutine of the task of a handler that has suspended.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::{PyRuntimeError, PyStopIteration, PySystemExit};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use pyo3::{PyTraverseError, PyVisit};
use smallbox::smallbox;

use super::super::awaitable::throw;
use super::super::exchange_id::ExchangeId;
use super::super::host::Host;
use super::super::waiter::{Awaiter, Waiter};
use super::completion::{AnyCompletion, TaskOver};
use crate::ffi::{self, Sent};

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
    /// The coroutine has waited for a waiter.
    has_waited: bool,
    wait: Option<Wait>,
}

/// A wait after which the coroutine is resumed here, while its task goes on waiting: a step of the
/// task, and another future for it, take longer than what most handlers do between two waits.
#[derive(Debug)]
struct Wait {
    /// What the task waits for: something that the task has to do itself.
    outer: Py<Waiter>,
    /// What the coroutine waits for.
    inner: Py<Waiter>,
    /// The task and its context, once they are known. The handler may know another task.
    task: Option<(Py<PyAny>, Py<PyAny>)>,
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
    fn finish(slf: &Bound<'_, Self>, sent: PyResult<Sent<'_>>) -> PyResult<Option<Py<PyAny>>> {
        let (py, this) = (slf.py(), slf.get());
        let host = this.host.bind(py);
        match sent {
            Ok(Sent::Yielded(future)) => Self::wait(slf, future).map(Some),
            Ok(Sent::Returned(value)) => {
                if let Some(mut completion) = this.leave() {
                    completion.complete(host, this.exchange, Ok(value.clone()))?;
                }
                if value.is_none() {
                    Ok(None)
                } else {
                    Err(PyStopIteration::new_err((value.unbind(),)))
                }
            }
            // A task that raises `SystemExit` ends the loop. From a handler it is an ordinary error.
            Err(error) if error.is_instance_of::<PySystemExit>(py) => {
                if let Some(mut completion) = this.leave() {
                    completion.complete(host, this.exchange, Err(error))?;
                }
                Ok(None)
            }
            Err(error) => {
                if let Some(completion) = this.leave() {
                    let task = host.get().hooks.current_task.bind(py).call0()?;
                    let over = TaskOver::new(this.host.clone_ref(py), this.exchange, completion);
                    let context = host.get().hooks.in_own_context(py)?;
                    let name = pyo3::intern!(py, "add_done_callback");
                    task.call_method(name, (over,), Some(&context))?;
                }
                Err(error)
            }
        }
    }
}

/// Steps without the task.
impl Handler {
    /// The coroutine has yielded this. Returns what its task waits for.
    fn wait<'py>(slf: &Bound<'py, Self>, future: Bound<'py, PyAny>) -> PyResult<Py<PyAny>> {
        // The first wait is often the only one.
        let has_waited = std::mem::replace(&mut slf.get().progress().has_waited, true);
        let Ok(inner) = future.cast_exact::<Waiter>() else { return Ok(future.unbind()) };
        if !has_waited || !Self::attach(slf, inner) {
            return Ok(future.unbind());
        }
        let outer = Waiter::create(slf.get().host.get().hooks.event_loop.bind(slf.py()))?;
        outer.get().block();
        let (kept, inner) = (outer.clone().unbind(), inner.clone().unbind());
        let wait = Wait { outer: kept, inner, task: None };
        slf.get().progress().wait = Some(wait);
        Ok(outer.into_any().unbind())
    }

    fn attach(slf: &Bound<'_, Self>, inner: &Bound<'_, Waiter>) -> bool {
        inner.get().attach(smallbox!(slf.clone().unbind()))
    }

    /// The task takes a step.
    fn end_wait(&self, py: Python<'_>) -> PyResult<()> {
        let wait = self.progress().wait.take();
        wait.map_or(Ok(()), |wait| Waiter::detach(wait.inner.bind(py)))
    }

    /// What the task waits for; `None` if that is over.
    fn outer<'py>(&self, py: Python<'py>) -> Option<Bound<'py, Waiter>> {
        let outer = self.progress().wait.as_ref().map(|wait| wait.outer.bind(py).clone());
        outer.filter(|outer| !outer.get().is_done())
    }

    /// The coroutine waits for another waiter, and its task for the same one as before.
    fn wait_again(slf: &Bound<'_, Self>, sent: &PyResult<Sent<'_>>) -> bool {
        let Ok(Sent::Yielded(future)) = sent else { return false };
        let Ok(inner) = future.cast_exact::<Waiter>() else { return false };
        if !Self::attach(slf, inner) {
            return false;
        }
        let mut progress = slf.get().progress();
        let before = progress
            .wait
            .as_mut()
            .map(|wait| std::mem::replace(&mut wait.inner, inner.clone().unbind()));
        drop(progress);
        drop(before);
        true
    }

    /// Runs a step of the coroutine, as its task does; `None` if another task runs.
    fn step<'py>(&self, outer: &Bound<'py, Waiter>) -> PyResult<Option<Sent<'py>>> {
        let py = outer.py();
        let Some((task, context)) = self.known_task(outer) else { return Ok(None) };
        let hooks = &self.host.get().hooks;
        ffi::in_context(&context, || {
            match hooks.enter(&task) {
                Ok(()) => {}
                Err(error) if error.is_instance_of::<PyRuntimeError>(py) => return Ok(None),
                Err(error) => return Err(error),
            }
            let sent = ffi::send_none(self.coroutine.bind(py));
            hooks.leave(&task)?;
            sent.map(Some)
        })
    }

    /// The task that the handler knows, and the context of its task.
    fn known_task<'py>(
        &self,
        outer: &Bound<'py, Waiter>,
    ) -> Option<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        let py = outer.py();
        let bind = |(task, context): &(Py<PyAny>, Py<PyAny>)| {
            (task.bind(py).clone(), context.bind(py).clone())
        };
        if let Some(wait) = &self.progress().wait
            && let Some(known) = &wait.task
        {
            return Some(bind(known));
        }
        let (task, context) = outer.get().waiting_task(py)?;
        let mut progress = self.progress();
        let known = progress.stand_in.as_ref().map(|it| it.known.clone_ref(py));
        let known = (known.unwrap_or_else(|| task.unbind()), context.unbind());
        let bound = bind(&known);
        if let Some(wait) = &mut progress.wait {
            wait.task = Some(known);
        }
        Some(bound)
    }
}

impl Awaiter for Py<Handler> {
    fn woken(&self, py: Python<'_>, at_once: bool) -> PyResult<()> {
        let slf = self.bind(py);
        // If the wait of the task is over, it was cancelled: that is its next step.
        let Some(outer) = slf.get().outer(py) else { return Ok(()) };
        if !at_once {
            return Waiter::wake_later(&outer);
        }
        let Some(sent) = slf.get().step(&outer).transpose() else {
            return Waiter::wake(&outer, || slf.get().host.get().hooks.has_no_task(py));
        };
        if Handler::wait_again(slf, &sent) {
            return Ok(());
        }
        slf.get().resume_with(sent);
        Waiter::wake(&outer, || Ok(true))
    }

    fn cancelled(&self, py: Python<'_>, message: Option<Py<PyAny>>) -> PyResult<()> {
        let outer = self.get().outer(py);
        outer.map_or(Ok(()), |outer| Waiter::cancel(&outer, message).map(drop))
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(self)
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

    fn __next__(slf: &Bound<'_, Self>) -> PyResult<Option<Py<PyAny>>> {
        let (py, this) = (slf.py(), slf.get());
        this.end_wait(py)?;
        let sent = match this.take_first() {
            Some(first) => first.sent(py),
            None => this.run(py, ffi::send_none),
        };
        Self::finish(slf, sent)
    }

    fn send(slf: &Bound<'_, Self>, _value: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        Self::__next__(slf)?.ok_or_else(|| PyStopIteration::new_err(()))
    }

    #[pyo3(signature = (*exception))]
    fn throw(slf: &Bound<'_, Self>, exception: &Bound<'_, PyTuple>) -> PyResult<Py<PyAny>> {
        let (py, this) = (slf.py(), slf.get());
        this.end_wait(py)?;
        let sent = match this.take_first() {
            Some(First::Yielded(future)) => {
                if cancel(future.bind(py), exception)? {
                    return Ok(future);
                }
                this.run(py, |coroutine| throw(coroutine, exception))
            }
            Some(over) => over.sent(py),
            None => this.run(py, |coroutine| throw(coroutine, exception)),
        };
        Self::finish(slf, sent)?.ok_or_else(|| PyStopIteration::new_err(()))
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.end_wait(py)?;
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
        if let Some(Wait { outer, inner, task }) = &progress.wait {
            visit.call(outer)?;
            visit.call(inner)?;
            if let Some((task, context)) = task {
                visit.call(task)?;
                visit.call(context)?;
            }
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
