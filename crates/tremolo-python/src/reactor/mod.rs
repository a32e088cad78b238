//! The reactor: all connections of a process, behind one descriptor that any loop can watch.
//!
//! It owns sockets and engines, and no loop, thread or clock: it is a guest in the loop that the
//! host already runs, and knows nothing of Python. **Whenever [`Reactor::poll_fd`] is readable,
//! [`Reactor::next_deadline`] has passed or [`Reactor::has_more`] says so, call
//! [`Reactor::collect`], then drain [`Reactor::poll_event`]; after anything said to a connection
//! from elsewhere, drain it as well**: that is the host's whole duty.
//!
//! ```no_run
//! # // A server that never ends.
//! use std::{sync::Arc, time::{Instant, SystemTime}};
//! use tremolo_core::{Clock, Config, Settings};
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
//!         let Some(connection) = reactor.connection(id) else { continue };
//!         match event {
//!             Event::Request(_head) => {
//!                 connection.end(&now, "Hello".into())?;
//!                 connection.handler_done(&now);
//!             }
//!             Event::Fault(_) | Event::Cancel(_) => connection.handler_done(&now),
//!             _ => {}
//!         }
//!     }
//! }
//! # #[expect(unreachable_code, reason = "types the block")]
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # One turn
//!
//! `collect` asks the system, without waiting, which sockets have changed, rings timers and
//! accepts. `poll_event` then serves one connection after the other: one read, the events that
//! it brings, and, when the host asks for the event after the last of them, one write. So what a
//! handler says before the host asks again leaves in that write, and one warm buffer serves all.
//! A turn is bounded (`Bounds::REACTOR` of the engine), and so is that of each connection
//! (`Bounds::CONNECTION`): then `poll_event` answers `None`, with `has_more`. The host reads the
//! clock again when [`Reactor::wants_time`] says so.
//!
//! # Nothing is forgotten
//!
//! The host watches one descriptor for as long as it is readable (level), while the reactor hears
//! of each change of a socket once (edge). Nothing falls between the two:
//!
//! - Changes that `collect` has not taken keep the descriptor readable: its turn comes again.
//! - Those that it has taken are remembered with the socket until a read or a write has found
//!   them no longer true. What is served stands in a queue until it has been, and when it has,
//!   one of these holds: it stands in the queue again; the socket has nothing to give or takes
//!   nothing, and an edge will tell; the engine wants nothing, until the host says something to
//!   the connection or a deadline passes.
//! - A queue that is not empty is what the descriptor cannot know: that is `has_more`. Whatever
//!   the host says to a connection puts it into that queue.

mod acceptor;
mod admission;
mod buffers;
mod fetch;
mod link;
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
use tremolo_core::{Connection, Now, Settings};
use tremolo_net::{IdleLimit, Peer};

pub use self::link::Event;
pub use self::slab::ConnectionId;
pub use self::waker::Waker;

use self::acceptor::Acceptor;
use self::admission::ACCEPTS;
use self::buffers::Buffers;
use self::fetch::Fetcher;
use self::link::Link;
use self::queue::Queue;
use self::slab::Slab;
use self::timers::Timers;

/// Listeners and connections, driven by the loop of a host.
pub struct Reactor {
    settings: Arc<Settings>,
    max_connections: usize,
    poll: Poll,
    changes: Events,
    waker: Waker,
    acceptor: Acceptor,
    links: Slab<Box<Link>>,
    idle: IdleLimit,
    /// Nobody is let in but who waits already.
    draining: bool,
    timers: Timers,
    buffers: Buffers,
    fetcher: Fetcher,
    queue: Queue,
}

impl Reactor {
    /// A reactor that listens nowhere yet, and has at most so many connections at a time.
    ///
    /// # Errors
    ///
    /// What the system says; out of descriptors, most likely.
    pub fn new(settings: Arc<Settings>, max_connections: usize) -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKER)?;
        Ok(Self {
            max_connections,
            poll,
            changes: Events::with_capacity(MAX_CHANGES),
            fetcher: Fetcher::new(waker.clone()),
            waker,
            acceptor: Acceptor::default(),
            links: Slab::new(),
            idle: IdleLimit::new(settings.config().keepalive_connections),
            draining: false,
            timers: Timers::default(),
            buffers: Buffers::new(settings.config()),
            queue: Queue::new(),
            settings,
        })
    }

    /// The descriptor to watch for reading, for as long as the reactor lives.
    #[must_use]
    pub fn poll_fd(&self) -> RawFd {
        self.poll.as_raw_fd()
    }

    /// What makes the descriptor readable, from any thread.
    #[must_use]
    pub fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// Takes in what has happened until now, without waiting: sockets that changed, timers that
    /// rang, connections that came. Then drain [`Reactor::poll_event`].
    ///
    /// # Errors
    ///
    /// What the system says; nothing that passes by itself.
    pub fn collect(&mut self, now: &Now) -> io::Result<()> {
        self.waker.woken();
        self.queue.begin();
        // All of them, where timers may ring: what has come goes before what is late.
        for _ in 0..=self.links.len() / MAX_CHANGES {
            if self.take_changes()? < MAX_CHANGES {
                break;
            }
        }
        for id in self.fetcher.take_fetched() {
            if let Some(link) = self.links.get_mut(id) {
                link.fetched();
                link.queue_in(&mut self.queue, id);
            }
        }
        while let Some((at, id)) = self.timers.take_rung(now.instant) {
            if let Some(link) = self.links.get_mut(id)
                && link.ring(at)
            {
                link.queue_in(&mut self.queue, id);
            }
        }
        self.acceptor.resume(now);
        self.accept(now, ACCEPTS);
        Ok(())
    }

    /// Asks the system once which sockets have changed; how many there were.
    fn take_changes(&mut self) -> io::Result<usize> {
        while let Err(error) = self.poll.poll(&mut self.changes, Some(Duration::ZERO)) {
            if error.kind() != io::ErrorKind::Interrupted {
                return Err(error);
            }
        }
        for change in &self.changes {
            let Token(token) = change.token();
            if let Some(id) = self.links.id_at(token) {
                if let Some(link) = self.links.get_mut(id) {
                    link.note(change);
                    link.queue_in(&mut self.queue, id);
                }
            } else if let Some(number) = acceptor::number_of(change.token()) {
                self.acceptor.note(number);
            }
        }
        Ok(self.changes.iter().count())
    }

    /// What the host has to act on next, and for which connection. `None`: everything that was
    /// said has been written, as far as the sockets take it, or others must have a say first
    /// ([`Reactor::has_more`]).
    pub fn poll_event(&mut self, now: &Now) -> Option<(ConnectionId, Event)> {
        loop {
            let id = match self.queue.serving() {
                Some(id) => id,
                None => self.serve_next(now)?,
            };
            if let Some(link) = self.links.get_mut(id)
                && let Some(event) = link.poll_event(self.poll.registry(), now)
            {
                return Some((id, event));
            }
            self.leave(id);
        }
    }

    /// Whether the host has to read the clock, because it has done much since it did: tell it with
    /// [`Reactor::pass_time`], and use it from then on.
    #[must_use]
    pub fn wants_time(&self) -> bool {
        let serving = self.queue.serving().and_then(|id| self.peek(id));
        self.queue.wants_time() || serving.is_some_and(|connection| connection.turn().wants_time())
    }

    /// Tells what the clock says now.
    pub fn pass_time(&mut self, now: &Now) {
        self.queue.pass_time(now);
        if let Some(id) = self.queue.serving()
            && let Some(link) = self.links.get_mut(id)
        {
            link.connection.pass_time(now);
        }
    }

    /// A connection, to say something to it or to ask; `None` for a stale name. It is served
    /// when [`Reactor::poll_event`] is next drained, so that what is said is written.
    pub fn connection(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        self.touch(id).map(|link| &mut link.connection)
    }

    /// A connection to look at only.
    #[must_use]
    pub fn peek(&self, id: ConnectionId) -> Option<&Connection> {
        self.links.get(id).map(|link| &link.connection)
    }

    /// Who is at the other end of a connection; behind a trusted proxy that speaks the PROXY
    /// protocol, who it says.
    #[must_use]
    pub fn peer(&self, id: ConnectionId) -> Option<Peer> {
        let link = self.links.get(id)?;
        Some(link.connection.proxied().map_or(link.peer, |proxied| Peer::Tcp(proxied.source)))
    }

    /// The socket of a connection, until it is closed.
    #[must_use]
    pub fn socket(&self, id: ConnectionId) -> Option<BorrowedFd<'_>> {
        self.links.get(id)?.socket()
    }

    /// Asks for one [`Event::Readable`]: somebody waits for more of the body. It also comes if the
    /// handler has returned since.
    pub fn wait_readable(&mut self, id: ConnectionId) {
        if let Some(link) = self.touch(id) {
            link.wait_readable();
        }
    }

    /// Asks for one [`Event::Writable`]: somebody waits for room in the transmit queue. It also
    /// comes if the handler has returned since.
    pub fn wait_writable(&mut self, id: ConnectionId) {
        if let Some(link) = self.touch(id) {
            link.wait_writable();
        }
    }

    /// When the host must call [`Reactor::collect`] even if nothing else happens.
    pub fn next_deadline(&mut self) -> Option<Instant> {
        let links = &self.links;
        let timer = self.timers.next(|at, id| is_armed(links, at, id));
        [timer, self.acceptor.paused_until()].into_iter().flatten().min()
    }

    /// Whether another turn is due at once, although the descriptor may not be readable.
    #[must_use]
    pub fn has_more(&self) -> bool {
        !self.queue.is_empty()
            || (self.links.len() < self.max_connections && self.acceptor.has_more())
    }

    /// How many connections there are, those included that are closed but whose handler runs.
    #[must_use]
    pub fn len(&self) -> usize {
        self.links.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a drain is done: nobody is there, and nobody waits to come in.
    #[must_use]
    pub fn is_drained(&self) -> bool {
        self.is_empty() && self.draining && self.acceptor.is_swept()
    }

    fn touch(&mut self, id: ConnectionId) -> Option<&mut Link> {
        let link = self.links.get_mut(id)?;
        link.queue_in(&mut self.queue, id);
        Some(link)
    }

    /// Turns to the next connection in the queue.
    fn serve_next(&mut self, now: &Now) -> Option<ConnectionId> {
        let id = self.queue.next(now)?;
        if let Some(link) = self.links.get_mut(id) {
            link.queued = false;
            link.begin_turn(self.queue.bounds());
            link.take_in(&mut self.buffers, now);
        }
        Some(id)
    }

    /// Turns away from a connection, for now or for ever.
    fn leave(&mut self, id: ConnectionId) {
        self.queue.leave();
        let Some(link) = self.links.get_mut(id) else { return };
        if let Some(wanted) = link.take_wanted() {
            self.fetcher.fetch(id, wanted);
        }
        link.rest(&mut self.buffers, self.poll.registry());
        if link.connection.is_drained() {
            self.links.remove(id);
            self.rest();
            return;
        }
        if link.has_more() {
            link.queue_in(&mut self.queue, id);
        }
        self.arm(id);
    }

    /// When the last one of many has gone, so does what all have shared: it grew behind the
    /// connections of a busy time, where it keeps an allocator from giving back what was theirs.
    fn rest(&mut self) {
        if self.links.rest() {
            self.timers = Timers::default();
            self.buffers.rest();
            self.queue.rest();
        }
    }

    fn arm(&mut self, id: ConnectionId) {
        if let Some(at) = self.links.get_mut(id).and_then(|link| link.rearm()) {
            let links = &self.links;
            self.timers.arm(at, id, links.len(), |at, id| is_armed(links, at, id));
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
            .field("connections", &self.links.len())
            .field("has_more", &self.has_more())
            .finish_non_exhaustive()
    }
}

fn is_armed(links: &Slab<Box<Link>>, at: Instant, id: ConnectionId) -> bool {
    links.get(id).is_some_and(|link| link.armed == Some(at))
}

/// Connections have the tokens from zero up, the waker the last one, listeners those before it.
const WAKER: Token = Token(usize::MAX);

/// Changes that one system call tells of; the rest is told the next time.
const MAX_CHANGES: usize = 1_024;
