//! Who comes in and how everybody leaves: listening, accepting, drain and abort.

use std::io;
use std::sync::Arc;

use mio::Token;
use tremolo_core::{CloseReason, Connection, Now, Settings};
use tremolo_net::{ListenAddress, Listening};

use super::Reactor;
use super::acceptor::Accepted;
use super::link::Link;
use super::socket::Socket;

impl Reactor {
    /// Accepts connections there. Says where that is, with the port that the system has chosen.
    /// The file of a Unix socket is removed when the reactor stops listening on it.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn listen(&mut self, listening: Listening) -> io::Result<ListenAddress> {
        self.listen_with(listening, Arc::clone(&self.settings))
    }

    /// As [`Reactor::listen`], with settings of its own for the connections that come in there:
    /// limits, timeouts, rates, and whether each begins with a PROXY protocol header. What
    /// concerns all connections together stays as the reactor has it.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn listen_with(
        &mut self,
        listening: Listening,
        settings: Arc<Settings>,
    ) -> io::Result<ListenAddress> {
        let address = listening.address()?;
        self.acceptor.add(listening, settings, self.poll.registry())?;
        Ok(address)
    }

    /// Why nothing was accepted lately, if so, for the log; says each failure once.
    pub fn take_accept_error(&mut self) -> Option<io::Error> {
        self.acceptor.take_error()
    }

    /// The server shuts down: nobody else is let in but who waits already, idle connections
    /// close, busy ones after their response. Go on until [`Reactor::is_drained`], or
    /// [`Reactor::abort`].
    pub fn drain(&mut self, now: &Now) {
        self.for_each(|connection| connection.drain(now));
        // A client whose connection was acknowledged may count on it.
        self.draining = true;
        self.acceptor.note_all();
        self.accept(now, self.max_connections);
    }

    /// Nobody waits any longer: handlers are cancelled, connections closed.
    pub fn abort(&mut self) {
        self.draining = true;
        self.acceptor.close(self.poll.registry());
        self.for_each(|connection| connection.abort(CloseReason::Shutdown));
    }

    /// Lets at most so many connections in; the last ones, if the server shuts down.
    pub(super) fn accept(&mut self, now: &Now, at_most: usize) {
        self.let_in(now, at_most);
        if self.draining && self.acceptor.is_swept() {
            self.acceptor.close(self.poll.registry());
        }
    }

    fn let_in(&mut self, now: &Now, at_most: usize) {
        for _ in 0..at_most {
            if self.links.len() >= self.max_connections {
                return;
            }
            let Some(accepted) = self.acceptor.accept(now) else { return };
            if let Err(error) = self.open(accepted, now) {
                return self.acceptor.pause(now, error);
            }
            if self.idle.arrived(self.links.len()) {
                self.close_idle();
            }
        }
    }

    fn open(&mut self, accepted: Accepted, now: &Now) -> io::Result<()> {
        let Accepted { stream, peer, settings } = accepted;
        let proxied = settings.config().proxy_protocol;
        let mut connection = Connection::new(settings, now);
        if proxied {
            connection.expect_proxy_header(peer.ip());
        }
        if self.draining {
            connection.drain(now);
        }
        let Some(id) = self.links.insert(Box::new(Link::new(connection, peer))) else {
            return Err(io::ErrorKind::OutOfMemory.into());
        };
        match Socket::register(stream, Token(id.index()), self.poll.registry()) {
            Ok(socket) => {
                if let Some(link) = self.links.get_mut(id) {
                    link.attach(socket);
                }
                self.arm(id);
                Ok(())
            }
            Err(error) => {
                self.links.remove(id);
                Err(error)
            }
        }
    }

    /// Closes those idle longest, if there are too many.
    fn close_idle(&mut self) {
        let ids = self.links.ids();
        let idle = ids.filter_map(|id| Some((self.peek(id)?.idle_until()?, id))).collect();
        let surplus: Vec<_> = self.idle.surplus(idle).collect();
        for id in surplus {
            if let Some(connection) = self.connection(id) {
                connection.close_idle();
            }
        }
    }

    fn for_each(&mut self, act: impl Fn(&mut Connection)) {
        let ids: Vec<_> = self.links.ids().collect();
        for id in ids {
            if let Some(connection) = self.connection(id) {
                act(connection);
            }
        }
    }
}

/// Connections that one turn accepts: each costs as much as serving a request.
pub(super) const ACCEPTS: usize = 64;
