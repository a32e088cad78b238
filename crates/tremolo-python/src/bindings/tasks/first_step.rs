//! The current task while the coroutine of a handler runs to its first suspension: [`FirstStep`].
//!
//! It stands in for a task of the loop, which is made if the coroutine suspends, or if anything is
//! asked of the current task. asyncio documents `_enter_task` and its siblings for tasks that are
//! not its own.

use std::cell::Cell;
use std::sync::OnceLock;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyString;
use pyo3::{PyTraverseError, PyVisit};

use super::super::exchange_id::ExchangeId;
use super::super::host::Host;
use super::handler::{Handler, StandIn};
use crate::ffi::{self, Reused};

/// Has the attributes of its task, and is equal to it.
///
/// One object serves all first steps, as long as no handler keeps it. It is not one of a `freelist`
/// of pyo3: the garbage collector does not visit those, so that a cycle with one would never be freed.
#[pyclass(frozen, weakref)]
#[derive(Debug)]
pub(super) struct FirstStep(Option<Step>);

/// What runs; nothing between two first steps.
#[derive(Debug)]
struct Step {
    host: Py<Host>,
    exchange: ExchangeId,
    coroutine: Py<PyAny>,
    context: Py<PyAny>,
    /// The task of the loop, and its coroutine.
    task: OnceLock<(Py<Handler>, Py<PyAny>)>,
}

/// The current task.
pub(super) type Current = Reused<FirstStep, 0>;

thread_local! {
    /// The object, between two first steps.
    static SPARE: Cell<Option<Current>> = const { Cell::new(None) };
}

impl FirstStep {
    /// Makes it the current task; `None` while another task runs.
    pub(super) fn enter(
        host: &Bound<'_, Host>,
        context: &Bound<'_, PyAny>,
        exchange: ExchangeId,
        coroutine: &Bound<'_, PyAny>,
    ) -> PyResult<Option<Current>> {
        let py = host.py();
        let step = Self(Some(Step {
            host: host.clone().unbind(),
            exchange,
            coroutine: coroutine.clone().unbind(),
            context: context.clone().unbind(),
            task: OnceLock::new(),
        }));
        let step = Self::current(py, step)?;
        match host.get().hooks.enter(step.object(py).as_any()) {
            Ok(()) => Ok(Some(step)),
            Err(error) if error.is_instance_of::<PyRuntimeError>(py) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn current(py: Python<'_>, step: Self) -> PyResult<Current> {
        let step = match SPARE.take() {
            None => step,
            Some(mut spare) => match spare.replace(py, step) {
                Ok(_) => return Ok(spare),
                Err(step) => step,
            },
        };
        Reused::new(Bound::new(py, step)?, [])
    }

    /// The step has ended.
    pub(super) fn leave(slf: &Bound<'_, Self>, host: &Bound<'_, Host>) -> PyResult<()> {
        host.get().hooks.leave(slf.as_any())
    }

    /// The step has ended without a task: the object may serve the next one.
    pub(super) fn recycle(py: Python<'_>, mut step: Current) {
        if step.replace(py, Self(None)).is_ok() {
            SPARE.set(Some(step));
        }
    }

    /// The task of the loop and its coroutine, if the handler knows its task: then it is the
    /// current task for the handler in later steps, too.
    pub(super) fn in_task(slf: &Bound<'_, Self>) -> PyResult<Option<(Py<Handler>, Py<PyAny>)>> {
        let py = slf.py();
        if slf.get().step()?.task.get().is_none() && !ffi::is_shared(slf) {
            return Ok(None);
        }
        let (handler, task) = Self::task(slf)?;
        let known = slf.clone().into_any().unbind();
        handler.get().stand_in(StandIn { known, task: task.clone_ref(py) });
        Ok(Some((handler.clone_ref(py), task.clone_ref(py))))
    }

    fn step(&self) -> PyResult<&Step> {
        self.0.as_ref().ok_or_else(|| PyRuntimeError::new_err("the task is over"))
    }

    /// The task of the loop. Its first step is in the next round.
    fn task<'a>(slf: &'a Bound<'_, Self>) -> PyResult<&'a (Py<Handler>, Py<PyAny>)> {
        let (py, this) = (slf.py(), slf.get().step()?);
        if let Some(made) = this.task.get() {
            return Ok(made);
        }
        let (host, coroutine) = (this.host.bind(py), this.coroutine.bind(py));
        let hooks = &host.get().hooks;
        let handler = Bound::new(py, Handler::new(host, this.exchange, coroutine))?;
        let task = hooks.task(handler.as_any(), this.context.bind(py), false)?;
        let made = this.task.get_or_init(|| (handler.unbind(), task.unbind()));
        // The list of all tasks has what `current_task` returns.
        hooks.replace_task.bind(py).call1((&made.1, slf))?;
        Ok(made)
    }

    fn object<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Ok(Self::task(slf)?.1.bind(slf.py()).clone())
    }
}

#[pymethods]
impl FirstStep {
    /// `asyncio.Task`.
    #[getter(__class__)]
    fn class(slf: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        static TASK: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        Ok(TASK.import(slf.py(), "asyncio", "Task")?.clone().unbind())
    }

    fn __getattr__<'py>(
        slf: &Bound<'py, Self>,
        name: &Bound<'py, PyString>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::object(slf)?.getattr(name)
    }

    fn __setattr__(
        slf: &Bound<'_, Self>,
        name: &Bound<'_, PyString>,
        value: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        Self::object(slf)?.setattr(name, value)
    }

    fn __delattr__(slf: &Bound<'_, Self>, name: &Bound<'_, PyString>) -> PyResult<()> {
        Self::object(slf)?.delattr(name)
    }

    fn __await__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Self::object(slf)?.call_method0(pyo3::intern!(slf.py(), "__await__"))
    }

    fn __iter__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Self::__await__(slf)
    }

    fn __hash__(slf: &Bound<'_, Self>) -> PyResult<isize> {
        Self::object(slf)?.hash()
    }

    fn __eq__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        if slf.is(other) {
            return Ok(true);
        }
        let other = match other.cast::<Self>() {
            Ok(other) => Self::object(other)?,
            Err(_) => other.clone(),
        };
        Ok(Self::object(slf)?.is(&other))
    }

    /// Without a task for it: an error of asyncio may name the current task.
    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let step = slf.get().step()?;
        let text = match step.task.get() {
            Some((_, task)) => task.bind(slf.py()).repr()?,
            None => step.coroutine.bind(slf.py()).repr()?,
        };
        Ok(text.to_string())
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        let Some(step) = &self.0 else { return Ok(()) };
        visit.call(&step.host)?;
        visit.call(&step.coroutine)?;
        visit.call(&step.context)?;
        let Some((handler, task)) = step.task.get() else { return Ok(()) };
        visit.call(handler)?;
        visit.call(task)
    }
}
