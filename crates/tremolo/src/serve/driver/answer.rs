//! The end of a handler: its answer is sent, its error becomes a page or cuts the response.

use std::sync::{Arc, MutexGuard};

use http::StatusCode;
use tracing::Span;
use tremolo_core::routing::ScopeId;
use tremolo_core::{CloseReason, Error, Now, PageFormat, PeerError, ServerSentEvents};

use super::Driver;
use crate::catch_panic::catch_panic;
use crate::error::HttpError;
use crate::pipeline::{Pages, log_failure};
use crate::reply::{Answer, Body, with_fields};
use crate::serve::handler_task::{HandlerTask, report};
use crate::serve::transport::Transport;
use crate::shared_connection::{Exchange, State};

impl<'a, S: Transport> Driver<'a, S> {
    /// Sends what a handler has returned.
    pub(super) fn answer(
        &mut self,
        mut state: MutexGuard<'a, State>,
        now: &Now,
        answer: Answer,
    ) -> MutexGuard<'a, State> {
        if let Body::Error(error) = answer.body {
            return self.handler_failed(state, now, with_fields(error, answer.fields));
        }
        if self.exchange.is_some() {
            state = self.release(state);
        }
        // As long as its handler runs, an exchange is the current one.
        let Some(mut exchange) = state.connection.current() else { return state };
        if answer.has_head() && !exchange.peek().is_head_sent() {
            let applied = answer.apply_to(&mut exchange);
            if let Err(error) = applied {
                // The body may be a stream whose clean-up takes the lock.
                drop(state);
                catch_panic("the clean-up of a stream", || drop(answer));
                return self.answer_error(self.shared.lock(), now, error);
            }
        }
        match answer.body {
            Body::Whole(piece) => {
                if let Err(error) = exchange.end(now, piece) {
                    return self.reply_failed(state, now, error);
                }
                exchange.handler_done(now);
            }
            Body::Nothing => exchange.handler_done(now),
            Body::Stream(stream) => {
                if stream.are_events() {
                    let begun = ServerSentEvents::of(&mut exchange).begin(now);
                    report(&self.spans, &state.connection, begun);
                }
                self.task = HandlerTask::Stream(stream);
            }
            Body::LeaveOpen => {
                tracing::debug!("the connection is left open");
                exchange.leave_open(now);
                self.shared.abandon_if_unheld(&mut state);
            }
            Body::Error(_) => {}
        }
        state
    }

    /// What a handler has returned cannot be sent.
    #[cold]
    fn reply_failed(
        &mut self,
        mut state: MutexGuard<'a, State>,
        now: &Now,
        error: Error,
    ) -> MutexGuard<'a, State> {
        report(&self.spans, &state.connection, Err(error));
        if !state.response_started() {
            state.hooks.rearm(self.routes.hooked(self.scope));
            return self.answer_error(state, now, error.into());
        }
        if let Some(mut exchange) = state.connection.current() {
            exchange.handler_done(now);
        }
        state
    }

    /// A request that cannot be served.
    #[cold]
    pub(super) fn refuse(
        &mut self,
        mut state: MutexGuard<'a, State>,
        now: &Now,
        fault: PeerError,
    ) -> MutexGuard<'a, State> {
        self.shared.worker().own_monitor().counters.refused(fault);
        self.spans.begin(&state.connection, None);
        tracing::debug!(%fault, "bad request");
        state = self.begin(state, ScopeId::ROOT);
        self.answer_error(state, now, Error::from(fault).into())
    }

    /// A handler has returned an error.
    #[inline(never)]
    fn handler_failed(
        &mut self,
        state: MutexGuard<'a, State>,
        now: &Now,
        error: HttpError,
    ) -> MutexGuard<'a, State> {
        let response_started = state.response_started();
        let is_worth_a_line = response_started || error.status() >= 500;
        let span =
            if is_worth_a_line { self.spans.failure(&state.connection) } else { Span::none() };
        // The text of an error is user code, which may take the lock.
        drop(state);
        if !response_started {
            log_failure(|| span, &error);
        } else if error.is_closed() {
            tracing::debug!(%error, "the response was not completed");
        } else {
            let error = error.log_text();
            span.in_scope(|| tracing::error!(%error, "handler failed in its response"));
            self.failed = true;
        }
        self.answer_error(self.shared.lock(), now, error)
    }

    /// Answers with the error's page, or cuts the response if its head was sent.
    #[inline(never)]
    pub(super) fn answer_error(
        &mut self,
        mut state: MutexGuard<'a, State>,
        now: &Now,
        error: HttpError,
    ) -> MutexGuard<'a, State> {
        if !self.has_no_middleware
            && !self.is_answering_error
            && let Some(current) = state.connection.peek().current()
            && !current.response_started()
            && self.routes.answers(self.scope, error.status())
        {
            self.is_answering_error = true;
            let exchange = match self.exchange.take() {
                Some(exchange) => exchange,
                None => {
                    let (id, head) = (current.id(), Arc::clone(current.head()));
                    let peer = self.spans.peer(&state.connection);
                    Arc::new(Exchange::new(Arc::clone(self.shared), id, head, peer, None))
                }
            };
            self.task = HandlerTask::Handler(self.routes.start_page(self.scope, exchange, error));
            return state;
        }
        let format = state.connection.peek().current().map(|current| current.page_format());
        // The `Drop` of a value in the error or in the exchange may take the lock.
        drop(state);
        self.drop_exchange();
        let format = format.unwrap_or((PageFormat::Text, false));
        let page = self.routes.pages().built_in(&error, format);
        state = self.shared.lock();
        if let Some(mut exchange) = state.connection.current() {
            Pages::send_page(&mut exchange, now, &error, page);
            exchange.handler_done(now);
        }
        if error.source().is_some() {
            drop(state);
            drop(error);
            state = self.shared.lock();
        }
        state
    }

    /// Drops the exchange before it is over, so that the engine can reuse its head.
    #[inline(never)]
    fn release(&mut self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        // The last handle takes the lock.
        drop(state);
        self.drop_exchange();
        self.shared.lock()
    }

    /// Drops the exchange, and with the last handle the values of its extensions.
    fn drop_exchange(&mut self) {
        let exchange = self.exchange.take();
        catch_panic("the clean-up of a request", || drop(exchange));
    }

    /// A handler must stop. If its client has left and it was notified of that, it continues for a
    /// while: the event comes again after `app_close_timeout`.
    #[cold]
    pub(super) fn cancel(
        &mut self,
        state: MutexGuard<'a, State>,
        now: &Now,
        reason: CloseReason,
    ) -> MutexGuard<'a, State> {
        let has_left = state.connection.peek().is_peer_gone() && reason != CloseReason::Shutdown;
        if has_left && state.has_noticed() && !self.has_grace {
            self.has_grace = true;
            return state;
        }
        self.shared.worker().own_monitor().counters.cancelled(reason);
        let span = self.spans.failure(&state.connection);
        let _entered = span.enter();
        if has_left && !self.has_grace {
            tracing::debug!(%reason, "handler dropped");
        } else {
            tracing::warn!(%reason, "handler cancelled");
        }
        drop(state);
        self.task.abandon();
        self.hooks.abandon();
        let error = match reason {
            CloseReason::Fault(fault) => Error::from(fault).into(),
            _ if reason.status() == StatusCode::REQUEST_TIMEOUT => HttpError::request_timeout(),
            _ => HttpError::internal_server_error(),
        };
        self.answer_error(self.shared.lock(), now, error)
    }
}
