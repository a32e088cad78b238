//! The way of a request through an application: routing, `on_request`, the handler, `on_response`,
//! error pages. All of it runs in the task of the connection.
//!
//! Where an application has no middleware, the way is the handler's own future and nothing else.

mod gate;
mod page;
mod scope;
mod unserved;

use std::fmt;
use std::future::ready;
use std::sync::Arc;

use tokio::time::timeout;
use tremolo_core::Piece;
use tremolo_core::http1::request::RequestHead;
pub(crate) use tremolo_core::routing::ScopeId;
use tremolo_core::routing::{Params, Router, Unserved};

pub(crate) use self::gate::{Gate, Opening};
pub(crate) use self::page::{Pages, log_failure};
pub(crate) use self::scope::{Ordered, ScopeDraft, Scopes};
use self::unserved::answer_of;
use crate::caught::caught;
use crate::cell::Exchange;
use crate::context::TypeMap;
use crate::error::HttpError;
use crate::extract::Call;
use crate::handler::{AnyHandler, Running};
use crate::hooks::Hooks;
use crate::reply::{Answer, Body, begun};

/// What the workers share of an application.
pub(crate) struct Routes {
    router: Router<Box<dyn AnyHandler>>,
    scopes: Scopes,
    pages: Pages,
    hooks: Hooks,
    state: TypeMap,
    has_on_response: bool,
}

/// Where a request goes.
#[derive(Debug)]
pub(crate) struct Target<'a> {
    pub(crate) scope: ScopeId,
    /// An error is what the server answers by itself, in the scope that is nearest.
    handler: Result<&'a dyn AnyHandler, Unserved>,
    /// Where what is behind the prefix of the handler begins in the path.
    pub(crate) rest: usize,
    /// What the groups of its pattern have found, if it has any: exact routes carry nothing.
    pub(crate) params: Option<Box<Params>>,
}

impl Routes {
    pub(crate) fn new(
        (router, drafts): (Router<Box<dyn AnyHandler>>, Vec<ScopeDraft>),
        pages: Pages,
        hooks: Hooks,
        state: TypeMap,
    ) -> Self {
        let scopes = Scopes::new(&router, drafts);
        let has_on_response = scopes.any_on_response();
        Self { router, scopes, pages, hooks, state, has_on_response }
    }

    pub(crate) fn hooks(&self) -> &Hooks {
        &self.hooks
    }

    pub(crate) fn state(&self) -> &TypeMap {
        &self.state
    }

    pub(crate) fn pages(&self) -> &Pages {
        &self.pages
    }

    /// Whether there is nothing but handlers.
    pub(crate) fn is_plain(&self) -> bool {
        self.scopes.are_plain() && self.pages.is_empty()
    }

    /// Whether there is any `on_response` middleware.
    pub(crate) fn has_on_response(&self) -> bool {
        self.has_on_response
    }

    /// The scope, if it has `on_response` middleware.
    pub(crate) fn gated(&self, scope: ScopeId) -> Option<ScopeId> {
        (!self.scopes.on_response(scope).is_empty()).then_some(scope)
    }

    /// Whether the exchange may be needed again after its handler has failed.
    pub(crate) fn keeps(&self, scope: ScopeId) -> bool {
        !self.scopes.is_plain(scope) || !self.pages.is_empty()
    }

    /// Whether an error with this status is answered by more than the built-in page.
    pub(crate) fn answers(&self, scope: ScopeId, status: u16) -> bool {
        self.gated(scope).is_some() || self.pages.has(status)
    }

    pub(crate) fn find(&self, head: &RequestHead) -> Target<'_> {
        let path = head.path();
        match self.router.route(head) {
            Ok(found) => Target {
                scope: found.scope,
                handler: Ok(&**found.target),
                rest: found.rest.map_or(0, |rest| path.len() - rest.len()),
                params: (!found.params.is_empty()).then(|| Box::new(found.params)),
            },
            Err(unserved) => {
                let scope = self.router.scope_at(path);
                Target { scope, handler: Err(unserved), rest: 0, params: None }
            }
        }
    }

    /// Serves a request. Of user code nothing runs before the future is polled.
    pub(crate) fn start<'a>(&'a self, target: Target<'a>, call: Call) -> Running<'a> {
        match target.handler {
            Ok(handler) if self.scopes.is_plain(target.scope) => handler.call(call),
            Err(unserved) if self.scopes.is_plain(target.scope) => {
                Box::pin(ready(answer_of(unserved, call.head())))
            }
            _ => Box::pin(self.run(target, call)),
        }
    }

    async fn run(&self, target: Target<'_>, mut call: Call) -> Answer {
        let exchange = call.exchange();
        if let Ok(handler) = target.handler {
            handler.prepare(&mut call);
        }
        let answer = match (self.ask(target.scope, &exchange).await, target.handler) {
            (Some(halted), _) => halted,
            (None, Ok(handler)) => settled(caught("handler", || handler.call(call)).await),
            (None, Err(unserved)) => answer_of(unserved, call.head()),
        };
        self.finish(target.scope, &exchange, answer).await
    }

    /// Runs `on_request`; gives the answer of the one that halts.
    async fn ask(&self, scope: ScopeId, exchange: &Arc<Exchange>) -> Option<Answer> {
        for middleware in self.scopes.on_request(scope) {
            let call = || middleware.call(Call::of(exchange));
            let answer = settled(caught("middleware", call).await);
            if !matches!(answer.body, Body::Nothing) {
                return Some(answer);
            }
            if let Err(error) = exchange.apply(&answer) {
                return Some(Body::Error(error).into());
            }
            // It may have answered by hand.
            if !exchange.is_unanswered() {
                return Some(Answer::nothing());
            }
        }
        None
    }

    /// Runs `on_response` for an answer, or makes a page of it. What comes back needs nothing
    /// more.
    async fn finish(&self, scope: ScopeId, exchange: &Arc<Exchange>, answer: Answer) -> Answer {
        let (mut answer, replaceable) = match answer.body {
            Body::Error(error) => {
                if let Ok(mut state) = exchange.lock()
                    && state.connection.is_unanswered()
                {
                    state.gate.arm_again(self.gated(scope));
                }
                return self.fail(scope, exchange, error).await;
            }
            // No head goes out; if a handle sends one later, it comes to the gate itself.
            Body::Nothing | Body::LeaveOpen => return answer,
            Body::Whole(_) => (answer, true),
            Body::Stream(_) if self.gated(scope).is_none() => return answer,
            Body::Stream(stream) => match caught("stream", || Box::pin(begun(stream))).await {
                Ok(Ok(stream)) => (Answer { body: Body::Stream(stream), ..answer }, false),
                Ok(Err(error)) | Err(error) => return self.fail(scope, exchange, error).await,
            },
        };
        if !exchange.is_unanswered() {
            return answer;
        }
        if let Err(error) = exchange.apply(&answer) {
            return self.fail(scope, exchange, error).await;
        }
        answer.forget_head();
        match self.before_head(scope, exchange, replaceable).await {
            // The middleware may have answered by hand.
            Ok(_) if !exchange.is_unanswered() => Answer::nothing(),
            Ok(Some(body)) => Answer::whole(body),
            Ok(None) => answer,
            Err(error) => self.fail(scope, exchange, error).await,
        }
    }

    /// Answers an error with its page, which passes `on_response` as well. An error comes back if
    /// it is too late for a page.
    pub(crate) async fn fail(
        &self,
        scope: ScopeId,
        exchange: &Arc<Exchange>,
        error: HttpError,
    ) -> Answer {
        let body = match self.pages.answer(exchange, error).await {
            Ok(body) => body,
            Err(answer) => return answer,
        };
        match self.before_head(scope, exchange, true).await {
            Ok(_) if !exchange.is_unanswered() => Answer::nothing(),
            Ok(replacement) => Answer::whole(replacement.unwrap_or(body)),
            // Once is enough: the gate is open now.
            Err(error) => match self.pages.answer(exchange, error).await {
                Ok(body) => Answer::whole(body),
                Err(answer) => answer,
            },
        }
    }

    /// The same from outside of the way of a request; a page that takes longer than
    /// `app_close_timeout` is given up.
    pub(crate) fn start_page(
        &self,
        scope: ScopeId,
        exchange: Arc<Exchange>,
        error: HttpError,
    ) -> Running<'_> {
        Box::pin(async move {
            let patience = exchange.config().app_close_timeout;
            let page = timeout(patience, self.fail(scope, &exchange, error)).await;
            page.unwrap_or_else(|_| Body::Error(HttpError::internal_server_error()).into())
        })
    }

    /// Opens the gate for a handle that wants to write. An error of the middleware answers in the
    /// place of what was to be written.
    pub(crate) fn open<'a>(&'a self, scope: ScopeId, opening: Opening) -> Running<'a> {
        Box::pin(async move {
            let exchange = opening.exchange();
            if let Err(error) = self.pass(scope, exchange, false).await
                && let Ok(body) = self.pages.answer(exchange, error).await
                && let Err(error) = exchange.act(|connection, now| connection.end(now, body))
            {
                tracing::debug!(%error, "the page was not sent");
            }
            Answer::nothing()
        })
    }

    /// Runs `on_response`, unless it has run for this exchange. Gives what it replaces the body
    /// with.
    async fn before_head(
        &self,
        scope: ScopeId,
        exchange: &Arc<Exchange>,
        replaceable: bool,
    ) -> Result<Option<Piece<'static>>, HttpError> {
        if self.gated(scope).is_none() {
            return Ok(None);
        }
        match gate::enter(exchange).await {
            Some(opening) => self.pass(scope, opening.exchange(), replaceable).await,
            None => Ok(None),
        }
    }

    async fn pass(
        &self,
        scope: ScopeId,
        exchange: &Arc<Exchange>,
        replaceable: bool,
    ) -> Result<Option<Piece<'static>>, HttpError> {
        let mut replacement = None;
        for middleware in self.scopes.on_response(scope) {
            let running = caught("middleware", || middleware.call(Call::of(exchange)));
            let answer = settled(gate::inside(exchange.cell(), running).await);
            match &answer.body {
                Body::Nothing => exchange.apply(&answer)?,
                Body::Whole(_) if replaceable => exchange.apply(&answer)?,
                Body::Whole(_) | Body::Stream(_) | Body::LeaveOpen => {
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
        f.debug_struct("Routes").field("scopes", &self.scopes).finish_non_exhaustive()
    }
}

/// The answer of user code that may have panicked.
fn settled(caught: Result<Answer, HttpError>) -> Answer {
    caught.unwrap_or_else(|error| Body::Error(error).into())
}
