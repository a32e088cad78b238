//! The pipeline of a request: routing, `on_request`, the handler, `on_response`,
//! error pages. All of it runs in the task of the connection.
//!
//! Where an application has no middleware, the pipeline is the future of the handler itself.

mod page;

use std::fmt;
use std::sync::Arc;

use tokio::time::timeout;
use tremolo_core::Piece;
use tremolo_core::app::{Rules, ScopeDrafts};
use tremolo_core::http1::request::RequestHead;
use tremolo_core::routing::{Params, Router, ScopeId};

pub(crate) use self::page::{PageHandlers, Pages, log_failure};
use crate::catch_panic::catch_async_panic;
use crate::error::HttpError;
use crate::extract::Call;
use crate::next::{
    End, HandlerFuture, SharedHandler, Step, Steps, apply, call_middleware, run, unserved,
};
use crate::reply::{Answer, Body, PieceStream, begun, with_fields};
use crate::shared_connection::{Exchange, HookRun, inside};

/// The routes, middleware and pages of an application, shared by its workers.
pub(crate) struct Routes {
    router: Router<SharedHandler>,
    /// By scope; `None` for one without middleware.
    chains: Box<[Option<Chain>]>,
    pages: Pages,
    has_on_response: bool,
}

/// The middleware of a scope, in the order in which it runs.
#[derive(Debug)]
struct Chain {
    on_request: Steps,
    on_response: Box<[Step]>,
}

/// The handler of a request.
#[derive(Debug)]
pub(crate) struct Target<'a> {
    pub(crate) scope: ScopeId,
    /// An error if the server itself answers, in the nearest scope.
    handler: End<'a>,
    /// Where the path behind the prefix of the handler begins.
    pub(crate) rest: usize,
    /// The parameters of its path, if it has any.
    pub(crate) params: Option<Box<Params>>,
}

impl Routes {
    pub(crate) fn new(
        router: Router<SharedHandler>,
        drafts: ScopeDrafts<Step>,
        pages: Pages,
    ) -> Self {
        let scopes = drafts.finish(&router, Rules::NESTED);
        let chain = |scope| {
            (!scopes.has_no_middleware(scope)).then(|| Chain {
                on_request: scopes.on_request(scope).cloned().collect(),
                on_response: scopes.on_response(scope).cloned().collect(),
            })
        };
        let chains: Box<[_]> = router.scopes().map(chain).collect();
        let has_on_response = chains.iter().flatten().any(|chain| !chain.on_response.is_empty());
        Self { router, chains, pages, has_on_response }
    }

    pub(crate) fn pages(&self) -> &Pages {
        &self.pages
    }

    /// Whether there is no middleware and no page.
    pub(crate) fn has_no_middleware(&self) -> bool {
        self.chains.iter().all(Option::is_none) && self.pages.is_empty()
    }

    /// Whether there is any `on_response` middleware.
    pub(crate) fn has_on_response(&self) -> bool {
        self.has_on_response
    }

    /// The scope, if it has `on_response` middleware.
    pub(crate) fn hooked(&self, scope: ScopeId) -> Option<ScopeId> {
        (!self.on_response(scope).is_empty()).then_some(scope)
    }

    /// Whether the exchange may be needed again after its handler has failed.
    pub(crate) fn keeps(&self, scope: ScopeId) -> bool {
        self.chain(scope).is_some() || !self.pages.is_empty()
    }

    /// The middleware of a scope, if it has any.
    fn chain(&self, scope: ScopeId) -> Option<&Chain> {
        self.chains.get(scope.index())?.as_ref()
    }

    fn on_response(&self, scope: ScopeId) -> &[Step] {
        self.chain(scope).map_or(&[], |chain| &chain.on_response)
    }

    /// Whether an error with this status has more than the built-in page.
    pub(crate) fn answers(&self, scope: ScopeId, status: u16) -> bool {
        self.hooked(scope).is_some() || self.pages.has(status)
    }

    pub(crate) fn find(&self, head: &RequestHead) -> Target<'_> {
        let path = head.path();
        match self.router.route(head) {
            Ok(found) => Target {
                scope: found.scope,
                handler: Ok(found.target),
                rest: found.rest.map_or(0, |rest| path.len() - rest.len()),
                params: (!found.params.is_empty()).then(|| Box::new(found.params)),
            },
            Err(unserved) => {
                let scope = self.router.scope_at(path);
                Target { scope, handler: Err(unserved), rest: 0, params: None }
            }
        }
    }

    /// Serves a request. No user code runs before the future is polled.
    pub(crate) fn start<'a>(&'a self, target: Target<'a>, call: Call) -> HandlerFuture<'a> {
        match (self.chain(target.scope), target.handler) {
            (None, Ok(handler)) => handler.call(call),
            (None, Err(why)) => unserved(why, &call),
            (Some(chain), _) => Box::pin(self.run(chain, target, call)),
        }
    }

    async fn run(&self, chain: &Chain, target: Target<'_>, mut call: Call) -> Answer {
        let exchange = call.exchange();
        if let Ok(handler) = target.handler {
            handler.prepare(&mut call);
        }
        let answer = run(&chain.on_request, 0, target.handler, call).await;
        self.finish(target.scope, &exchange, answer).await
    }

    /// Runs `on_response` for an answer, or answers its error with a page. Returns the answer to
    /// be sent.
    async fn finish(&self, scope: ScopeId, exchange: &Arc<Exchange>, answer: Answer) -> Answer {
        let (mut answer, replaceable) = match answer.body {
            Body::Error(error) => {
                let error = with_fields(error, answer.fields);
                if let Ok(mut state) = exchange.lock()
                    && !state.response_started()
                {
                    state.hooks.rearm(self.hooked(scope));
                }
                return self.answer_error(scope, exchange, error).await;
            }
            // No head is sent. A handle that sends one later requests the hooks itself.
            Body::Nothing | Body::LeaveOpen => return answer,
            Body::Whole(_) => (answer, true),
            Body::Stream(_) if self.hooked(scope).is_none() => return answer,
            Body::Stream(stream) => match begin_stream(stream).await {
                Ok(stream) => (Answer { body: Body::Stream(stream), ..answer }, false),
                Err(error) => return self.answer_error(scope, exchange, error).await,
            },
        };
        if exchange.response_started() {
            return answer;
        }
        if let Err(error) = apply(exchange, &answer) {
            return self.answer_error(scope, exchange, error).await;
        }
        answer.forget_head();
        match self.run_hooks(scope, exchange, replaceable).await {
            // The middleware may have answered through the `Response`.
            Ok(_) if exchange.response_started() => Answer::nothing(),
            Ok(Some(body)) => Answer::whole(body),
            Ok(None) => answer,
            Err(error) => self.answer_error(scope, exchange, error).await,
        }
    }

    /// Answers an error with its page, which passes `on_response` as well. Returns an error if it
    /// is too late for a page.
    pub(crate) async fn answer_error(
        &self,
        scope: ScopeId,
        exchange: &Arc<Exchange>,
        error: HttpError,
    ) -> Answer {
        let body = match self.pages.answer(exchange, error).await {
            Ok(body) => body,
            Err(answer) => return answer,
        };
        match self.run_hooks(scope, exchange, true).await {
            Ok(_) if exchange.response_started() => Answer::nothing(),
            Ok(replacement) => Answer::whole(replacement.unwrap_or(body)),
            // The hooks have run: they do not run again for this page.
            Err(error) => match self.pages.answer(exchange, error).await {
                Ok(body) => Answer::whole(body),
                Err(answer) => answer,
            },
        }
    }

    /// Answers an error outside of [`Routes::start`]. A page that takes longer than
    /// `app_close_timeout` is cancelled.
    pub(crate) fn start_page(
        &self,
        scope: ScopeId,
        exchange: Arc<Exchange>,
        error: HttpError,
    ) -> HandlerFuture<'_> {
        Box::pin(async move {
            let limit = exchange.config().app_close_timeout;
            let page = timeout(limit, self.answer_error(scope, &exchange, error)).await;
            page.unwrap_or_else(|_| Body::Error(HttpError::internal_server_error()).into())
        })
    }

    /// Runs the hooks for a handle that wants to write. An error of the middleware is answered in
    /// place of what the handle would write.
    pub(crate) fn run_requested_hooks<'a>(
        &'a self,
        scope: ScopeId,
        run: HookRun,
    ) -> HandlerFuture<'a> {
        Box::pin(async move {
            let exchange = run.exchange();
            if let Err(error) = self.run_on_response(scope, exchange, false).await
                && let Ok(body) = self.pages.answer(exchange, error).await
                && let Err(error) = exchange.act(|exchange, now| exchange.end(now, body))
            {
                tracing::debug!(%error, "the page was not sent");
            }
            Answer::nothing()
        })
    }

    /// Runs `on_response`, unless it has run for this exchange. Returns the body that
    /// replaces that of the answer, if there is one.
    async fn run_hooks(
        &self,
        scope: ScopeId,
        exchange: &Arc<Exchange>,
        replaceable: bool,
    ) -> Result<Option<Piece<'static>>, HttpError> {
        if self.hooked(scope).is_none() {
            return Ok(None);
        }
        match HookRun::begin(exchange).await {
            Some(run) => self.run_on_response(scope, run.exchange(), replaceable).await,
            None => Ok(None),
        }
    }

    async fn run_on_response(
        &self,
        scope: ScopeId,
        exchange: &Arc<Exchange>,
        replaceable: bool,
    ) -> Result<Option<Piece<'static>>, HttpError> {
        let mut replacement = None;
        for step in self.on_response(scope) {
            let answer = inside(exchange.shared(), call_middleware(step, exchange)).await;
            match &answer.body {
                Body::Nothing => apply(exchange, &answer)?,
                Body::Whole(_) if replaceable => apply(exchange, &answer)?,
                Body::Whole(_) | Body::Stream(_) | Body::LeaveOpen => {
                    let middleware = step.handler();
                    tracing::error!(?middleware, "there is no body that on_response could replace");
                    continue;
                }
                Body::Error(_) => {}
            }
            match answer.body {
                Body::Whole(body) => replacement = Some(body),
                Body::Error(error) => return Err(error),
                Body::Nothing | Body::Stream(_) | Body::LeaveOpen => {}
            }
        }
        Ok(replacement)
    }
}

impl fmt::Debug for Routes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Routes").field("chains", &self.chains).finish_non_exhaustive()
    }
}

/// Takes the first piece of a stream, which is user code.
async fn begin_stream(stream: PieceStream) -> Result<PieceStream, HttpError> {
    catch_async_panic("stream", || Box::pin(begun(stream))).await?
}
