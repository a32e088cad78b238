//! The driver of a connection: a tokio task that moves bytes between the socket and the engine.
//!
//! Each turn serves the received requests, writes what is queued in one system call, and reads
//! again. Then the task sleeps until the socket, a deadline, or a handle wakes it. The handler's
//! future is polled in this task, not spawned.

mod answer;
mod input;

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, MutexGuard};
use std::task::{Context, Poll};
use std::time::Instant;

use tremolo_core::routing::ScopeId;
use tremolo_core::{CloseReason, Connection, Event, Now, redirect_to_https};
use tremolo_net::{Peer, flush};

use super::access;
use super::buffers;
use super::handler_task::{HandlerTask, Polled};
use super::pacing::Pace;
use super::spans::RequestSpans;
use super::timer::Timer;
use super::transport::{Files, Filled, Outgoing, Transport};
use crate::clock;
use crate::extract::Call;
use crate::pipeline::Routes;
use crate::shared_connection::{Exchange, HookRun, SharedConnection, State};

/// The driver of one connection; a future that ends with it.
// In the order of use, the most used last: there it is next to the state of the task.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Driver<'a, S> {
    /// The hooks that run for a handle that wants to write.
    hooks: HandlerTask<'a>,
    files: Files,
    /// A page of the application answers an error: the next error has the built-in page.
    is_answering_error: bool,
    /// The failure of a handler was logged, so that the cut of its response is not logged again.
    failed: bool,
    /// The client has left, and the handler, which was notified, has time for its clean-up.
    has_grace: bool,
    /// The timer has fired, and the runtime polls its sockets before that counts.
    looked: bool,
    /// The scope of the current exchange, whose middleware runs.
    scope: ScopeId,
    /// The current exchange, if middleware or pages may need it beside its handler.
    exchange: Option<Arc<Exchange>>,
    routes: &'a Routes,
    spans: RequestSpans,
    task: HandlerTask<'a>,
    /// `None` once the connection is over, while its handler may still run.
    io: Option<S>,
    timer: Timer,
    shared: &'a Arc<SharedConnection>,
    pace: Pace,
    /// No middleware and no pages: the hooks, the scope and the exchange are not used then.
    has_no_middleware: bool,
}

impl<S: Transport> Future for Driver<'_, S> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let Some(bounds) = this.pace.begin(cx) else { return Poll::Pending };
        let mut now = clock::now();
        let began = now.instant;
        let mut state = this.shared.lock();
        state.wake_up(cx.waker());
        // Received bytes are served before a deadline counts: the process may have been paused.
        let mut has_fired = this.timer.has_fired(&now);
        if state.connection.turn_mut().begin(bounds) {
            // Tasks and threads that wait for this turn.
            state.wake_writer(cx.waker());
            state.wake_reader(cx.waker());
        }
        let mut filled = Filled::Unwanted;
        let is_between = state.connection.peek().is_idle() && !this.task.is_active();
        if is_between || state.has_reader() {
            // There is nothing to serve or to write: most likely the socket has a request, or what
            // a handler waits for, which would be polled in vain.
            filled = this.fill(&mut state, cx, &now);
        }
        loop {
            state = this.serve(state, cx, &now);
            let wrote = this.flush(&mut state.connection, cx, &now);
            let logged = this.log_finished(&mut state.connection);
            let mut again = false;
            if state.connection.peek().is_closed() {
                if let Some(mut io) = this.io.take() {
                    io.close(state.connection.peek().is_cut());
                }
                let waited = state.wake_all(cx.waker());
                if !this.task.is_active() {
                    state.hooks.arm(None);
                    this.log_end(&mut state.connection, began);
                    if !this.shared.has_handles() {
                        buffers::reclaim_last(&mut state.connection);
                    }
                    drop(state);
                    this.hooks.abandon();
                    return Poll::Ready(());
                }
                again |= waited || state.connection.peek().is_cancelled();
            }
            filled = this.fill_again(filled, &mut state, cx, &now);
            let read = filled == Filled::Something;
            // A logged exchange makes room for the next one.
            again |= read | logged;
            if wrote {
                // Room was made: for the tasks that wait for it, or for the next pipelined request.
                again |= state.wake_writer(cx.waker());
                again |= !this.task.is_active() && !state.connection.peek().is_idle();
            }
            let is_over = state.connection.peek().turn().is_over();
            if has_fired && (is_over || !again) {
                if this.look_again(&mut state.connection, cx, &now) {
                    this.end_turn(&mut state.connection, began, cx);
                    return Poll::Pending;
                }
                // A connection that is always busy has deadlines as well.
                has_fired = !is_over && this.fill_now(&mut state.connection, &now);
                if !has_fired {
                    state.connection.handle_timeout(&now);
                }
                state.wake_reader(cx.waker());
            } else if is_over || !again {
                if state.connection.peek().is_idle() {
                    this.spans.end();
                }
                this.timer.arm(&mut state.connection, cx);
                if !is_over {
                    state.sleep(cx.waker());
                }
                this.end_turn(&mut state.connection, began, cx);
                return Poll::Pending;
            }
            now = clock::now();
            state.connection.turn_mut().pass(now.instant);
        }
    }
}

impl<'a, S: Transport> Driver<'a, S> {
    pub(super) fn new(
        io: S,
        shared: &'a Arc<SharedConnection>,
        routes: &'a Routes,
        peer: Peer,
    ) -> Self {
        let spans = RequestSpans::new(peer, &shared.lock().connection);
        Self {
            io: Some(io),
            shared,
            routes,
            spans,
            task: HandlerTask::Idle,
            has_no_middleware: routes.has_no_middleware(),
            hooks: HandlerTask::Idle,
            scope: ScopeId::ROOT,
            exchange: None,
            is_answering_error: false,
            timer: Timer::default(),
            pace: Pace::default(),
            files: Files::default(),
            failed: false,
            has_grace: false,
            looked: false,
        }
    }

    /// Serves exchanges until there is nothing to do but wait.
    fn serve(
        &mut self,
        mut state: MutexGuard<'a, State>,
        cx: &mut Context<'_>,
        now: &Now,
    ) -> MutexGuard<'a, State> {
        let mut now = *now;
        loop {
            if state.connection.peek().turn().wants_time() {
                now = clock::now();
                state.connection.turn_mut().pass(now.instant);
            }
            let now = &now;
            // A handler whose time is over does not run on: it was woken for the same reason, and
            // would answer in place of the cancellation. One whose client has gone may notice.
            let is_over =
                state.connection.peek().is_cancelled() && !state.connection.peek().is_peer_gone();
            if self.task.is_active() && !is_over {
                // User code takes the lock itself.
                drop(state);
                let _entered = self.spans.enter();
                let polled = self.task.poll(cx, self.shared, &self.spans);
                state = self.shared.lock();
                if let Polled::Answer(answer) = polled {
                    state = self.answer(state, now, answer);
                    continue;
                }
            }
            if !self.has_no_middleware {
                let ran;
                (state, ran) = self.run_requested_hooks(state, cx);
                if ran {
                    continue;
                }
            }
            match state.connection.poll_event(now) {
                None => return state,
                Some(Event::Request(head)) => {
                    // Wakes tasks that still wait for the previous exchange, so that they fail with
                    // `ExchangeOver`.
                    state.wake_all(cx.waker());
                    self.spans.begin(&state.connection, Some(&head));
                    let peer = self.spans.peer(&state.connection);
                    if let Some(mut exchange) = state.connection.current()
                        && redirect_to_https(&mut exchange, now, || peer.ip())
                    {
                        continue;
                    }
                    let mut target = self.routes.find(&head);
                    if !self.has_no_middleware {
                        state = self.begin(state, target.scope);
                    }
                    let Some(id) = state.connection.peek().current_id() else { continue };
                    let call = Call::new(Arc::clone(self.shared), id, head, peer);
                    let mut call = call.at(target.rest, target.params.take());
                    if !self.has_no_middleware && self.routes.keeps(target.scope) {
                        self.exchange = Some(call.exchange());
                    }
                    self.task = HandlerTask::Handler(self.routes.start(target, call));
                }
                Some(Event::Fault(fault)) => state = self.refuse(state, now, fault),
                Some(Event::Cancel(reason)) => state = self.cancel(state, now, reason),
                Some(_) => {}
            }
        }
    }

    /// An exchange begins.
    #[inline(never)]
    fn begin(&mut self, mut state: MutexGuard<'a, State>, scope: ScopeId) -> MutexGuard<'a, State> {
        self.scope = scope;
        self.is_answering_error = false;
        if self.hooks.is_active() {
            // Hooks of the previous exchange, for a task that wrote too late.
            drop(state);
            self.hooks.abandon();
            state = self.shared.lock();
        }
        if self.routes.has_on_response() {
            state.hooks.arm(self.routes.hooked(scope));
        }
        state
    }

    /// Runs the hooks that a handle waits for. True if they have run.
    #[inline(never)]
    fn run_requested_hooks(
        &mut self,
        mut state: MutexGuard<'a, State>,
        cx: &mut Context<'_>,
    ) -> (MutexGuard<'a, State>, bool) {
        if let Some((scope, exchange)) = state.hooks.take_request() {
            let run = HookRun::requested(exchange);
            self.hooks = HandlerTask::Handler(self.routes.run_requested_hooks(scope, run));
        }
        if !self.hooks.is_active() {
            return (state, false);
        }
        let _entered = self.spans.enter();
        drop(state);
        let done = !matches!(self.hooks.poll(cx, self.shared, &self.spans), Polled::Pending);
        (self.shared.lock(), done)
    }

    /// Writes what is queued. True if anything was written.
    fn flush(&mut self, connection: &mut Connection, cx: &mut Context<'_>, now: &Now) -> bool {
        let Some(io) = &mut self.io else { return false };
        if let Some(after) = connection.take_peer_timeout() {
            // A Unix socket has none: its peer is on this machine.
            let _ = io.set_peer_timeout(after);
        }
        let mut target = Outgoing { socket: io, files: &mut self.files, cx };
        flush(connection, &mut target, now).progress
    }

    /// Ends the turn that began at this instant.
    #[inline]
    fn end_turn(&mut self, connection: &mut Connection, began: Instant, cx: &Context<'_>) {
        self.count(connection, began);
        self.pace.end(connection.peek().turn(), cx);
    }

    /// Counts what the turn has done that began at this instant.
    #[inline]
    fn count(&self, connection: &mut Connection, began: Instant) {
        let counters = &self.shared.worker().own_monitor().counters;
        counters.turn_ended(connection, began, clock::instant);
    }

    /// Logs the exchanges that are over. True if there were any and another one may begin.
    fn log_finished(&self, connection: &mut Connection) -> bool {
        let mut logged = false;
        while let Some(finished) = connection.take_finished() {
            let peer = self.spans.peer(connection);
            access::log(
                &finished,
                connection.peek().settings().config(),
                peer,
                self.shared.worker(),
            );
            logged = true;
        }
        logged && !self.task.is_active() && !connection.peek().is_idle()
    }

    /// The connection is over. Its last turn began at this instant.
    #[cold]
    fn log_end(&self, connection: &mut Connection, began: Instant) {
        self.count(connection, began);
        match connection.peek().close_reason() {
            Some(
                reason @ (CloseReason::ResponseCut
                | CloseReason::FileFailed
                | CloseReason::WriteTimeout
                | CloseReason::Proxy(_)),
            ) if !self.failed => {
                let cut = || tracing::warn!(%reason, "connection cut");
                self.spans.failure(connection).in_scope(cut);
            }
            reason => {
                let reason = reason.unwrap_or(CloseReason::Finished);
                tracing::trace!(%reason, "connection closed");
            }
        }
    }
}
