//! The gate before a head: `on_response` runs once before anything of a response goes out,
//! whoever sends it.
//!
//! What a handler returns passes it in the pipeline. A handle that writes may be in another task
//! and on another thread, and middleware need not be `Send`: it asks the driver to open the gate,
//! and waits. Whatever the middleware itself writes passes, or it would wait for itself.

use std::cell::Cell as LocalCell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};

use tremolo_core::Error;

use super::ScopeId;
use crate::cell::{Cell, Exchange, State};

/// How far the exchange in work is on its way to its head, and who waits.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    step: Step,
    waiters: Vec<Waker>,
}

#[derive(Debug, Default)]
enum Step {
    /// Nothing has to run, or it has.
    #[default]
    Open,
    /// The middleware of this scope has to run.
    Due(ScopeId),
    /// A handle waits for it.
    Wanted(ScopeId, Weak<Exchange>),
    /// It runs.
    Running,
}

impl Gate {
    /// A new exchange begins: with middleware to run, or without.
    pub(crate) fn arm(&mut self, scope: Option<ScopeId>) {
        self.set(scope.map_or(Step::Open, Step::Due));
    }

    /// What it has run for is not what goes out: an error page takes its place.
    pub(crate) fn arm_again(&mut self, scope: Option<ScopeId>) {
        if let (Step::Open, Some(scope)) = (&self.step, scope) {
            self.step = Step::Due(scope);
        }
    }

    /// Who waits looks again.
    fn set(&mut self, step: Step) {
        self.step = step;
        self.wake();
    }

    pub(crate) fn wake(&mut self) {
        if !self.waiters.is_empty() {
            self.waiters.drain(..).for_each(Waker::wake);
        }
    }

    fn wait(&mut self, cx: &Context<'_>) {
        if !self.waiters.iter().any(|waiter| waiter.will_wake(cx.waker())) {
            self.waiters.push(cx.waker().clone());
        }
    }
}

impl State {
    /// Takes the wish of a handle that wants to write: what the driver has to run now.
    pub(crate) fn take_wish(&mut self) -> Option<(ScopeId, Opening)> {
        let Step::Wanted(scope, exchange) = &self.gate.step else { return None };
        let (scope, exchange) = (*scope, exchange.upgrade()?);
        self.gate.step = Step::Running;
        Some((scope, Opening(exchange)))
    }
}

/// The gate while middleware runs; open when this is dropped, however that ended.
#[derive(Debug)]
pub(crate) struct Opening(Arc<Exchange>);

impl Opening {
    pub(crate) fn exchange(&self) -> &Arc<Exchange> {
        &self.0
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        // Another exchange has a gate of its own.
        if let Ok(mut state) = self.0.lock() {
            state.gate.set(Step::Open);
        }
    }
}

/// Enters the gate from the pipeline. `None`: there is nothing to run any more.
pub(super) async fn enter(exchange: &Arc<Exchange>) -> Option<Opening> {
    poll_fn(|cx| {
        let Ok(mut state) = exchange.lock() else { return Poll::Ready(None) };
        match state.gate.step {
            Step::Open => Poll::Ready(None),
            Step::Running => {
                state.gate.wait(cx);
                Poll::Pending
            }
            Step::Due(_) | Step::Wanted(..) => {
                if !state.connection.is_unanswered() {
                    return Poll::Ready(None);
                }
                state.gate.step = Step::Running;
                Poll::Ready(Some(Opening(Arc::clone(exchange))))
            }
        }
    })
    .await
}

impl Exchange {
    /// Waits until the head may go out. To be awaited by whatever sends one.
    pub(crate) async fn before_head(self: &Arc<Self>) -> Result<(), Error> {
        if !self.cell().routes().has_on_response() {
            return Ok(());
        }
        poll_fn(|cx| {
            let mut state = match self.lock() {
                Ok(state) => state,
                Err(over) => return Poll::Ready(Err(over)),
            };
            match state.gate.step {
                Step::Open => return Poll::Ready(Ok(())),
                Step::Due(_) | Step::Wanted(..) if !state.connection.is_unanswered() => {
                    return Poll::Ready(Ok(()));
                }
                Step::Due(scope) => {
                    state.gate.step = Step::Wanted(scope, Arc::downgrade(self));
                    state.wake_driver();
                }
                Step::Running if is_inside(self.cell()) => return Poll::Ready(Ok(())),
                Step::Wanted(..) | Step::Running => {}
            }
            state.gate.wait(cx);
            Poll::Pending
        })
        .await
    }
}

thread_local! {
    /// The connection whose middleware is polled on this thread.
    static INSIDE: LocalCell<Option<*const Cell>> = const { LocalCell::new(None) };
}

fn is_inside(cell: &Arc<Cell>) -> bool {
    INSIDE.get() == Some(Arc::as_ptr(cell))
}

/// Awaits middleware, inside the gate.
pub(super) async fn inside<T>(cell: &Arc<Cell>, future: impl Future<Output = T>) -> T {
    struct Restore(Option<*const Cell>);
    impl Drop for Restore {
        fn drop(&mut self) {
            INSIDE.set(self.0);
        }
    }
    let mut future = pin!(future);
    poll_fn(|cx| {
        let _restore = Restore(INSIDE.replace(Some(Arc::as_ptr(cell))));
        future.as_mut().poll(cx)
    })
    .await
}
