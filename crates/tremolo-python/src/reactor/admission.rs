//! Admission of connections and shutdown: listening, accepting, drain and abort.

use std::io;
use std::os::fd::{BorrowedFd, RawFd};
use std::sync::Arc;
use std::time::Instant;

use mio::Token;
use tremolo_core::{CloseReason, ConnectionRef, Now, Settings};
use tremolo_net::{Counters, ListenAddress, Listening};
use tremolo_tls::TlsError;

use super::acceptor::Accepted;
use super::connection_entry::ConnectionEntry;
use super::socket::Socket;
use super::{ConnectionId, Reactor};

impl Reactor {
    /// Accepts connections on a listening socket. Returns its address, with the port that the
    /// system has chosen. The file of a Unix socket is removed when the reactor stops listening.
    ///
    /// # Errors
    ///
    /// The error of the system call.
    pub fn listen(&mut self, listening: Listening) -> io::Result<ListenAddress> {
        self.listen_with(listening, Arc::clone(&self.settings))
    }

    /// Like [`Reactor::listen`], with separate settings for the connections of this listener:
    /// limits, timeouts, rates, and whether each begins with a PROXY protocol header. Settings for
    /// all connections together are those of the reactor.
    ///
    /// # Errors
    ///
    /// The error of the system call.
    pub fn listen_with(
        &mut self,
        listening: Listening,
        settings: Arc<Settings>,
    ) -> io::Result<ListenAddress> {
        let address = listening.address()?;
        self.acceptor.add(listening, settings, self.poll.registry())?;
        Ok(address)
    }

    /// Reads the certificates and keys of all listeners again. Connections that are open keep theirs.
    /// Returns the errors of those that cannot be used: these listeners keep their old ones.
    #[must_use]
    pub fn reload_certificates(&self) -> Vec<TlsError> {
        self.acceptor.reload()
    }

    /// Counts what happens from now on. `clock` is read when exchanges have ended.
    pub fn count(&mut self, counters: Arc<Counters>, clock: fn() -> Instant) {
        self.meter.start(counters, clock);
    }

    /// From now on each new connection gets an [`Event::Opened`](super::Event::Opened), before
    /// anything of it is served.
    pub fn report_opened(&mut self) {
        self.acceptor.reports_opened = true;
    }

    /// Serves a connection that waits since [`Event::Opened`](super::Event::Opened).
    pub fn release(&mut self, id: ConnectionId) {
        if let Some(entry) = self.touch(id) {
            entry.release();
        }
    }

    /// The socket of a connection, until it is closed.
    #[must_use]
    pub fn socket(&self, id: ConnectionId) -> Option<BorrowedFd<'_>> {
        self.entries.get(id)?.socket()
    }

    /// Takes the first error of `accept` since the last connection, for the log.
    pub fn take_accept_error(&mut self) -> Option<io::Error> {
        let error = self.acceptor.take_error();
        if error.is_some() {
            self.meter.accept_failed();
        }
        error
    }

    /// Closes all listeners, and leaves what waits in them to another process that has the same
    /// sockets. Open connections go on.
    pub fn stop_accepting(&mut self) {
        self.acceptor.close(self.poll.registry());
    }

    /// Begins a graceful shutdown. For `drain_grace`, connections that the system completes are
    /// accepted, and clients without a request may send one. Then the listeners and idle connections
    /// close; busy ones close after their response. Continue until [`Reactor::is_drained`], or call
    /// [`Reactor::abort`].
    pub fn drain(&mut self, now: &Now) {
        if self.admission.is_draining() {
            return;
        }
        self.for_each(|entry| entry.drain(now));
        self.admission.drain();
        self.acceptor.begin_close(now, self.settings.config().drain_grace);
        self.acceptor.resume(now);
        self.accept(now, usize::MAX);
    }

    /// The descriptors of the listening sockets, in the order of [`Reactor::listen`].
    #[must_use]
    pub fn listening_descriptors(&self) -> Vec<RawFd> {
        self.acceptor.descriptors()
    }

    /// Another process has the listening sockets as well, and accepts their connections from now on.
    /// Then call [`Reactor::drain`].
    pub fn hand_over(&self) {
        self.acceptor.hand_over();
    }

    /// The number of requests that are not complete.
    #[must_use]
    pub fn unfinished(&self) -> usize {
        let ids = self.entries.ids();
        ids.filter(|id| self.peek(*id).is_some_and(ConnectionRef::is_busy)).count()
    }

    /// Cancels all handlers and closes all connections.
    pub fn abort(&mut self) {
        self.admission.drain();
        self.acceptor.close(self.poll.registry());
        self.for_each(|entry| entry.connection.abort(CloseReason::Shutdown));
    }

    /// Accepts at most `at_most` connections. A shutdown closes the listeners after the last one.
    pub(super) fn accept(&mut self, now: &Now, at_most: usize) {
        self.accept_some(now, at_most);
        self.acceptor.close_if_due(self.poll.registry());
    }

    /// Whether another connection may be accepted.
    pub(super) fn has_room(&self) -> bool {
        self.entries.len() < self.max_connections
    }

    fn accept_some(&mut self, now: &Now, at_most: usize) {
        for _ in 0..at_most {
            if !self.has_room() {
                return;
            }
            let Some(accepted) = self.acceptor.accept(now) else { return };
            if let Err(error) = self.open(accepted, now) {
                return self.acceptor.pause(now, error);
            }
            if self.admission.arrived(self.entries.len()) {
                self.close_idle();
            }
        }
    }

    fn open(&mut self, accepted: Accepted, now: &Now) -> io::Result<()> {
        let Accepted { stream, peer, settings, session } = accepted;
        let connection = self.admission.begin(settings, peer, now);
        let Some(id) = self.entries.insert(Box::new(ConnectionEntry::new(connection, peer))) else {
            return Err(io::ErrorKind::OutOfMemory.into());
        };
        match Socket::register(stream, session, Token(id.index()), self.poll.registry()) {
            Ok(socket) => {
                self.meter.accepted();
                if let Some(entry) = self.entries.get_mut(id) {
                    entry.attach(socket);
                    if self.acceptor.reports_opened {
                        entry.hold();
                        entry.queue_in(&mut self.queue, id);
                    }
                }
                self.arm(id);
                self.limit_handshakes(id);
                Ok(())
            }
            Err(error) => {
                self.entries.remove(id);
                Err(error)
            }
        }
    }

    /// Closes the connections that are idle longest, if there are too many.
    fn close_idle(&mut self) {
        let ids = self.entries.ids();
        let idle = ids.filter_map(|id| Some((self.peek(id)?.idle_until()?, id))).collect();
        let surplus: Vec<_> = self.admission.surplus(idle).collect();
        for id in surplus {
            if let Some(connection) = self.connection(id) {
                connection.close_idle();
            }
        }
    }

    /// Closes the oldest handshakes, if there are too many with that of a new connection.
    fn limit_handshakes(&mut self, id: ConnectionId) {
        let entries = &self.entries;
        let is_handshaking = |id: &ConnectionId| {
            entries.get(*id).is_some_and(|entry| entry.connection.peek().is_handshaking())
        };
        if !is_handshaking(&id) {
            return;
        }
        let surplus: Vec<_> = self.handshakes.begun(id, is_handshaking).collect();
        for id in surplus {
            if let Some(connection) = self.connection(id) {
                connection.encryption().close_handshake();
            }
        }
    }

    fn for_each(&mut self, act: impl Fn(&mut ConnectionEntry)) {
        let ids: Vec<_> = self.entries.ids().collect();
        for id in ids {
            if let Some(entry) = self.touch(id) {
                act(entry);
            }
        }
    }
}
