//! One connection of the reactor: the engine, the socket, and what the host waits for.

use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::time::Instant;

use mio::Registry;
use tremolo_core::http1::request::RequestHead;
use tremolo_core::{
    Bounds, CloseReason, Connection, Event as EngineEvent, Finished, Now, PeerError,
    redirect_to_https,
};
use tremolo_files::Fetch;
use tremolo_net::{DeadlineTimer, Peer, set_peer_timeout};

use super::buffers::Buffers;
use super::queue::Queue;
use super::slab::ConnectionId;
use super::socket::Socket;

/// An event that the host must handle.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// The connection is new. Only if [`Reactor::report_opened`](super::Reactor::report_opened) was
    /// called: nothing of the connection is served until [`Reactor::release`](super::Reactor::release).
    Opened,
    /// A request begins: call its handler, then call `handler_done`, now or later.
    Request(Arc<RequestHead>),
    /// The peer violated the protocol: respond with the status of the fault, then call
    /// `handler_done`.
    Fault(PeerError),
    /// The handler must stop now: cancel it and run its clean-up, then call `send_error_page` with the
    /// status of the reason, or `handler_done`. If the connection is closed, a handler that waits for
    /// the connection may continue: it is woken next, and this event is repeated after
    /// `app_close_timeout`.
    Cancel(CloseReason),
    /// A reader of the body should poll again: more data, the end or an error has arrived.
    Readable,
    /// A writer should try again: the transmit queue has room, or the peer is gone.
    Writable,
    /// An exchange is over: its response was written, or the connection has closed before. Only
    /// with an access log.
    Finished(Box<Finished>),
    /// The socket is closed. A handler that still runs may continue; its output is discarded. With
    /// this event, or when that handler is done, the identifier of the connection becomes stale.
    Closed(CloseReason),
}

#[derive(Debug)]
pub(super) struct ConnectionEntry {
    pub(super) connection: Connection,
    peer: Peer,
    /// `None` after the connection has closed; its handler may still run.
    socket: Option<Socket>,
    /// Whether the connection is in the queue.
    pub(super) queued: bool,
    pub(super) timer: DeadlineTimer,
    /// The deadlines of the engine have to be checked.
    timer_expired: bool,
    /// The last flush stopped although the socket would take more.
    unfinished: bool,
    /// Input has arrived since the reader last polled.
    has_new_input: bool,
    reader_waits: bool,
    writer_waits: bool,
    /// The host has received `Event::Closed`.
    close_reported: bool,
    opening: Opening,
}

/// Whether the host lets a new connection be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opening {
    /// It is served.
    Done,
    /// The host has to receive `Event::Opened`.
    Unreported,
    /// The host has to release it.
    Held,
}

impl ConnectionEntry {
    pub(super) fn new(connection: Connection, peer: Peer) -> Self {
        Self {
            connection,
            peer,
            socket: None,
            queued: false,
            timer: DeadlineTimer::default(),
            timer_expired: false,
            unfinished: false,
            has_new_input: false,
            reader_waits: false,
            writer_waits: false,
            close_reported: false,
            opening: Opening::Done,
        }
    }

    /// The peer; behind a trusted proxy that uses the PROXY protocol, the source address in its
    /// header.
    pub(super) fn peer(&self) -> Peer {
        self.connection.peek().proxied().map_or(self.peer, |proxied| Peer::Tcp(proxied.source))
    }

    pub(super) fn attach(&mut self, socket: Socket) {
        self.socket = Some(socket);
    }

    /// Serves nothing before the host has released the connection.
    pub(super) fn hold(&mut self) {
        self.opening = Opening::Unreported;
    }

    pub(super) fn release(&mut self) {
        self.opening = Opening::Done;
    }

    pub(super) fn socket(&self) -> Option<BorrowedFd<'_>> {
        self.socket.as_ref().map(Socket::as_fd)
    }

    /// Records a readiness event.
    pub(super) fn note(&mut self, event: &mio::event::Event) {
        if let Some(socket) = &mut self.socket {
            socket.note(event);
        }
    }

    /// A timer has expired. Returns whether it is the armed one, or another expiry is unhandled.
    pub(super) fn on_timer(&mut self, now: &Now) -> bool {
        self.timer_expired |= self.timer.has_fired(now);
        self.timer_expired
    }

    pub(super) fn wait_readable(&mut self) {
        self.reader_waits = true;
        self.has_new_input = false;
    }

    pub(super) fn wait_writable(&mut self) {
        self.writer_waits = true;
    }

    /// Adds the connection to the queue.
    pub(super) fn queue_in(&mut self, queue: &mut Queue, id: ConnectionId) {
        queue.add(id, &mut self.queued, self.connection.peek().turn().is_heavy());
    }

    pub(super) fn begin_turn(&mut self, bounds: &'static Bounds) {
        // A reader may wait for this turn and not for input.
        self.has_new_input |= self.connection.turn_mut().begin(bounds);
    }

    /// Handles a socket error, else reads once. Deadlines are checked later: input that arrived
    /// before a deadline is served, also if the process was paused meanwhile.
    pub(super) fn on_ready(&mut self, buffers: &mut Buffers, registry: &Registry, now: &Now) {
        let Some(socket) = &mut self.socket else { return };
        if socket.take_failure() {
            self.connection.handle_reset(now);
        }
        if socket.is_readable() && self.connection.peek().wants_input() {
            let received = socket.receive(&mut self.connection, buffers, registry, now);
            self.has_new_input |= received && has_something(&self.connection);
        }
    }

    /// Begins a graceful shutdown. A task that receives from a WebSocket gets its end.
    pub(super) fn drain(&mut self, now: &Now) {
        self.connection.drain(now);
        self.has_new_input = true;
    }

    /// The next event. `None`: all output has been written, as far as the socket accepts it.
    pub(super) fn poll_event(&mut self, registry: &Registry, now: &Now) -> Option<Event> {
        loop {
            if let Some(event) = self.next_event(now) {
                return Some(event);
            }
            let progress = self.flush(registry, now);
            let continues = if self.connection.peek().is_closed() {
                !self.close_reported
            } else {
                // The flush made room for a waiting writer or for the next pipelined request.
                progress && (self.writer_waits || !self.connection.peek().is_idle())
            };
            if !continues && !self.check_deadlines(now) {
                let finished = self.connection.take_finished();
                return finished.map(Box::new).map(Event::Finished);
            }
        }
    }

    /// Checks the deadlines if the timer has expired and no input is unread. Returns whether it
    /// did.
    fn check_deadlines(&mut self, now: &Now) -> bool {
        let unread = self.has_unread();
        if unread || !std::mem::take(&mut self.timer_expired) {
            return false;
        }
        self.connection.handle_timeout(now);
        // A reader of a stalled body gets its timeout error.
        self.has_new_input = true;
        true
    }

    fn has_unread(&self) -> bool {
        let readable = self.socket.as_ref().is_some_and(Socket::is_readable);
        readable && self.connection.peek().wants_input()
    }

    fn next_event(&mut self, now: &Now) -> Option<Event> {
        let closed = self.connection.peek().is_closed();
        match self.opening {
            Opening::Done => {}
            Opening::Unreported => {
                self.opening = Opening::Held;
                return Some(Event::Opened);
            }
            Opening::Held if closed => {}
            Opening::Held => return None,
        }
        // Before waiting tasks are woken: the host checks whether the handler is one of them.
        if closed && let Some(EngineEvent::Cancel(reason)) = self.connection.poll_event(now) {
            return Some(Event::Cancel(reason));
        }
        // A reader whose turn is over takes nothing and waits again: the next turn wakes it.
        let ends = closed && !self.connection.peek().turn().is_over();
        if self.reader_waits && (self.has_new_input || ends) {
            self.reader_waits = false;
            return Some(Event::Readable);
        }
        match self.connection.poll_event(now) {
            Some(EngineEvent::Request(head)) => {
                return (!self.redirect_to_https(now)).then_some(Event::Request(head));
            }
            Some(EngineEvent::Fault(fault)) => return Some(Event::Fault(fault)),
            Some(EngineEvent::Cancel(reason)) => return Some(Event::Cancel(reason)),
            Some(_) | None => {}
        }
        if self.writer_waits && !self.connection.is_write_blocked() {
            self.writer_waits = false;
            return Some(Event::Writable);
        }
        if self.connection.peek().is_closed() && !self.close_reported {
            self.close_reported = true;
            return self.connection.peek().close_reason().map(Event::Closed);
        }
        None
    }

    /// Answers a new request with a redirect, if its listener wants encryption.
    fn redirect_to_https(&mut self, now: &Now) -> bool {
        let Some(mut exchange) = self.connection.current() else { return false };
        redirect_to_https(&mut exchange, now, || self.peer.ip())
    }

    fn flush(&mut self, registry: &Registry, now: &Now) -> bool {
        let Some(socket) = &mut self.socket else { return false };
        if let Some(after) = self.connection.take_peer_timeout() {
            // A Unix socket has none: its peer is on this machine.
            let _ = set_peer_timeout(socket, after);
        }
        let flushed = socket.flush(&mut self.connection, registry, now);
        self.unfinished = flushed.is_unfinished;
        flushed.progress
    }

    /// Takes the part of a file that must be fetched.
    pub(super) fn take_wanted(&mut self) -> Option<Fetch> {
        self.socket.as_mut()?.take_wanted()
    }

    /// The wanted part of a file has been fetched, or cannot be read.
    pub(super) fn fetched(&mut self, is_readable: bool) {
        if let Some(socket) = &mut self.socket {
            socket.fetched(is_readable);
        }
    }

    /// Releases the buffers that an idle connection does not need, and the socket of a closed one.
    pub(super) fn shrink(&mut self, buffers: &mut Buffers, registry: &Registry) {
        if self.connection.peek().is_drained() {
            buffers.reclaim_last(&mut self.connection);
        } else {
            buffers.reclaim(&mut self.connection);
        }
        if self.connection.peek().is_closed()
            && let Some(socket) = self.socket.take()
        {
            socket.close(registry, self.connection.peek().is_cut());
        }
    }

    /// Whether the connection must be served again although no readiness event will come.
    pub(super) fn has_more(&self) -> bool {
        self.timer_expired
            || self.connection.peek().turn().is_over()
            || self.has_unread()
            || self.socket.as_ref().is_some_and(|socket| self.unfinished || socket.has_failed())
    }

    /// When a timer must be set, because none expires before the next deadline.
    pub(super) fn rearm(&mut self) -> Option<Instant> {
        self.timer.arm(&mut self.connection)
    }
}

/// Whether received bytes concern a reader: a part of a WebSocket message does not.
fn has_something(connection: &Connection) -> bool {
    connection
        .peek()
        .current()
        .is_none_or(|current| !current.is_websocket() || current.is_websocket_readable())
}
