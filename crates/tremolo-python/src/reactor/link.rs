//! One connection as the reactor has it: the engine, the socket, and who waits for what.

use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::time::Instant;

use mio::Registry;
use tremolo_core::http1::request::RequestHead;
use tremolo_core::{Bounds, CloseReason, Connection, Event as Said, Now, PeerError};
use tremolo_net::Peer;

use super::buffers::Buffers;
use super::fetch::Wanted;
use super::queue::Queue;
use super::slab::ConnectionId;
use super::socket::Socket;

/// What the host has to act on.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A request begins: call its handler, then say `handler_done`, now or later.
    Request(Arc<RequestHead>),
    /// The peer broke the protocol: answer with the status of the fault, then say
    /// `handler_done`.
    Fault(PeerError),
    /// The handler must stop now: end it with its clean-up, then say `fail`, with the status of the
    /// reason, or `handler_done`. If the connection is closed, a handler that waits for it may go
    /// on: it is woken next, and the event comes again after `app_close_timeout`.
    Cancel(CloseReason),
    /// Who waits for the body should ask again: more of it has come, its end, or an error.
    Readable,
    /// Who waits for room should say the next piece: there is room, or nobody to read it.
    Writable,
    /// The socket is closed. A handler that still runs may go on; what it says goes nowhere.
    /// With this event, or when that handler is done, the name of the connection becomes stale.
    Closed(CloseReason),
}

#[derive(Debug)]
pub(super) struct Link {
    pub(super) connection: Connection,
    pub(super) peer: Peer,
    /// `None` once the connection is closed, while its handler may still run.
    socket: Option<Socket>,
    /// It stands in the queue of those to be served.
    pub(super) queued: bool,
    /// The part of a file that must be fetched before it can be sent.
    wanted: Option<Wanted>,
    /// When its timer rings; never later than its first deadline.
    pub(super) armed: Option<Instant>,
    /// The timer has rung.
    rung: bool,
    /// The last flush could have gone on.
    unfinished: bool,
    /// Something has come since the reader asked.
    news: bool,
    reader_waits: bool,
    writer_waits: bool,
    /// The host knows that it is closed.
    end_told: bool,
}

impl Link {
    pub(super) fn new(connection: Connection, peer: Peer) -> Self {
        Self {
            connection,
            peer,
            socket: None,
            queued: false,
            wanted: None,
            armed: None,
            rung: false,
            unfinished: false,
            news: false,
            reader_waits: false,
            writer_waits: false,
            end_told: false,
        }
    }

    pub(super) fn attach(&mut self, socket: Socket) {
        self.socket = Some(socket);
    }

    pub(super) fn socket(&self) -> Option<BorrowedFd<'_>> {
        self.socket.as_ref().map(Socket::as_fd)
    }

    /// Remembers what the system tells.
    pub(super) fn note(&mut self, event: &mio::event::Event) {
        if let Some(socket) = &mut self.socket {
            socket.note(event);
        }
    }

    /// Its timer has rung: the one that was set for this instant, or a stale one.
    pub(super) fn ring(&mut self, at: Instant) -> bool {
        self.rung |= self.armed.take_if(|armed| *armed == at).is_some();
        self.rung
    }

    pub(super) fn wait_readable(&mut self) {
        self.reader_waits = true;
        self.news = false;
    }

    pub(super) fn wait_writable(&mut self) {
        self.writer_waits = true;
    }

    /// Puts it into the queue of those to be served.
    pub(super) fn queue_in(&mut self, queue: &mut Queue, id: ConnectionId) {
        queue.add(id, &mut self.queued, self.connection.turn().is_heavy());
    }

    /// Begins a turn.
    pub(super) fn begin_turn(&mut self, bounds: &'static Bounds) {
        // Readers may wait for this turn, and not for input.
        self.news |= self.connection.begin_turn(bounds);
    }

    /// Takes in what has happened: a reset, what one read brings. Time that passed counts
    /// afterwards: what has come before is served, also where the process was paused.
    pub(super) fn take_in(&mut self, buffers: &mut Buffers, now: &Now) {
        let Some(socket) = &mut self.socket else { return };
        if socket.take_failure() {
            self.connection.handle_reset(now);
        }
        if socket.is_readable() && self.connection.wants_input() {
            self.news |= socket.receive(&mut self.connection, buffers, now);
        }
    }

    /// The next thing to act on; when there is none, everything that was said has been written,
    /// as far as the socket takes it.
    pub(super) fn poll_event(&mut self, registry: &Registry, now: &Now) -> Option<Event> {
        loop {
            if let Some(event) = self.next_event(now) {
                return Some(event);
            }
            let progress = self.flush(registry, now);
            let go_on = if self.connection.is_closed() {
                !self.end_told
            } else {
                // Room was made: for who waits for it, or for the next of pipelined requests.
                progress && (self.writer_waits || !self.connection.is_idle())
            };
            if !go_on && !self.take_time(now) {
                return None;
            }
        }
    }

    /// Looks at the deadlines if the timer has rung and nothing waits to be read. True if it did.
    fn take_time(&mut self, now: &Now) -> bool {
        let unread = self.has_unread();
        if unread || !std::mem::take(&mut self.rung) {
            return false;
        }
        self.connection.handle_timeout(now);
        // Whoever reads a body that stalled learns of it.
        self.news = true;
        true
    }

    fn has_unread(&self) -> bool {
        let readable = self.socket.as_ref().is_some_and(Socket::is_readable);
        readable && self.connection.wants_input()
    }

    fn next_event(&mut self, now: &Now) -> Option<Event> {
        let closed = self.connection.is_closed();
        // Before those who wait are woken: the host looks whether the handler is one of them.
        if closed && let Some(Said::Cancel(reason)) = self.connection.poll_event(now) {
            return Some(Event::Cancel(reason));
        }
        if self.reader_waits && (self.news || closed) {
            self.reader_waits = false;
            return Some(Event::Readable);
        }
        match self.connection.poll_event(now) {
            Some(Said::Request(head)) => return Some(Event::Request(head)),
            Some(Said::Fault(fault)) => return Some(Event::Fault(fault)),
            Some(Said::Cancel(reason)) => return Some(Event::Cancel(reason)),
            Some(_) | None => {}
        }
        if self.writer_waits && !self.connection.is_write_blocked() {
            self.writer_waits = false;
            return Some(Event::Writable);
        }
        if self.connection.is_closed() && !self.end_told {
            self.end_told = true;
            return self.connection.close_reason().map(Event::Closed);
        }
        None
    }

    fn flush(&mut self, registry: &Registry, now: &Now) -> bool {
        let Some(socket) = &mut self.socket else { return false };
        let flushed = socket.flush(&mut self.connection, registry, now);
        self.unfinished = flushed.unfinished;
        if flushed.wanted.is_some() {
            self.wanted = flushed.wanted;
        }
        flushed.progress
    }

    /// What must be fetched for it, once.
    pub(super) fn take_wanted(&mut self) -> Option<Wanted> {
        self.wanted.take()
    }

    /// What was wanted has been fetched.
    pub(super) fn fetched(&mut self) {
        if let Some(socket) = &mut self.socket {
            socket.fetched();
        }
    }

    /// Lets go of what a connection does not need while it waits.
    pub(super) fn rest(&mut self, buffers: &mut Buffers, registry: &Registry) {
        buffers.take_back(&mut self.connection);
        if self.connection.is_closed()
            && let Some(socket) = self.socket.take()
        {
            socket.close(registry);
        }
    }

    /// Whether it must be served again although nothing will tell.
    pub(super) fn has_more(&self) -> bool {
        self.rung
            || self.connection.turn().is_over()
            || self.has_unread()
            || self.socket.as_ref().is_some_and(|socket| self.unfinished || socket.has_failed())
    }

    /// When a timer must be set, because none rings before the next deadline.
    pub(super) fn rearm(&mut self) -> Option<Instant> {
        if self.armed.is_some_and(|armed| !self.connection.has_deadline_before(armed)) {
            return None;
        }
        self.armed = self.connection.poll_deadline().map(|deadline| deadline.at);
        self.armed
    }
}
