//! Listeners: who may come in, and when not (no descriptors left, as many as allowed).

use std::io;
use std::sync::Arc;
use std::time::Instant;

use mio::net::{TcpListener, UnixListener};
use mio::{Interest, Registry, Token};
use tremolo_core::{Now, Settings};
use tremolo_net::{ACCEPT_PAUSE, Listening, Peer, SocketFile, is_about_one_connection};

use super::WAKER;
use super::stream::Stream;

/// All listeners of a reactor.
#[derive(Debug, Default)]
pub(super) struct Acceptor {
    listeners: Vec<Listener>,
    /// Which of them is asked first.
    turn: usize,
    /// Until when nothing is accepted, because the system has nothing to give.
    paused_until: Option<Instant>,
    error: Option<io::Error>,
}

#[derive(Debug)]
struct Listener {
    socket: ListenerSocket,
    /// What holds for the connections that come in here.
    settings: Arc<Settings>,
    /// Somebody may wait; remembered until nobody does.
    ready: bool,
}

/// A connection that has come in.
#[derive(Debug)]
pub(super) struct Accepted {
    pub(super) stream: Stream,
    pub(super) peer: Peer,
    pub(super) settings: Arc<Settings>,
}

#[derive(Debug)]
enum ListenerSocket {
    Tcp(TcpListener),
    /// The file is dropped before the socket is closed.
    Unix(#[expect(dead_code, reason = "its Drop removes the file")] Arc<SocketFile>, UnixListener),
}

impl Acceptor {
    /// Adds a listener, of which the system tells under a token made of its number.
    pub(super) fn add(
        &mut self,
        listening: Listening,
        settings: Arc<Settings>,
        registry: &Registry,
    ) -> io::Result<()> {
        let token = Token(LAST_TOKEN - self.listeners.len());
        let socket = match listening {
            Listening::Tcp(socket) => {
                let mut socket = TcpListener::from_std(socket);
                registry.register(&mut socket, token, Interest::READABLE)?;
                ListenerSocket::Tcp(socket)
            }
            Listening::Unix(file, socket) => {
                let mut socket = UnixListener::from_std(socket);
                registry.register(&mut socket, token, Interest::READABLE)?;
                ListenerSocket::Unix(file, socket)
            }
        };
        self.listeners.push(Listener { socket, settings, ready: false });
        Ok(())
    }

    /// Somebody waits at the listener of this number.
    pub(super) fn note(&mut self, number: usize) {
        if let Some(listener) = self.listeners.get_mut(number) {
            listener.ready = true;
        }
    }

    /// Somebody may wait everywhere.
    pub(super) fn note_all(&mut self) {
        self.listeners.iter_mut().for_each(|listener| listener.ready = true);
    }

    /// Ends a pause that is over.
    pub(super) fn resume(&mut self, now: &Now) {
        self.paused_until.take_if(|until| *until <= now.instant);
    }

    /// The next connection. The listeners take turns.
    pub(super) fn accept(&mut self, now: &Now) -> Option<Accepted> {
        if self.paused_until.is_some() {
            return None;
        }
        let count = self.listeners.len();
        for number in (self.turn..count).chain(0..self.turn.min(count)) {
            let Some(listener) = self.listeners.get_mut(number) else { continue };
            while listener.ready {
                match listener.socket.accept() {
                    Ok((stream, peer)) => {
                        self.turn = number + 1;
                        let settings = Arc::clone(&listener.settings);
                        return Some(Accepted { stream, peer, settings });
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        listener.ready = false;
                    }
                    Err(error) if is_about_one_connection(&error) => {}
                    Err(error) => {
                        self.pause(now, error);
                        return None;
                    }
                }
            }
        }
        None
    }

    /// Accepts nothing for a moment, because of this.
    pub(super) fn pause(&mut self, now: &Now, error: io::Error) {
        self.paused_until = Some(now.instant + ACCEPT_PAUSE);
        self.error = Some(error);
    }

    pub(super) fn paused_until(&self) -> Option<Instant> {
        self.paused_until
    }

    /// Why nothing was accepted lately; says so once.
    pub(super) fn take_error(&mut self) -> Option<io::Error> {
        self.error.take()
    }

    /// Whether somebody may wait who could be let in.
    pub(super) fn has_more(&self) -> bool {
        self.paused_until.is_none() && self.listeners.iter().any(|listener| listener.ready)
    }

    /// Whether nobody waits any longer, let in or not.
    pub(super) fn is_swept(&self) -> bool {
        self.listeners.iter().all(|listener| !listener.ready)
    }

    /// Closes all listeners.
    pub(super) fn close(&mut self, registry: &Registry) {
        for mut listener in self.listeners.drain(..) {
            // If the system knows nothing of it, so much the better.
            let _ = match &mut listener.socket {
                ListenerSocket::Tcp(socket) => registry.deregister(socket),
                ListenerSocket::Unix(_, socket) => registry.deregister(socket),
            };
        }
        self.paused_until = None;
    }
}

impl ListenerSocket {
    fn accept(&self) -> io::Result<(Stream, Peer)> {
        match self {
            Self::Tcp(listener) => listener.accept().map(|(stream, address)| {
                // A small answer must not wait for the acknowledgement of the last one; a socket
                // that refuses is about to fail anyway.
                let _ = stream.set_nodelay(true);
                (Stream::Tcp(stream), Peer::Tcp(address))
            }),
            Self::Unix(_, listener) => {
                listener.accept().map(|(stream, _)| (Stream::Unix(stream), Peer::Unix))
            }
        }
    }
}

/// The number of the listener of a token.
pub(super) fn number_of(Token(token): Token) -> Option<usize> {
    LAST_TOKEN.checked_sub(token)
}

const LAST_TOKEN: usize = WAKER.0 - 1;
