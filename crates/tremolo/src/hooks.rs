//! Hooks: functions that run when a worker or a connection begins or ends.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::time::Duration;

use tokio::time::timeout;
use tremolo_core::app::Ordered;

use crate::catch_panic::catch_async_panic;
use crate::context::{ConnectionContext, WorkerContext};
use crate::error::HttpError;
use crate::marker;
use crate::reply::{Body, Reply};

/// A function that runs when a worker or a connection begins or ends: async, of no argument or of
/// one, the [`WorkerContext`] or the [`ConnectionContext`]. It returns `()`, or a `Result` whose
/// error goes to the log.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a hook: write an async function or closure of no argument, or of a `{A}`",
    label = "not a hook",
    note = "it returns `()`, or a `Result` whose error goes to the log"
)]
pub trait Hook<A, M>: Send + Sync + 'static {
    /// Runs it.
    ///
    /// # Errors
    ///
    /// The error goes to the log.
    fn run(&self, argument: A) -> impl Future<Output = Result<(), HttpError>>;
}

impl<A, F, R> Hook<A, (marker::WithArgument, R)> for F
where
    F: AsyncFn(A) -> R + Send + Sync + 'static,
    R: Reply,
{
    async fn run(&self, argument: A) -> Result<(), HttpError> {
        outcome(self(argument).await)
    }
}

impl<A, F, R> Hook<A, (marker::WithoutArgument, R)> for F
where
    F: AsyncFn() -> R + Send + Sync + 'static,
    R: Reply,
{
    async fn run(&self, _: A) -> Result<(), HttpError> {
        outcome(self().await)
    }
}

fn outcome(reply: impl Reply) -> Result<(), HttpError> {
    match reply.into_answer().body {
        Body::Error(error) => Err(error),
        Body::Nothing | Body::Whole(_) | Body::Stream(_) | Body::LeaveOpen => Ok(()),
    }
}

type HookFuture<'a> = Pin<Box<dyn Future<Output = Result<(), HttpError>> + 'a>>;

/// A hook as the application keeps it.
pub(crate) trait AnyHook<A>: Send + Sync {
    fn run(&self, argument: A) -> HookFuture<'_>;
}

struct Erased<H, M> {
    hook: H,
    marker: PhantomData<fn(M)>,
}

impl<A, M, H: Hook<A, M>> AnyHook<A> for Erased<H, M>
where
    A: 'static,
{
    fn run(&self, argument: A) -> HookFuture<'_> {
        Box::pin(self.hook.run(argument))
    }
}

pub(crate) fn erase<A: 'static, M: 'static>(hook: impl Hook<A, M>) -> Box<dyn AnyHook<A>> {
    Box::new(Erased { hook, marker: PhantomData })
}

/// The hooks of one kind, in the order in which they run.
pub(crate) type HookList<A> = Box<[Box<dyn AnyHook<A>>]>;

/// All hooks of an application.
#[derive(Default)]
pub(crate) struct Hooks {
    pub(crate) worker_start: HookList<WorkerContext>,
    pub(crate) worker_stop: HookList<WorkerContext>,
    pub(crate) connect: HookList<ConnectionContext>,
    pub(crate) close: HookList<ConnectionContext>,
}

impl Hooks {
    /// Whether connections have any.
    pub(crate) fn watch_connections(&self) -> bool {
        !self.connect.is_empty() || !self.close.is_empty()
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks").finish_non_exhaustive()
    }
}

/// The hooks of an application that is being put together.
#[derive(Default)]
pub(crate) struct HookDrafts {
    pub(crate) worker_start: Ordered<Box<dyn AnyHook<WorkerContext>>>,
    pub(crate) worker_stop: Ordered<Box<dyn AnyHook<WorkerContext>>>,
    pub(crate) connect: Ordered<Box<dyn AnyHook<ConnectionContext>>>,
    pub(crate) close: Ordered<Box<dyn AnyHook<ConnectionContext>>>,
}

impl HookDrafts {
    /// Adds the hooks of an application that is mounted.
    pub(crate) fn add_all(&mut self, other: Self) {
        self.worker_start.add_all(other.worker_start);
        self.worker_stop.add_all(other.worker_stop);
        self.connect.add_all(other.connect);
        self.close.add_all(other.close);
    }

    pub(crate) fn finish(self) -> Hooks {
        Hooks {
            worker_start: self.worker_start.in_order(),
            worker_stop: self.worker_stop.reversed(),
            connect: self.connect.in_order(),
            close: self.close.reversed(),
        }
    }
}

/// Runs hooks until one fails.
pub(crate) async fn run_until_error<A: Clone>(
    hooks: &HookList<A>,
    argument: &A,
) -> Result<(), HttpError> {
    for hook in hooks {
        run(&mut || hook.run(argument.clone())).await?;
    }
    Ok(())
}

/// Runs all hooks, each for at most `limit`. An error of one does not stop the others.
pub(crate) async fn run_all<A: Clone>(hooks: &HookList<A>, argument: &A, limit: Duration) {
    for hook in hooks {
        run_within(limit, &mut || hook.run(argument.clone())).await;
    }
}

/// Runs a hook: this does not depend on the argument, and is compiled once.
async fn run<'a>(start: &mut dyn FnMut() -> HookFuture<'a>) -> Result<(), HttpError> {
    catch_async_panic("a hook", start).await.unwrap_or_else(|panic| Err(panic.into()))
}

async fn run_within<'a>(limit: Duration, start: &mut dyn FnMut() -> HookFuture<'a>) {
    match timeout(limit, run(start)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            let error = error.log_text();
            tracing::error!(%error, "a hook failed");
        }
        Err(_) => tracing::error!(patience = ?limit, "a hook took too long"),
    }
}
