//! The state behind the lock of the host: the reactor, the clock, and the suspended handlers.

use std::fmt;
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};
use rustc_hash::FxHashMap;
use tremolo_core::{Bounds, Clock, CloseReason, ConnectionRef, Exchange, Now};

use super::access_log::Unlogged;
use super::addresses::Addresses;
use super::exchange_id::ExchangeId;
use super::waiter::Waiter;
use crate::reactor::{ConnectionId, Reactor};

#[derive(Debug)]
pub(super) struct State {
    pub(super) reactor: Reactor,
    clock: Clock,
    /// The time in the current turn; outside of turns the clock is read for each call.
    turn: Option<Now>,
    /// When the current turn must end, so that other callbacks of the loop run.
    turn_end: Option<Instant>,
    /// Suspended handlers, and the futures that tasks wait for.
    suspended: FxHashMap<ConnectionId, Suspended>,
    /// The objects of connections (`request.server`), each made on first use.
    pub(super) contexts: FxHashMap<ConnectionId, Py<PyAny>>,
    /// The addresses of connections, for the scopes of ASGI.
    pub(super) addresses: FxHashMap<ConnectionId, Addresses>,
    /// Tasks that go on although their exchange is over.
    pub(super) detached: Vec<Py<PyAny>>,
    /// Whether the loop calls `turn` in its next round.
    pub(super) scheduled: bool,
    /// When the timer of the loop expires.
    pub(super) armed: Option<Instant>,
    /// Exchanges for the access log.
    pub(super) unlogged: Unlogged,
}

/// A suspended handler, and the futures of all tasks that wait for its exchange.
#[derive(Debug)]
pub(super) struct Suspended {
    number: tremolo_core::ExchangeId,
    handler: SuspendedHandler,
    /// Futures of tasks that wait for the body of the request.
    readers: Vec<Py<Waiter>>,
    /// Futures of tasks that wait for room in the transmit queue.
    writers: Vec<Py<Waiter>>,
    /// Why the handler was cancelled.
    cancelled: Option<CloseReason>,
}

impl Suspended {
    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.readers.iter().chain(&self.writers).try_for_each(|future| visit.call(future))?;
        match &self.handler {
            SuspendedHandler::None => Ok(()),
            SuspendedHandler::Task(task) | SuspendedHandler::Independent(task) => visit.call(task),
            SuspendedHandler::Resumable(handler) => handler.traverse(visit),
        }
    }
}

/// How a suspended handler continues.
#[derive(Debug)]
pub(super) enum SuspendedHandler {
    /// The handler has not suspended, or is over; other tasks may wait for its exchange.
    None,
    /// The loop runs its task.
    Task(Py<PyAny>),
    /// The loop runs its task, which goes on after the end of its exchange.
    Independent(Py<PyAny>),
    /// The server resumes it when the transmit queue has room.
    Resumable(Box<dyn Resumable>),
}

/// A handler that waits for room in the transmit queue, and is resumed by the server.
pub(super) trait Resumable: fmt::Debug + Send + Sync {
    /// Continues: there is room.
    fn resume(self: Box<Self>, py: Python<'_>) -> PyResult<()>;

    /// Ends the handler and runs its clean-up: the response is over.
    fn abandon(self: Box<Self>, py: Python<'_>) -> PyResult<()>;

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError>;
}

/// How a handler can notice that its client has gone.
#[derive(Debug)]
pub(super) struct Notices {
    /// The futures of reads and writes.
    pub(super) futures: Vec<Py<Waiter>>,
    /// The object of the connection, which may have callbacks.
    pub(super) connection: Option<Py<PyAny>>,
}

/// What a task waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WaitFor {
    Input,
    Room,
}

impl State {
    pub(super) fn new(reactor: Reactor) -> Self {
        Self {
            reactor,
            clock: Clock::default(),
            turn: None,
            turn_end: None,
            suspended: FxHashMap::default(),
            contexts: FxHashMap::default(),
            addresses: FxHashMap::default(),
            detached: Vec::new(),
            scheduled: false,
            armed: None,
            unlogged: Unlogged::default(),
        }
    }

    pub(super) fn now(&mut self) -> Now {
        match self.turn {
            Some(_) if self.reactor.wants_time() => self.renew(),
            Some(now) => now,
            None => self.read_clock(),
        }
    }

    /// Reads the clock within a turn.
    fn renew(&mut self) -> Now {
        let now = self.read_clock();
        self.reactor.pass_time(&now);
        self.turn = Some(now);
        now
    }

    fn read_clock(&mut self) -> Now {
        self.clock.now(Instant::now(), std::time::SystemTime::now)
    }

    pub(super) fn begin_turn(&mut self) -> Now {
        self.scheduled = false;
        let now = self.read_clock();
        self.turn = Some(now);
        self.turn_end = Some(now.instant + TURN);
        now
    }

    /// Whether the turn continues, and at what time: the sockets have to be polled first.
    pub(super) fn continue_turn(&mut self) -> Option<Now> {
        if !self.reactor.has_more() {
            return None;
        }
        let now = self.renew();
        self.turn_end.is_some_and(|end| now.instant < end).then_some(now)
    }

    pub(super) fn end_turn(&mut self) {
        self.turn = None;
        // Frees the memory of tables that were large.
        if self.reactor.is_empty() && self.suspended.is_empty() && self.contexts.is_empty() {
            (self.suspended, self.contexts) = (FxHashMap::default(), FxHashMap::default());
        }
    }

    pub(super) fn in_turn(&self) -> bool {
        self.turn.is_some()
    }

    /// The exchange, if it is still the current one.
    pub(super) fn exchange(&mut self, exchange: ExchangeId) -> Option<Exchange<'_>> {
        self.reactor.connection(exchange.id)?.exchange(exchange.number).ok()
    }

    fn entry(&mut self, exchange: ExchangeId) -> &mut Suspended {
        let number = exchange.number;
        let fresh = || Suspended {
            number,
            handler: SuspendedHandler::None,
            readers: Vec::new(),
            writers: Vec::new(),
            cancelled: None,
        };
        let suspended = self.suspended.entry(exchange.id).or_insert_with(fresh);
        if suspended.number != number {
            *suspended = fresh();
        }
        suspended
    }

    pub(super) fn suspend(&mut self, exchange: ExchangeId, handler: SuspendedHandler) {
        if matches!(handler, SuspendedHandler::Resumable(_)) {
            self.reactor.wait_writable(exchange.id);
        }
        self.entry(exchange).handler = handler;
    }

    /// The task of a handler, if it runs in one.
    pub(super) fn task(&self, py: Python<'_>, id: ConnectionId) -> Option<Py<PyAny>> {
        match &self.suspended.get(&id)?.handler {
            SuspendedHandler::Task(task) | SuspendedHandler::Independent(task) => {
                Some(task.clone_ref(py))
            }
            SuspendedHandler::None | SuspendedHandler::Resumable(_) => None,
        }
    }

    /// Records why a handler is cancelled. If its client has gone and this is the first time, the
    /// handler may continue if it notices: returns what shows that.
    #[must_use]
    pub(super) fn begin_cancel(
        &mut self,
        py: Python<'_>,
        id: ConnectionId,
        reason: CloseReason,
    ) -> Option<Notices> {
        let gone = self.reactor.peek(id).is_some_and(ConnectionRef::is_peer_gone);
        let suspended = self.suspended.get_mut(&id)?;
        let first = suspended.cancelled.replace(reason).is_none();
        if !first || !gone || reason == CloseReason::Shutdown {
            return None;
        }
        let futures = suspended.readers.iter().chain(&suspended.writers);
        let futures = futures.map(|future| future.clone_ref(py)).collect();
        let connection = self.contexts.get(&id).map(|object| object.clone_ref(py));
        Some(Notices { futures, connection })
    }

    /// Why the handler of an exchange was cancelled, if it was.
    pub(super) fn cancelled(&self, exchange: ExchangeId) -> Option<CloseReason> {
        let suspended = self.suspended.get(&exchange.id)?;
        (suspended.number == exchange.number).then_some(suspended.cancelled).flatten()
    }

    /// Takes the handler that the server resumes, if it is such a one.
    #[must_use]
    pub(super) fn take_resumable(&mut self, id: ConnectionId) -> Option<Box<dyn Resumable>> {
        let suspended = self.suspended.get_mut(&id)?;
        if !matches!(suspended.handler, SuspendedHandler::Resumable(_)) {
            return None;
        }
        match std::mem::replace(&mut suspended.handler, SuspendedHandler::None) {
            SuspendedHandler::Resumable(handler) => Some(handler),
            SuspendedHandler::None
            | SuspendedHandler::Task(_)
            | SuspendedHandler::Independent(_) => None,
        }
    }

    /// An exchange is over, and its independent handler may go on. Returns the futures of tasks that
    /// wait for the exchange, to be completed after the lock is released.
    #[must_use]
    pub(super) fn detach(&mut self, exchange: ExchangeId) -> Vec<Py<Waiter>> {
        let Some(suspended) = self.forget(exchange) else { return Vec::new() };
        let Suspended { handler, mut readers, mut writers, .. } = suspended;
        if let SuspendedHandler::Task(task) | SuspendedHandler::Independent(task) = handler {
            self.detached.push(task);
        }
        readers.append(&mut writers);
        readers
    }

    /// Keeps an independent handler that has suspended, with its exchange if that is not over.
    pub(super) fn suspend_independent(&mut self, exchange: ExchangeId, task: Py<PyAny>) {
        if self.exchange(exchange).is_some() {
            self.suspend(exchange, SuspendedHandler::Independent(task));
        } else {
            self.detached.push(task);
        }
    }

    /// The exchange of a connection whose handler is independent.
    pub(super) fn independent(&self, id: ConnectionId) -> Option<ExchangeId> {
        let suspended = self.suspended.get(&id)?;
        let is_independent = matches!(suspended.handler, SuspendedHandler::Independent(_));
        is_independent.then_some(ExchangeId { id, number: suspended.number })
    }

    /// The handler of an exchange is over. Drop the returned value after the lock is released.
    #[must_use]
    pub(super) fn forget(&mut self, exchange: ExchangeId) -> Option<Suspended> {
        if self.suspended.is_empty() {
            return None;
        }
        let suspended = self.suspended.get(&exchange.id)?;
        let is_current = suspended.number == exchange.number;
        is_current.then(|| self.suspended.remove(&exchange.id)).flatten()
    }

    pub(super) fn wait(&mut self, exchange: ExchangeId, wait_for: WaitFor, future: Py<Waiter>) {
        let suspended = self.entry(exchange);
        match wait_for {
            WaitFor::Input => {
                suspended.readers.push(future);
                self.reactor.wait_readable(exchange.id);
            }
            WaitFor::Room => {
                suspended.writers.push(future);
                self.reactor.wait_writable(exchange.id);
            }
        }
    }

    /// Adds the future of a reader that must be the only one. Returns those of others, which are
    /// over, or the future if another one waits. Drop the returned value after the lock is released.
    pub(super) fn wait_alone(
        &mut self,
        exchange: ExchangeId,
        future: Py<Waiter>,
    ) -> Result<Vec<Py<Waiter>>, Py<Waiter>> {
        let suspended = self.entry(exchange);
        // The future of a task that was cancelled is done.
        if suspended.readers.iter().any(|reader| !reader.get().is_done()) {
            return Err(future);
        }
        let over = std::mem::replace(&mut suspended.readers, vec![future]);
        self.reactor.wait_readable(exchange.id);
        Ok(over)
    }

    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.contexts.values().try_for_each(|context| visit.call(context))?;
        self.detached.iter().try_for_each(|task| visit.call(task))?;
        self.suspended.values().try_for_each(|suspended| suspended.traverse(visit))
    }

    /// Releases all Python objects. Drop the returned value after the lock is released.
    #[must_use]
    pub(super) fn release(&mut self) -> impl Sized + use<> {
        (
            std::mem::take(&mut self.suspended),
            std::mem::take(&mut self.contexts),
            std::mem::take(&mut self.detached),
        )
    }

    /// Takes the futures of waiting tasks, to be completed after the lock is released.
    #[must_use]
    pub(super) fn take_waiters(&mut self, id: ConnectionId, wait_for: WaitFor) -> Vec<Py<Waiter>> {
        let Some(suspended) = self.suspended.get_mut(&id) else { return Vec::new() };
        std::mem::take(match wait_for {
            WaitFor::Input => &mut suspended.readers,
            WaitFor::Room => &mut suspended.writers,
        })
    }
}

/// How long one call holds the loop; the last request may take a little more.
const TURN: Duration = Bounds::REACTOR.time;
