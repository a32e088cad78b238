//! Middleware before and around a handler, as a chain of steps. The end of the chain is the handler
//! of the route, or the answer to a request that no route serves.

mod apply;
mod slot;
mod unserved;

use std::fmt;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;

use tremolo_core::routing::{DecidesMethods, MethodTable, Unserved};

pub(crate) use self::apply::apply;
pub(crate) use self::slot::Slot;
pub(crate) use self::unserved::answer_of;
use crate::catch_panic::{Panicked, catch_async_panic};
use crate::error::HttpError;
use crate::extract::{Call, FromCall};
use crate::reply::{Answer, Body};
use crate::request::Request;
use crate::requirements::Requirements;
use crate::shared_connection::Exchange;

/// The future of a running handler.
pub(crate) type HandlerFuture<'a> = Pin<Box<dyn Future<Output = Answer> + 'a>>;

/// A handler as routes and chains keep it.
pub(crate) trait AnyHandler: Send + Sync + fmt::Debug {
    fn call(&self, call: Call) -> HandlerFuture<'_>;

    fn prepare(&self, call: &mut Call);

    fn methods(&self) -> Option<MethodTable<()>>;
}

/// A handler that routes and requests share.
pub(crate) type SharedHandler = Arc<dyn AnyHandler>;

impl DecidesMethods for dyn AnyHandler {
    fn decides_methods(&self) -> bool {
        self.methods().is_some()
    }
}

/// One middleware of a chain. Programs do not name it.
#[derive(Clone, Debug)]
pub struct Step {
    handler: SharedHandler,
    /// Whether it calls the rest of the chain itself, by its argument [`Next`].
    is_around: bool,
}

impl Step {
    pub(crate) fn before(handler: SharedHandler) -> Self {
        Self { handler, is_around: false }
    }

    pub(crate) fn around(handler: SharedHandler) -> Self {
        Self { handler, is_around: true }
    }

    pub(crate) fn handler(&self) -> &SharedHandler {
        &self.handler
    }
}

/// The steps of a chain, in order.
pub(crate) type Steps = Arc<[Step]>;

/// The end of a chain: a handler, or why there is none.
pub(crate) type End<'a> = Result<&'a SharedHandler, Unserved>;

/// The rest of an application behind a middleware: the middleware after it, and the handler. It is
/// an argument of middleware that [`Application::around`](crate::Application::around) and its
/// siblings take.
///
/// ```
/// use std::time::Instant;
/// use tremolo::{Answer, Application, Next, Request};
///
/// async fn timed(request: Request, next: Next) -> Answer {
///     let began = Instant::now();
///     let answer = next.run(request).await;
///     answer.with_header("Server-Timing", format!("app;dur={}", began.elapsed().as_millis()))
/// }
///
/// # let _ =
/// Application::new().around(timed).route("/", async || "hi")
/// # ;
/// ```
///
/// A middleware that drops it answers in place of the handler.
#[must_use = "the handler does not run until `run` is awaited"]
pub struct Next {
    steps: Steps,
    /// The first step that has not run.
    at: usize,
    end: Result<SharedHandler, Unserved>,
    /// Where the path behind the prefix of the handler begins.
    rest: usize,
}

impl Next {
    /// Runs the rest, and returns its answer before anything of it is sent. An error of the handler
    /// is in the answer ([`Answer::error`]); a panic is one of 500.
    ///
    /// A stream has not begun: it is a part of the answer, whose pieces are taken after the
    /// middleware has returned it. What a handler writes through its
    /// [`Response`](crate::Response) leaves as it is written, and the answer is empty; fields for
    /// such responses are set by [`Application::on_response`](crate::Application::on_response).
    ///
    /// If the future is dropped, so is that of the handler.
    #[must_use = "an answer that is not returned is not sent"]
    pub async fn run(self, request: Request) -> Answer {
        let Self { steps, at, end, rest } = self;
        let call = Call::of(request.exchange()).at(rest, None);
        run(&steps, at, end.as_ref().map_err(|unserved| *unserved), call).await
    }
}

/// Runs the steps of a chain from one on, and its end.
pub(crate) async fn run(steps: &Steps, from: usize, end: End<'_>, mut call: Call) -> Answer {
    for (at, step) in steps.iter().enumerate().skip(from) {
        let exchange = call.exchange();
        if step.is_around {
            let (steps, end) = (Arc::clone(steps), end.cloned());
            let next = Next { steps, at: at + 1, end, rest: call.prefix() };
            exchange.views().extensions.insert(Slot::new(next));
            drop(call);
            return call_middleware(step, &exchange).await;
        }
        if let Some(answer) = run_before(step, &exchange).await {
            return answer;
        }
    }
    match end {
        Ok(handler) => settled(catch_async_panic("handler", || handler.call(call)).await),
        Err(unserved) => answer_of(unserved, call.head()),
    }
}

/// Runs a middleware before the handler; its answer, if it has answered the request.
async fn run_before(step: &Step, exchange: &Arc<Exchange>) -> Option<Answer> {
    let answer = call_middleware(step, exchange).await;
    if !matches!(answer.body, Body::Nothing) {
        return Some(answer);
    }
    if let Err(error) = apply(exchange, &answer) {
        return Some(Body::Error(error).into());
    }
    // It may have answered through the `Response`.
    exchange.response_started().then(Answer::nothing)
}

/// Calls a middleware in an exchange.
pub(crate) async fn call_middleware(step: &Step, exchange: &Arc<Exchange>) -> Answer {
    settled(catch_async_panic("middleware", || step.handler.call(Call::of(exchange))).await)
}

/// The future of the answer to a request that no route serves.
pub(crate) fn unserved(unserved: Unserved, call: &Call) -> HandlerFuture<'static> {
    Box::pin(ready(answer_of(unserved, call.head())))
}

/// The answer of user code that may have panicked.
fn settled(caught: Result<Answer, Panicked>) -> Answer {
    caught.unwrap_or_else(|panic| Body::Error(panic.into()).into())
}

impl FromCall for Next {
    async fn from_call(call: &mut Call) -> Result<Self, HttpError> {
        let slot: Option<Slot> = call.request().extensions().get();
        slot.and_then(|slot| slot.take()).ok_or_else(|| {
            tracing::error!("Next is asked for by what is no middleware, or a second time");
            HttpError::internal_server_error()
        })
    }

    fn requires(requirements: &mut Requirements) {
        requirements.next();
    }
}

impl fmt::Debug for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Next").field("end", &self.end).finish_non_exhaustive()
    }
}
