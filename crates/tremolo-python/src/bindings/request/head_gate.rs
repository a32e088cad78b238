//! The middleware that runs before the head of the response: `tremolo_core::app::HeadHooks` decides
//! when. The writer of the head runs it, and other writers wait until it has run.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::app::{Begin, HeadHooks};
use tremolo_core::routing::ScopeId;

use super::Request;
use crate::bindings::waiter::Waiter;

/// Whether `on_response` has to run.
#[derive(Debug)]
pub(in crate::bindings) struct HeadGate {
    /// A tuple of `Callee`, in the order in which they run.
    middleware: Py<PyTuple>,
    scope: ScopeId,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    rule: HeadHooks<()>,
    /// Writers that wait.
    waiters: Vec<Py<Waiter>>,
    /// Middleware has raised: its error has no head that it could run for again.
    has_failed: bool,
}

impl HeadGate {
    pub(in crate::bindings) fn new(middleware: Py<PyTuple>, scope: ScopeId) -> Self {
        let mut rule = HeadHooks::default();
        rule.arm(Some(scope));
        let state = State { rule, waiters: Vec::new(), has_failed: false };
        Self { middleware, scope, state: Mutex::new(state) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.middleware)?;
        match self.state.try_lock() {
            Ok(state) => state.waiters.iter().try_for_each(|waiter| visit.call(waiter)),
            Err(_) => Ok(()),
        }
    }
}

impl Request {
    /// What a writer must await before it sends the head: an awaitable, or nothing. The result of
    /// the awaitable is the body that replaces a `replaceable` one, or `None`.
    pub(in crate::bindings) fn before_head<'py>(
        slf: &Bound<'py, Self>,
        replaceable: bool,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let (py, this) = (slf.py(), slf.get());
        let Some(gate) = &this.origin.gate else { return Ok(None) };
        let host = this.host.bind(py);
        let hooks = &host.get().hooks;
        let is_first =
            !this.exchange.ask(host, |exchange| exchange.response_started()).unwrap_or(true);
        let begun = gate.lock().rule.begin(is_first);
        match begun {
            Begin::Nothing => Ok(None),
            Begin::Run(_) => {
                this.response_headers.show_content_type(host, this.exchange)?;
                hooks.on_response.bind(py).call1((slf, &gate.middleware, replaceable)).map(Some)
            }
            Begin::Wait => {
                // What the middleware writes itself would wait for itself.
                if hooks.is_inside.bind(py).call1((slf,))?.is_truthy()? {
                    return Ok(None);
                }
                let waiter = Waiter::create(hooks.event_loop.bind(py))?;
                gate.lock().waiters.push(waiter.clone().unbind());
                Ok(Some(waiter.into_any()))
            }
        }
    }
}

#[pymethods]
impl Request {
    /// `before_head`, for the pipeline.
    #[pyo3(name = "_before_head")]
    fn python_before_head<'py>(
        slf: &Bound<'py, Self>,
        replaceable: bool,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        Self::before_head(slf, replaceable)
    }

    /// The middleware has run, or has raised.
    fn _head_hooks_done(&self, py: Python<'_>, has_failed: bool) -> PyResult<()> {
        let Some(gate) = &self.origin.gate else { return Ok(()) };
        let waiters = {
            let mut state = gate.lock();
            state.rule.finish();
            state.has_failed |= has_failed;
            std::mem::take(&mut state.waiters)
        };
        waiters.iter().try_for_each(|waiter| Waiter::wake_later(waiter.bind(py)))
    }

    /// An error page replaces the head. Returns whether middleware has to run for it.
    fn _rearm(&self) -> bool {
        let Some(gate) = &self.origin.gate else { return false };
        let mut state = gate.lock();
        if !state.has_failed {
            state.rule.rearm(Some(gate.scope));
        }
        state.rule.is_pending()
    }

    /// Whether nothing of the response was sent.
    fn _is_unanswered(&self, py: Python<'_>) -> bool {
        !self
            .exchange
            .ask(self.host.bind(py), |exchange| exchange.response_started())
            .unwrap_or(true)
    }
}
