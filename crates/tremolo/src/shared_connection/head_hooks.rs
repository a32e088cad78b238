//! Whether `on_response` has to run before the head of the current exchange is sent, and the tasks
//! that wait for it. The rule itself is `tremolo_core::app::HeadHooks`.

use std::sync::{Arc, Weak};
use std::task::{Context, Waker};

use tremolo_core::app::{self, Begin, Pass, Writer};
use tremolo_core::routing::ScopeId;

/// The hooks of the current exchange, and the tasks that wait for them.
#[derive(Debug)]
pub(crate) struct HeadHooks<E> {
    rule: app::HeadHooks<Weak<E>>,
    waiters: Vec<Waker>,
}

impl<E> Default for HeadHooks<E> {
    fn default() -> Self {
        Self { rule: app::HeadHooks::default(), waiters: Vec::new() }
    }
}

impl<E> HeadHooks<E> {
    /// A new exchange begins: with middleware to run, or without.
    pub(crate) fn arm(&mut self, scope: Option<ScopeId>) {
        self.rule.arm(scope);
        self.wake();
    }

    /// The hooks have run for a head that an error page replaces: they run for the page too.
    pub(crate) fn rearm(&mut self, scope: Option<ScopeId>) {
        self.rule.rearm(scope);
    }

    /// Takes the request of a handle that wants to write: the driver runs the hooks now.
    pub(crate) fn take_request(&mut self) -> Option<(ScopeId, Arc<E>)> {
        self.rule.take_request(Weak::upgrade)
    }

    /// Begins to run the hooks.
    pub(super) fn begin(&mut self, is_first: bool) -> Begin {
        self.rule.begin(is_first)
    }

    /// Whether a handle may send the head. The first one requests the hooks.
    pub(super) fn pass(&mut self, writer: Writer, exchange: &Arc<E>) -> Pass {
        self.rule.pass(writer, || Arc::downgrade(exchange))
    }

    /// The hooks have run.
    pub(super) fn finish(&mut self) {
        self.rule.finish();
        self.wake();
    }

    pub(crate) fn wake(&mut self) {
        if !self.waiters.is_empty() {
            self.waiters.drain(..).for_each(Waker::wake);
        }
    }

    /// Wakes the task when the step changes.
    pub(super) fn wait(&mut self, cx: &Context<'_>) {
        if !self.waiters.iter().any(|waiter| waiter.will_wake(cx.waker())) {
            self.waiters.push(cx.waker().clone());
        }
    }
}
