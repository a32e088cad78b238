//! `on_response` runs once before anything of a response is sent.
//!
//! What a handler returns passes through the pipeline, which runs the hooks. A handle that writes
//! may be in another task and on another thread, and middleware need not be `Send`: it requests the
//! run from the driver, and waits. What the middleware itself writes passes at once, because it
//! would wait for itself.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tremolo_core::Error;

use super::head_hooks::Step;
use super::{Exchange, SharedConnection};

/// The hooks while they run. They are done when this is dropped, however the run ended.
#[derive(Debug)]
pub(crate) struct HookRun(Arc<Exchange>);

impl HookRun {
    /// The hooks of an exchange whose request the driver has taken.
    pub(crate) fn requested(exchange: Arc<Exchange>) -> Self {
        Self(exchange)
    }

    pub(crate) fn exchange(&self) -> &Arc<Exchange> {
        &self.0
    }

    /// Begins to run the hooks, from the pipeline. `None`: there is nothing to run any more.
    pub(crate) async fn begin(exchange: &Arc<Exchange>) -> Option<Self> {
        poll_fn(|cx| {
            let Ok(mut state) = exchange.lock() else { return Poll::Ready(None) };
            match state.hooks.step {
                Step::Done => Poll::Ready(None),
                Step::Running => {
                    state.hooks.wait(cx);
                    Poll::Pending
                }
                Step::Due(_) | Step::Requested(..) => {
                    if state.response_started() {
                        return Poll::Ready(None);
                    }
                    state.hooks.step = Step::Running;
                    Poll::Ready(Some(Self(Arc::clone(exchange))))
                }
            }
        })
        .await
    }
}

impl Drop for HookRun {
    fn drop(&mut self) {
        // The next exchange has hooks of its own.
        if let Ok(mut state) = self.0.lock() {
            state.hooks.set(Step::Done);
        }
    }
}

impl Exchange {
    /// Waits until the head may be sent. Every method that sends one awaits it first.
    pub(crate) async fn before_head(self: &Arc<Self>) -> Result<(), Error> {
        poll_fn(|cx| self.poll_before_head(cx)).await
    }

    /// Ready when the head may be sent.
    pub(crate) fn poll_before_head(
        self: &Arc<Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Error>> {
        if !self.shared().worker().has_on_response {
            return Poll::Ready(Ok(()));
        }
        let mut state = self.lock()?;
        match state.hooks.step {
            Step::Done => return Poll::Ready(Ok(())),
            Step::Due(_) | Step::Requested(..) if state.response_started() => {
                return Poll::Ready(Ok(()));
            }
            Step::Due(scope) => {
                state.hooks.step = Step::Requested(scope, Arc::downgrade(self));
                state.wake_driver();
            }
            Step::Running if is_inside(self.shared()) => return Poll::Ready(Ok(())),
            Step::Requested(..) | Step::Running => {}
        }
        state.hooks.wait(cx);
        Poll::Pending
    }
}

thread_local! {
    /// The connection whose middleware is polled on this thread.
    static INSIDE: Cell<Option<*const SharedConnection>> = const { Cell::new(None) };
}

fn is_inside(shared: &Arc<SharedConnection>) -> bool {
    INSIDE.get() == Some(Arc::as_ptr(shared))
}

/// Awaits middleware of `on_response`: what it writes itself does not wait for it.
pub(crate) async fn inside<T>(
    shared: &Arc<SharedConnection>,
    future: impl Future<Output = T>,
) -> T {
    struct Restore(Option<*const SharedConnection>);
    impl Drop for Restore {
        fn drop(&mut self) {
            INSIDE.set(self.0);
        }
    }
    let mut future = pin!(future);
    poll_fn(|cx| {
        let _restore = Restore(INSIDE.replace(Some(Arc::as_ptr(shared))));
        future.as_mut().poll(cx)
    })
    .await
}
