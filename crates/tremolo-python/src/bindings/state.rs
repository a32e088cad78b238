//! What the lock guards: the reactor, the clock, and who waits on which connection.

use std::time::{Duration, Instant};

use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};
use rustc_hash::FxHashMap;
use tremolo_core::{Bounds, Clock, CloseReason, Connection, Now};

use super::exchange::Exchange;
use super::request::Request;
use crate::reactor::{ConnectionId, Reactor};

#[derive(Debug)]
pub(super) struct State {
    pub(super) reactor: Reactor,
    clock: Clock,
    /// The moment of the turn that runs; outside of turns the clock is read for each call.
    turn: Option<Now>,
    /// When other callbacks of the loop have to go on.
    turn_end: Option<Instant>,
    /// Handlers that have suspended, and who waits inside of them.
    works: FxHashMap<ConnectionId, Work>,
    /// The context objects of connections, for those that anybody asked for.
    pub(super) contexts: FxHashMap<ConnectionId, Py<PyAny>>,
    /// Whether the loop will call `turn` in its next round.
    pub(super) scheduled: bool,
    /// When the timer of the loop will ring.
    pub(super) armed: Option<Instant>,
}

/// A handler that has suspended, or somebody who waits on behalf of one.
#[derive(Debug)]
pub(super) struct Work {
    number: u64,
    pub(super) running: Running,
    /// Futures of who waits for the body of the request.
    readers: Vec<Py<PyAny>>,
    /// Futures of who waits for room in the transmit queue.
    writers: Vec<Py<PyAny>>,
    /// Why it was cancelled.
    cancelled: Option<CloseReason>,
}

impl Work {
    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.readers.iter().chain(&self.writers).try_for_each(|future| visit.call(future))?;
        match &self.running {
            Running::Nothing => Ok(()),
            Running::Task(task) => visit.call(task),
            Running::Stream(stream) => {
                visit.call(&stream.generator)?;
                visit.call(&stream.context)?;
                visit.call(&stream.request)
            }
        }
    }
}

/// How a suspended handler goes on.
#[derive(Debug)]
pub(super) enum Running {
    /// It has not suspended (yet), or is over; others may wait all the same.
    Nothing,
    /// By itself: the task tells when it is done.
    Task(Py<PyAny>),
    /// An asynchronous generator that never suspends: pulled when there is room.
    Stream(Box<Stream>),
}

/// A generator that waits for room.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) generator: Py<PyAny>,
    pub(super) context: Py<PyAny>,
    pub(super) request: Option<Py<Request>>,
}

/// By what a handler can learn that its client has gone.
#[derive(Debug)]
pub(super) struct Waits {
    /// The futures of reads and writes.
    pub(super) futures: Vec<Py<PyAny>>,
    /// The object of the connection, which has callbacks.
    pub(super) connection: Option<Py<PyAny>>,
}

/// What somebody waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waiting {
    ForInput,
    ForRoom,
}

impl State {
    pub(super) fn new(reactor: Reactor) -> Self {
        Self {
            reactor,
            clock: Clock::default(),
            turn: None,
            turn_end: None,
            works: FxHashMap::default(),
            contexts: FxHashMap::default(),
            scheduled: false,
            armed: None,
        }
    }

    pub(super) fn now(&mut self) -> Now {
        match self.turn {
            Some(_) if self.reactor.wants_time() => self.renew(),
            Some(now) => now,
            None => self.read_clock(),
        }
    }

    /// Reads the clock in a turn.
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

    /// Whether more is to be served before other callbacks of the loop go on: the sockets have to
    /// be polled for it first, at this moment.
    pub(super) fn goes_on(&mut self) -> Option<Now> {
        if !self.reactor.has_more() {
            return None;
        }
        let now = self.renew();
        self.turn_end.is_some_and(|end| now.instant < end).then_some(now)
    }

    pub(super) fn end_turn(&mut self) {
        self.turn = None;
        // The tables of a busy time, when all have gone.
        if self.reactor.is_empty() && self.works.is_empty() && self.contexts.is_empty() {
            (self.works, self.contexts) = (FxHashMap::default(), FxHashMap::default());
        }
    }

    pub(super) fn in_turn(&self) -> bool {
        self.turn.is_some()
    }

    /// The connection, if the exchange is still the one in work.
    pub(super) fn connection(&mut self, exchange: Exchange) -> Option<&mut Connection> {
        let connection = self.reactor.connection(exchange.id)?;
        (connection.exchange() == exchange.number).then_some(connection)
    }

    fn work(&mut self, exchange: Exchange) -> &mut Work {
        let number = exchange.number;
        let fresh = || Work {
            number,
            running: Running::Nothing,
            readers: Vec::new(),
            writers: Vec::new(),
            cancelled: None,
        };
        let work = self.works.entry(exchange.id).or_insert_with(fresh);
        if work.number != number {
            *work = fresh();
        }
        work
    }

    pub(super) fn suspend(&mut self, exchange: Exchange, running: Running) {
        if matches!(running, Running::Stream(_)) {
            self.reactor.wait_writable(exchange.id);
        }
        self.work(exchange).running = running;
    }

    /// The task of a handler, if it runs in one.
    pub(super) fn task(&self, py: Python<'_>, id: ConnectionId) -> Option<Py<PyAny>> {
        match &self.works.get(&id)?.running {
            Running::Task(task) => Some(task.clone_ref(py)),
            Running::Nothing | Running::Stream(_) => None,
        }
    }

    /// Remembers why a handler is cancelled. If it may go on, because its client has gone and it
    /// is the first time: what tells whether it notices.
    #[must_use]
    pub(super) fn begin_cancel(
        &mut self,
        py: Python<'_>,
        id: ConnectionId,
        reason: CloseReason,
    ) -> Option<Waits> {
        let closed = self.reactor.peek(id).is_some_and(Connection::is_closed);
        let work = self.works.get_mut(&id)?;
        let first = work.cancelled.replace(reason).is_none();
        if !first || !closed || reason == CloseReason::Shutdown {
            return None;
        }
        let futures = work.readers.iter().chain(&work.writers);
        let futures = futures.map(|future| future.clone_ref(py)).collect();
        let connection = self.contexts.get(&id).map(|object| object.clone_ref(py));
        Some(Waits { futures, connection })
    }

    /// Why the handler of an exchange was cancelled, if it was.
    pub(super) fn cancelled(&self, exchange: Exchange) -> Option<CloseReason> {
        self.works.get(&exchange.id).filter(|work| work.number == exchange.number)?.cancelled
    }

    /// Takes the stream that waits for room, if the handler is one.
    #[must_use]
    pub(super) fn take_stream(&mut self, id: ConnectionId) -> Option<(u64, Box<Stream>)> {
        let work = self.works.get_mut(&id)?;
        if !matches!(work.running, Running::Stream(_)) {
            return None;
        }
        match std::mem::replace(&mut work.running, Running::Nothing) {
            Running::Stream(stream) => Some((work.number, stream)),
            Running::Nothing | Running::Task(_) => None,
        }
    }

    /// The handler of an exchange is over; what is returned must be dropped without the lock.
    #[must_use]
    pub(super) fn forget(&mut self, exchange: Exchange) -> Option<Work> {
        if self.works.is_empty() {
            return None;
        }
        let work = self.works.get(&exchange.id)?;
        (work.number == exchange.number).then(|| self.works.remove(&exchange.id)).flatten()
    }

    pub(super) fn wait(&mut self, exchange: Exchange, waiting: Waiting, future: Py<PyAny>) {
        let work = self.work(exchange);
        match waiting {
            Waiting::ForInput => {
                work.readers.push(future);
                self.reactor.wait_readable(exchange.id);
            }
            Waiting::ForRoom => {
                work.writers.push(future);
                self.reactor.wait_writable(exchange.id);
            }
        }
    }

    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.contexts.values().try_for_each(|context| visit.call(context))?;
        self.works.values().try_for_each(|work| work.traverse(visit))
    }

    /// Lets go of everything of Python; what is returned must be dropped without the lock.
    #[must_use]
    pub(super) fn release(&mut self) -> impl Sized + use<> {
        (std::mem::take(&mut self.works), std::mem::take(&mut self.contexts))
    }

    /// Who waits, to be woken without the lock.
    #[must_use]
    pub(super) fn waiters(&mut self, id: ConnectionId, waiting: Waiting) -> Vec<Py<PyAny>> {
        let Some(work) = self.works.get_mut(&id) else { return Vec::new() };
        std::mem::take(match waiting {
            Waiting::ForInput => &mut work.readers,
            Waiting::ForRoom => &mut work.writers,
        })
    }
}

/// How long the loop is held by one call; what is served last may take a little more.
const TURN: Duration = Bounds::REACTOR.time;
