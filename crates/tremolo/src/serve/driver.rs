//! The place where the engine meets tokio: one task per connection.
//!
//! Each turn serves what has come, writes what was said in one system call, and reads on; then
//! the task sleeps until the socket, a deadline, or a handle wakes it. The handler's future is
//! polled in here, not spawned.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, MutexGuard};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::io::poll_read_buf;
use tremolo_core::{CloseReason, Connection, Event, Now, Transmit};
use tremolo_net::Peer;

use super::buffers;
use super::timer::Timer;
use super::work::{Outcome, Work, report};
use crate::cell::{Cell, Exchange, State};
use crate::clock;
use crate::error::HttpError;
use crate::extract::Call;
use crate::pipeline::{Routes, ScopeId, log_failure};
use crate::reply::{Answer, Body};

/// The driver of one connection; a future that ends with it.
#[derive(Debug)]
pub(super) struct Driver<'a, S> {
    /// `None` once the connection is over, while its handler may still run.
    io: Option<S>,
    cell: &'a Arc<Cell>,
    routes: &'a Routes,
    peer: Peer,
    work: Work<'a>,
    /// Middleware that runs for a handle that wants to write.
    gate: Work<'a>,
    /// Whose middleware runs for the exchange in work.
    scope: ScopeId,
    /// The exchange in work, where more than its handler may have to see it.
    exchange: Option<Arc<Exchange>>,
    /// An error is being answered by the application: the next one has the built-in page.
    failing: bool,
    timer: Timer,
    /// A handler's failure is in the log: that its response was cut is no news.
    failed: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Future for Driver<'_, S> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let now = clock::now();
        let mut state = this.cell.lock();
        state.unpark();
        if this.timer.has_rung(&now) {
            state.connection.handle_timeout(&now);
            // Whoever reads a body that stalled learns of it; its task is this one, or is woken.
            state.wake_reader(cx.waker());
        }
        for _ in 0..MAX_TURNS {
            state = this.serve(state, cx, &now);
            let wrote = this.flush(&mut state.connection, cx, &now);
            if state.connection.is_closed() {
                this.io = None;
                let waited = state.wake_reader(cx.waker()) | state.wake_writer(cx.waker());
                if !this.work.is_active() {
                    state.gate.arm(None);
                    this.log_end(&state.connection);
                    return Poll::Ready(());
                }
                if waited {
                    continue;
                }
            }
            let read = this.fill(&mut state.connection, cx, &now);
            let mut again = read;
            if read {
                state.wake_reader(cx.waker());
            }
            if wrote {
                // Room was made: for who waits for it, or for the next of pipelined requests.
                again |= state.wake_writer(cx.waker());
                again |= !this.work.is_active() && !state.connection.is_idle();
            }
            if !again {
                this.timer.arm(&mut state.connection, cx);
                state.park(cx.waker());
                return Poll::Pending;
            }
        }
        // A connection that could go on for ever lets the others have their turn.
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl<'a, S: AsyncRead + AsyncWrite + Unpin> Driver<'a, S> {
    pub(super) fn new(io: S, cell: &'a Arc<Cell>, peer: Peer) -> Self {
        Self {
            io: Some(io),
            cell,
            routes: cell.routes(),
            peer,
            work: Work::Idle,
            gate: Work::Idle,
            scope: ScopeId::ROOT,
            exchange: None,
            failing: false,
            timer: Timer::default(),
            failed: false,
        }
    }

    /// Serves exchanges until there is nothing to do but wait.
    fn serve(
        &mut self,
        mut state: MutexGuard<'a, State>,
        cx: &mut Context<'_>,
        now: &Now,
    ) -> MutexGuard<'a, State> {
        loop {
            if self.work.is_active() {
                // User code takes the lock itself.
                drop(state);
                let outcome = self.work.poll(cx, self.cell);
                state = self.cell.lock();
                if let Outcome::Answer(answer) = outcome {
                    state = self.answer(state, now, answer);
                    continue;
                }
            }
            if self.routes.has_on_response() {
                let opened;
                (state, opened) = self.open_gate(state, cx);
                if opened {
                    continue;
                }
            }
            match state.connection.poll_event(now) {
                None => return state,
                Some(Event::Request(head)) => {
                    let target = self.routes.find(&head);
                    self.begin(&mut state, target.scope);
                    let number = state.connection.exchange();
                    let peer = self.peer(&state.connection);
                    let mut call = Call::new(Arc::clone(self.cell), number, head, peer);
                    if self.routes.keeps(target.scope) {
                        self.exchange = Some(call.exchange());
                    }
                    self.work = Work::Handler(self.routes.start(target, call));
                }
                Some(Event::Fault(fault)) => {
                    tracing::debug!(client = %self.peer(&state.connection), %fault, "bad request");
                    self.begin(&mut state, ScopeId::ROOT);
                    let error = tremolo_core::Error::from(fault).into();
                    state = self.fail(state, now, error);
                }
                Some(Event::Cancel(reason)) => state = self.cancel(state, now, reason),
                Some(_) => {}
            }
        }
    }

    /// An exchange begins.
    fn begin(&mut self, state: &mut State, scope: ScopeId) {
        self.scope = scope;
        self.failing = false;
        if self.routes.has_on_response() {
            state.gate.arm(self.routes.gated(scope));
        }
    }

    /// Runs the middleware that a handle waits for. True if that is done.
    fn open_gate(
        &mut self,
        mut state: MutexGuard<'a, State>,
        cx: &mut Context<'_>,
    ) -> (MutexGuard<'a, State>, bool) {
        if let Some((scope, opening)) = state.take_wish() {
            self.gate = Work::Handler(self.routes.open(scope, opening));
        }
        if !self.gate.is_active() {
            return (state, false);
        }
        drop(state);
        let done = !matches!(self.gate.poll(cx, self.cell), Outcome::Pending);
        (self.cell.lock(), done)
    }

    /// Sends what a handler has returned.
    fn answer(
        &mut self,
        mut state: MutexGuard<'a, State>,
        now: &Now,
        answer: Answer,
    ) -> MutexGuard<'a, State> {
        if let Body::Error(error) = answer.body {
            return self.failed(state, now, error);
        }
        state = self.release(state);
        let connection = &mut state.connection;
        if answer.has_head() && !connection.is_head_sent() {
            let applied = match connection.response_mut() {
                Ok(head) => answer.apply_to(head).map_err(Into::into),
                Err(error) => Err(error),
            };
            if let Err(error) = applied {
                // The body may be a stream whose clean-up takes the lock.
                drop(state);
                drop(answer);
                return self.fail(self.cell.lock(), now, error.into());
            }
        }
        match answer.body {
            Body::Whole(piece) => {
                if let Err(error) = connection.end(now, piece) {
                    report(Err(error));
                    if !connection.is_head_sent() {
                        return self.fail(state, now, error.into());
                    }
                }
                connection.handler_done(now);
            }
            Body::Nothing => connection.handler_done(now),
            Body::Stream(stream) => self.work = Work::Stream(stream),
            Body::LeaveOpen => {
                tracing::debug!(client = %self.peer(connection), "the connection is left open");
                connection.leave_open(now);
                self.cell.abandon_if_unheld(&mut state);
            }
            Body::Error(_) => {}
        }
        state
    }

    /// A handler has given an error.
    fn failed(
        &mut self,
        state: MutexGuard<'a, State>,
        now: &Now,
        error: HttpError,
    ) -> MutexGuard<'a, State> {
        if state.connection.is_unanswered() {
            log_failure(&error);
        } else {
            let client = self.peer(&state.connection);
            tracing::error!(%client, %error, "handler failed in its response");
            self.failed = true;
        }
        self.fail(state, now, error)
    }

    /// Answers with the error's page, or cuts the response if its head has gone out.
    fn fail(
        &mut self,
        mut state: MutexGuard<'a, State>,
        now: &Now,
        error: HttpError,
    ) -> MutexGuard<'a, State> {
        let connection = &mut state.connection;
        if !self.failing
            && connection.is_unanswered()
            && self.routes.answers(self.scope, error.status())
        {
            self.failing = true;
            let exchange = match self.exchange.take() {
                Some(exchange) => exchange,
                None => {
                    let head = Arc::clone(connection.head());
                    let (number, peer) = (connection.exchange(), self.peer(connection));
                    Arc::new(Exchange::new(Arc::clone(self.cell), number, head, peer))
                }
            };
            self.work = Work::Handler(self.routes.start_page(self.scope, exchange, error));
            return state;
        }
        state = self.release(state);
        self.routes.pages().fail(&mut state.connection, now, &error);
        state.connection.handler_done(now);
        state
    }

    /// Lets go of the exchange before it is over: the engine uses its head again.
    fn release(&mut self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        match self.exchange.take() {
            None => state,
            Some(exchange) => {
                // The last handle takes the lock.
                drop(state);
                drop(exchange);
                self.cell.lock()
            }
        }
    }

    fn cancel(
        &mut self,
        state: MutexGuard<'a, State>,
        now: &Now,
        reason: CloseReason,
    ) -> MutexGuard<'a, State> {
        tracing::warn!(client = %self.peer(&state.connection), %reason, "handler cancelled");
        drop(state);
        self.work.abandon();
        self.gate.abandon();
        self.fail(self.cell.lock(), now, HttpError::internal_server_error())
    }

    /// Writes what is queued. True if anything left.
    fn flush(&mut self, connection: &mut Connection, cx: &mut Context<'_>, now: &Now) -> bool {
        let Some(io) = &mut self.io else { return false };
        let mut io = Pin::new(io);
        let mut progress = false;
        loop {
            let written = match connection.poll_transmit(now) {
                None => return progress,
                Some(Transmit::Bytes(bytes)) => io.as_mut().poll_write(cx, bytes),
                Some(Transmit::Slices(slices)) => io.as_mut().poll_write_vectored(cx, &slices),
                Some(Transmit::File(_)) => {
                    connection.file_failed(now);
                    continue;
                }
                Some(Transmit::Shutdown) => {
                    if io.as_mut().poll_shutdown(cx).is_pending() {
                        return progress;
                    }
                    connection.shutdown_done(now);
                    continue;
                }
            };
            match written {
                Poll::Ready(Ok(count)) if count > 0 => {
                    connection.transmitted(now, count);
                    progress = true;
                }
                Poll::Pending => {
                    connection.transmitted(now, 0);
                    return progress;
                }
                Poll::Ready(_) => {
                    connection.handle_reset(now);
                    return true;
                }
            }
        }
    }

    /// Reads once. True if anything came, the end included.
    fn fill(&mut self, connection: &mut Connection, cx: &mut Context<'_>, now: &Now) -> bool {
        let Some(io) = &mut self.io else { return false };
        if !connection.wants_input() {
            return false;
        }
        buffers::lend(connection);
        match poll_read_buf(Pin::new(io), cx, &mut connection.input_buffer()) {
            Poll::Pending => {
                buffers::take_back(connection);
                return false;
            }
            Poll::Ready(Ok(0)) => connection.handle_eof(),
            Poll::Ready(Ok(_)) => connection.handle_input(now),
            Poll::Ready(Err(_)) => connection.handle_reset(now),
        }
        true
    }

    /// Who is at the other end, behind the proxy that says so.
    fn peer(&self, connection: &Connection) -> Peer {
        connection.proxied().map_or(self.peer, |proxied| Peer::Tcp(proxied.source))
    }

    fn log_end(&self, connection: &Connection) {
        match connection.close_reason() {
            Some(
                reason @ (CloseReason::ResponseCut
                | CloseReason::WriteTimeout
                | CloseReason::Proxy(_)),
            ) if !self.failed => {
                tracing::warn!(client = %self.peer(connection), %reason, "connection cut");
            }
            reason => {
                let reason = reason.unwrap_or(CloseReason::Finished);
                tracing::trace!(client = %self.peer(connection), %reason, "connection closed");
            }
        }
    }
}

/// Turns of one wake-up before other connections get theirs.
const MAX_TURNS: usize = 32;
