//! Whether `on_response` has to run before the head of the current exchange is sent.

use std::sync::{Arc, Weak};
use std::task::{Context, Waker};

use tremolo_core::routing::ScopeId;

/// The hooks of the current exchange, and the tasks that wait for them.
#[derive(Debug)]
pub(crate) struct HeadHooks<E> {
    pub(super) step: Step<E>,
    waiters: Vec<Waker>,
}

#[derive(Debug)]
pub(super) enum Step<E> {
    /// No hook has to run, or all have run.
    Done,
    /// The hooks of this scope have to run.
    Due(ScopeId),
    /// A handle has requested them, and waits.
    Requested(ScopeId, Weak<E>),
    /// They run.
    Running,
}

impl<E> Default for HeadHooks<E> {
    fn default() -> Self {
        Self { step: Step::Done, waiters: Vec::new() }
    }
}

impl<E> HeadHooks<E> {
    /// A new exchange begins: with middleware to run, or without.
    pub(crate) fn arm(&mut self, scope: Option<ScopeId>) {
        self.set(scope.map_or(Step::Done, Step::Due));
    }

    /// The hooks have run for a head that an error page replaces: they run for the page too.
    pub(crate) fn rearm(&mut self, scope: Option<ScopeId>) {
        if let (Step::Done, Some(scope)) = (&self.step, scope) {
            self.step = Step::Due(scope);
        }
    }

    /// Takes the request of a handle that wants to write: the driver runs the hooks now.
    pub(crate) fn take_request(&mut self) -> Option<(ScopeId, Arc<E>)> {
        let Step::Requested(scope, exchange) = &self.step else { return None };
        let (scope, exchange) = (*scope, exchange.upgrade()?);
        self.step = Step::Running;
        Some((scope, exchange))
    }

    /// Sets the step and wakes the tasks that wait for a change.
    pub(super) fn set(&mut self, step: Step<E>) {
        self.step = step;
        self.wake();
    }

    pub(crate) fn wake(&mut self) {
        if !self.waiters.is_empty() {
            self.waiters.drain(..).for_each(Waker::wake);
        }
    }

    pub(super) fn wait(&mut self, cx: &Context<'_>) {
        if !self.waiters.iter().any(|waiter| waiter.will_wake(cx.waker())) {
            self.waiters.push(cx.waker().clone());
        }
    }
}
