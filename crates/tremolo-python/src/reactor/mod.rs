//! The reactor: all connections of a process, behind one descriptor that any loop can watch.
//!
//! It owns sockets and engines, and no loop, thread or clock: the host runs the loop. It calls no
//! Python. **Whenever [`Reactor::poll_fd`] is readable, [`Reactor::next_deadline`] has passed or
//! [`Reactor::has_more`] returns true, call [`Reactor::collect`], then drain
//! [`Reactor::poll_event`]; after any other call on a connection, drain it as well.** The host has
//! no other duty.
//!
//! ```no_run
//! # // A server that never ends.
//! use std::{sync::Arc, time::{Instant, SystemTime}};
//! use tremolo_core::{Clock, Config, Connection, Settings};
//! use tremolo_net::{ConnectionLimit, Listening};
//! use tremolo_python::reactor::{Event, Reactor};
//!
//! # fn watch(_: std::os::fd::RawFd, _: Option<Instant>, _: bool) {}
//! let settings = Arc::new(Settings::new(Config::default())?);
//! let limit = ConnectionLimit::new(settings.config(), 1).connections;
//! let listening = Listening::bind(&"127.0.0.1:8000".parse()?, settings.config())?;
//! let (mut reactor, mut clock) = (Reactor::new(settings, limit)?, Clock::default());
//! reactor.listen(listening)?;
//! loop {
//!     watch(reactor.poll_fd(), reactor.next_deadline(), reactor.has_more());
//!     let now = clock.now(Instant::now(), SystemTime::now);
//!     reactor.collect(&now)?;
//!     while let Some((id, event)) = reactor.poll_event(&now) {
//!         let connection = reactor.connection(id);
//!         let Some(mut exchange) = connection.and_then(Connection::current) else { continue };
//!         match event {
//!             Event::Request(_head) => exchange.end(&now, "Hello".into())?,
//!             Event::Fault(_) | Event::Cancel(_) => {}
//!             _ => continue,
//!         }
//!         exchange.handler_done(&now);
//!     }
//! }
//! # #[expect(unreachable_code, reason = "types the block")]
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # One turn
//!
//! `collect` polls the sockets without waiting, checks timers and accepts. `poll_event` then
//! serves one connection after the other: one read, the events of that read, and, when the host
//! asks for the event after the last of them, one write. So the output of a handler leaves in that
//! write, and one warm buffer serves all connections. A turn is bounded (`Bounds::REACTOR` of the
//! engine), and so is that of each connection (`Bounds::CONNECTION`): then `poll_event` returns
//! `None`, and `has_more` is true. The host reads the clock again when [`Reactor::wants_time`]
//! returns true.
//!
//! # No readiness event is lost
//!
//! The host watches one descriptor for as long as it is readable (level-triggered). The reactor
//! gets each change of a socket once (edge-triggered). No event is lost between the two:
//!
//! - Changes that `collect` has not taken keep the descriptor readable.
//! - Changes that it has taken are stored with the socket until a read or a write would block. A
//!   connection is in a queue until it has been served. Then one of these holds: it is in the
//!   queue again; a read or a write would block, and the system will report a change; the engine
//!   needs nothing until the host calls the connection or a deadline passes.
//! - The descriptor does not show whether the queue is empty: `has_more` does. Each call of the
//!   host on a connection adds it to the queue.

mod acceptor;
mod admission;
mod buffers;
mod connection_entry;
mod fetch;
mod meter;
mod pending;
mod queue;
mod slab;
mod socket;
mod stream;
#[cfg(test)]
mod tests;
mod timers;
mod waker;

use std::fmt;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::{Events, Poll, Token};
use tremolo_core::{Connection, ConnectionRef, Now, Settings};
use tremolo_net::{Admission, Handshakes, Peer};

pub use self::connection_entry::Event;
pub use self::slab::ConnectionId;
pub use self::waker::Waker;

use self::acceptor::Acceptor;

use self::buffers::Buffers;
use self::connection_entry::ConnectionEntry;
use self::fetch::Fetcher;
use self::meter::Meter;
use self::queue::Queue;
use self::slab::Slab;
use self::timers::Timers;
use self::waker::WAKER;

/// Listeners and connections, driven by the event loop of a host.
pub struct Reactor {
    settings: Arc<Settings>,
    poll: Poll,
    changes: Events,
    waker: Waker,
    acceptor: Acceptor,
    entries: Slab<Box<ConnectionEntry>>,
    admission: Admission,
    handshakes: Handshakes<ConnectionId>,
    /// The most connections that may be open; others wait in the listeners.
    max_connections: usize,
    timers: Timers,
    buffers: Buffers,
    fetcher: Fetcher,
    queue: Queue,
    meter: Meter,
}

impl Reactor {
    /// Creates a reactor without listeners, for at most `max_connections` open connections.
    ///
    /// # Errors
    ///
    /// The error of the system call; no descriptors left, most likely.
    pub fn new(settings: Arc<Settings>, max_connections: usize) -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKER)?;
        Ok(Self {
            poll,
            changes: Events::with_capacity(MAX_CHANGES),
            fetcher: Fetcher::new(waker.clone()),
            waker,
            acceptor: Acceptor::default(),
            entries: Slab::new(),
            admission: Admission::new(settings.config()),
            handshakes: Handshakes::new(settings.config(), max_connections),
            max_connections,
            timers: Timers::default(),
            buffers: Buffers::new(),
            queue: Queue::new(),
            meter: Meter::default(),
            settings,
        })
    }

    /// The descriptor to watch for reading, for as long as the reactor lives.
    #[must_use]
    pub fn poll_fd(&self) -> RawFd {
        self.poll.as_raw_fd()
    }

    /// A handle that makes the descriptor readable, from any thread.
    #[must_use]
    pub fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// Collects, without waiting, sockets that changed, timers that expired and new connections.
    /// Then drain [`Reactor::poll_event`].
    ///
    /// # Errors
    ///
    /// The error of a system call; temporary ones are handled.
    pub fn collect(&mut self, now: &Now) -> io::Result<()> {
        self.queue.begin();
        // All changes before any timer: input that has arrived is served before a timeout.
        for _ in 0..=self.entries.len() / MAX_CHANGES {
            if self.note_changes()? < MAX_CHANGES {
                break;
            }
        }
        // After the descriptor was polled, which takes the wake-up, and before anything is looked at.
        self.waker.woken();
        for (id, is_readable) in self.fetcher.take_fetched() {
            if let Some(entry) = self.entries.get_mut(id) {
                entry.fetched(is_readable);
                entry.queue_in(&mut self.queue, id);
            }
        }
        while let Some((_, id)) = self.timers.take_expired(now.instant) {
            if let Some(entry) = self.entries.get_mut(id)
                && entry.on_timer(now)
            {
                entry.queue_in(&mut self.queue, id);
            }
        }
        self.acceptor.resume(now);
        self.accept(now, MAX_ACCEPTS);
        Ok(())
    }

    /// Polls once and records the changes of sockets. Returns their number.
    fn note_changes(&mut self) -> io::Result<usize> {
        while let Err(error) = self.poll.poll(&mut self.changes, Some(Duration::ZERO)) {
            if error.kind() != io::ErrorKind::Interrupted {
                return Err(error);
            }
        }
        for change in &self.changes {
            let Token(token) = change.token();
            if let Some(id) = self.entries.id_at(token) {
                if let Some(entry) = self.entries.get_mut(id) {
                    entry.note(change);
                    entry.queue_in(&mut self.queue, id);
                }
            } else if let Some(number) = acceptor::number_of(change.token()) {
                self.acceptor.note(number);
            }
        }
        Ok(self.changes.iter().count())
    }

    /// The next event and its connection. `None`: all output has been written, as far as the
    /// sockets accept it, or the sockets must be polled first ([`Reactor::has_more`]).
    pub fn poll_event(&mut self, now: &Now) -> Option<(ConnectionId, Event)> {
        loop {
            let id = match self.queue.serving() {
                Some(id) => id,
                None => self.serve_next(now)?,
            };
            if let Some(entry) = self.entries.get_mut(id)
                && let Some(event) = entry.poll_event(self.poll.registry(), now)
            {
                self.meter.note(&event);
                return Some((id, event));
            }
            self.finish_serving(id);
        }
    }

    /// Whether the host has to read the clock again, because it has done much since. Pass the
    /// result to [`Reactor::pass_time`], and use it from then on.
    #[must_use]
    pub fn wants_time(&self) -> bool {
        let serving = self.queue.serving().and_then(|id| self.peek(id));
        self.queue.wants_time() || serving.is_some_and(|connection| connection.turn().wants_time())
    }

    /// Sets the current time.
    pub fn pass_time(&mut self, now: &Now) {
        self.queue.pass_time(now);
        if let Some(id) = self.queue.serving()
            && let Some(entry) = self.entries.get_mut(id)
        {
            entry.connection.turn_mut().pass(now.instant);
        }
    }

    /// A connection; `None` for a stale identifier. It is served when [`Reactor::poll_event`] is
    /// next drained, so that its output is written.
    pub fn connection(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        self.touch(id).map(|entry| &mut entry.connection)
    }

    /// A connection, for questions; `None` for a stale identifier.
    #[must_use]
    pub fn peek(&self, id: ConnectionId) -> Option<ConnectionRef<'_>> {
        self.entries.get(id).map(|entry| entry.connection.peek())
    }

    /// The peer of a connection; behind a trusted proxy that uses the PROXY protocol, the source
    /// address in its header.
    #[must_use]
    pub fn peer(&self, id: ConnectionId) -> Option<Peer> {
        self.entries.get(id).map(|entry| entry.peer())
    }

    /// Requests one [`Event::Readable`], also if the handler returns: a task waits for input.
    pub fn wait_readable(&mut self, id: ConnectionId) {
        if let Some(entry) = self.touch(id) {
            entry.wait_readable();
        }
    }

    /// Requests one [`Event::Writable`]: a task waits for room in the transmit queue. It also comes
    /// if the handler has returned since.
    pub fn wait_writable(&mut self, id: ConnectionId) {
        if let Some(entry) = self.touch(id) {
            entry.wait_writable();
        }
    }

    /// When the host must call [`Reactor::collect`] even without another reason.
    pub fn next_deadline(&mut self) -> Option<Instant> {
        let entries = &self.entries;
        let timer = self.timers.next(|at, id| is_armed(entries, at, id));
        [timer, self.acceptor.next_deadline()].into_iter().flatten().min()
    }

    /// Whether the host must begin another turn at once, although the descriptor may not be
    /// readable.
    #[must_use]
    pub fn has_more(&self) -> bool {
        !self.queue.is_empty() || (self.has_room() && self.acceptor.has_more())
    }

    /// The number of connections, including closed ones whose handler still runs.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no connections.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a drain is done: no connection is open, and the listeners are closed.
    #[must_use]
    pub fn is_drained(&self) -> bool {
        self.is_empty() && self.admission.is_draining() && self.acceptor.is_closed()
    }

    /// A connection to be served when [`Reactor::poll_event`] is next drained.
    fn touch(&mut self, id: ConnectionId) -> Option<&mut ConnectionEntry> {
        let entry = self.entries.get_mut(id)?;
        entry.queue_in(&mut self.queue, id);
        Some(entry)
    }

    /// Begins to serve the next connection in the queue.
    fn serve_next(&mut self, now: &Now) -> Option<ConnectionId> {
        let id = self.queue.next(now)?;
        if let Some(entry) = self.entries.get_mut(id) {
            entry.queued = false;
            entry.begin_turn(self.queue.bounds());
            self.meter.turn_began(now.instant);
            entry.on_ready(&mut self.buffers, self.poll.registry(), now);
        }
        Some(id)
    }

    /// Ends the turn of a connection, and forgets the connection if it is over.
    fn finish_serving(&mut self, id: ConnectionId) {
        self.queue.finish_serving();
        let Some(entry) = self.entries.get_mut(id) else { return };
        self.meter.turn_ended(&mut entry.connection);
        if let Some(wanted) = entry.take_wanted() {
            self.fetcher.fetch(id, wanted);
        }
        entry.shrink(&mut self.buffers, self.poll.registry());
        if entry.connection.peek().is_drained() {
            self.entries.remove(id);
            self.shrink();
            return;
        }
        if entry.has_more() {
            entry.queue_in(&mut self.queue, id);
        }
        self.arm(id);
    }

    /// Frees the shared memory when the last of many connections has closed. It was allocated
    /// after theirs, so that it would keep the allocator from returning that to the system.
    fn shrink(&mut self) {
        if self.entries.shrink() {
            self.timers = Timers::default();
            self.buffers.shrink();
            self.queue.shrink();
        }
    }

    fn arm(&mut self, id: ConnectionId) {
        if let Some(at) = self.entries.get_mut(id).and_then(|entry| entry.rearm()) {
            let entries = &self.entries;
            self.timers.arm(at, id, entries.len(), |at, id| is_armed(entries, at, id));
        }
    }
}

impl AsFd for Reactor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.poll.registry().as_fd()
    }
}

impl fmt::Debug for Reactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reactor")
            .field("connections", &self.entries.len())
            .field("has_more", &self.has_more())
            .finish_non_exhaustive()
    }
}

fn is_armed(entries: &Slab<Box<ConnectionEntry>>, at: Instant, id: ConnectionId) -> bool {
    entries.get(id).is_some_and(|entry| entry.timer.is_armed_for(at))
}

/// The number of changes that one system call returns.
const MAX_CHANGES: usize = 1_024;

/// The number of connections that one turn accepts: each costs as much as serving a request.
const MAX_ACCEPTS: usize = 64;
