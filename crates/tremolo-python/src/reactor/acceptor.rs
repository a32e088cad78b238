//! Listeners: accepts connections, and pauses while the system has no descriptors left.

use std::io;
use std::os::fd::{AsRawFd as _, RawFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::net::{TcpListener, UnixListener};
use mio::{Interest, Registry, Token};
use tremolo_core::{Now, Settings};
use tremolo_net::{
    ACCEPT_PAUSE, Listening, Peer, SocketFile, SocketOwner, is_about_one_connection,
};
use tremolo_tls::{Session, TlsContext, TlsError};

use super::stream::Stream;
use super::waker::WAKER;

/// All listeners of a reactor.
#[derive(Debug, Default)]
pub(super) struct Acceptor {
    listeners: Vec<Listener>,
    /// The index of the listener that is tried first.
    turn: usize,
    /// The end of a pause after `accept` failed for lack of resources.
    paused_until: Option<Instant>,
    error: Option<io::Error>,
    /// The system lacks resources since the last connection; this was reported.
    is_failing: bool,
    closing: Closing,
    /// Whether new connections are reported to the host, and held.
    pub(super) reports_opened: bool,
}

/// Whether the listeners are about to be closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Closing {
    #[default]
    No,
    /// Clients that connect before this instant are still served.
    At(Instant),
    /// As soon as no connection waits.
    Due,
}

#[derive(Debug)]
struct Listener {
    socket: ListenerSocket,
    /// The settings of the connections of this listener.
    settings: Arc<Settings>,
    /// `None`: its connections are not encrypted.
    tls: Option<TlsContext>,
    /// A connection may be waiting; set until `accept` would block.
    ready: bool,
}

/// An accepted connection.
#[derive(Debug)]
pub(super) struct Accepted {
    pub(super) stream: Stream,
    pub(super) peer: Peer,
    pub(super) settings: Arc<Settings>,
    /// The session of TLS, if the connection is encrypted.
    pub(super) session: Option<Session>,
}

#[derive(Debug)]
enum ListenerSocket {
    Tcp(TcpListener, Arc<SocketOwner>),
    /// The file is dropped before the socket is closed.
    Unix(Arc<SocketFile>, UnixListener),
}

impl Acceptor {
    /// Adds a listener and registers it with a token made of its index.
    pub(super) fn add(
        &mut self,
        listening: Listening,
        settings: Arc<Settings>,
        registry: &Registry,
    ) -> io::Result<()> {
        let tls = TlsContext::load(settings.config()).map_err(io::Error::other)?;
        let token = Token(LAST_TOKEN - self.listeners.len());
        let socket = match listening {
            Listening::Tcp(socket, owner) => {
                let mut socket = TcpListener::from_std(socket);
                registry.register(&mut socket, token, Interest::READABLE)?;
                ListenerSocket::Tcp(socket, owner)
            }
            Listening::Unix(file, socket) => {
                let mut socket = UnixListener::from_std(socket);
                registry.register(&mut socket, token, Interest::READABLE)?;
                ListenerSocket::Unix(file, socket)
            }
        };
        self.listeners.push(Listener { socket, settings, tls, ready: false });
        Ok(())
    }

    /// Reads certificates and keys again. Returns the errors of those that cannot be used: these
    /// listeners keep their old ones.
    pub(super) fn reload(&self) -> Vec<TlsError> {
        let contexts = self.listeners.iter().filter_map(|listener| listener.tls.as_ref());
        contexts.filter_map(|tls| tls.reload().err()).collect()
    }

    /// A connection waits in the listener of this index.
    pub(super) fn note(&mut self, number: usize) {
        if let Some(listener) = self.listeners.get_mut(number) {
            listener.ready = true;
        }
    }

    /// The server stops: holds new connections back, and closes the listeners after `grace`.
    pub(super) fn begin_close(&mut self, now: &Now, grace: Duration) {
        for listener in &self.listeners {
            listener.socket.hold_back();
        }
        self.note_all();
        self.closing = Closing::At(now.instant.checked_add(grace).unwrap_or(now.instant));
    }

    /// The descriptors of the listeners.
    pub(super) fn descriptors(&self) -> Vec<RawFd> {
        let sockets = self.listeners.iter().map(|listener| match &listener.socket {
            ListenerSocket::Tcp(socket, _) => socket.as_raw_fd(),
            ListenerSocket::Unix(_, socket) => socket.as_raw_fd(),
        });
        sockets.collect()
    }

    /// Another process has the sockets as well, and goes on with them.
    pub(super) fn hand_over(&self) {
        for listener in &self.listeners {
            listener.socket.hand_over();
        }
    }

    /// A connection may wait in each listener.
    fn note_all(&mut self) {
        self.listeners.iter_mut().for_each(|listener| listener.ready = true);
    }

    /// Ends a pause, or the time before the listeners are closed, if that is over.
    pub(super) fn resume(&mut self, now: &Now) {
        self.paused_until.take_if(|until| *until <= now.instant);
        if let Closing::At(at) = self.closing
            && at <= now.instant
        {
            self.closing = Closing::Due;
            self.note_all();
        }
    }

    /// The next connection; each call begins with another listener.
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
                        self.is_failing = false;
                        let settings = Arc::clone(&listener.settings);
                        let begun = listener.begin_session(now, &mut self.error);
                        match begun {
                            Ok(session) => {
                                return Some(Accepted { stream, peer, settings, session });
                            }
                            Err(error) => self.error = Some(io::Error::other(error)),
                        }
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

    /// Pauses after an error.
    pub(super) fn pause(&mut self, now: &Now, error: io::Error) {
        self.paused_until = Some(now.instant + ACCEPT_PAUSE);
        if !std::mem::replace(&mut self.is_failing, true) {
            self.error = Some(error);
        }
    }

    /// When [`Acceptor::resume`] has something to do.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        let close_at = match self.closing {
            Closing::At(at) => Some(at),
            Closing::No | Closing::Due => None,
        };
        [self.paused_until, close_at].into_iter().flatten().min()
    }

    /// Takes the first error of `accept` since the last connection.
    pub(super) fn take_error(&mut self) -> Option<io::Error> {
        self.error.take()
    }

    /// Whether a connection may wait that could be accepted now.
    pub(super) fn has_more(&self) -> bool {
        self.paused_until.is_none() && self.listeners.iter().any(|listener| listener.ready)
    }

    /// Whether there are no listeners, or not any more.
    pub(super) fn is_closed(&self) -> bool {
        self.listeners.is_empty()
    }

    /// Closes all listeners if it is time to, and no connection waits.
    pub(super) fn close_if_due(&mut self, registry: &Registry) {
        let is_swept = self.listeners.iter().all(|listener| !listener.ready);
        if self.closing == Closing::Due && is_swept {
            self.close(registry);
        }
    }

    /// Closes all listeners.
    pub(super) fn close(&mut self, registry: &Registry) {
        for mut listener in self.listeners.drain(..) {
            // The socket is closed next, so that an error changes nothing.
            let _ = match &mut listener.socket {
                ListenerSocket::Tcp(socket, _) => registry.deregister(socket),
                ListenerSocket::Unix(_, socket) => registry.deregister(socket),
            };
        }
        self.paused_until = None;
    }
}

impl Listener {
    /// The session of a connection that is encrypted, with the files as they are now. If they
    /// cannot be used, the old ones remain.
    fn begin_session(
        &self,
        now: &Now,
        log: &mut Option<io::Error>,
    ) -> Result<Option<Session>, TlsError> {
        let Some(tls) = &self.tls else { return Ok(None) };
        if let Some(Err(error)) = tls.reload_if_changed(now.instant) {
            *log = Some(io::Error::other(error));
        }
        tls.session().map(Some)
    }
}

impl ListenerSocket {
    fn hold_back(&self) {
        match self {
            Self::Tcp(listener, owner) => owner.hold_back(listener),
            Self::Unix(file, _) => file.remove(),
        }
    }

    fn hand_over(&self) {
        match self {
            Self::Tcp(_, owner) => owner.hand_over(),
            Self::Unix(file, _) => file.hand_over(),
        }
    }

    fn accept(&self) -> io::Result<(Stream, Peer)> {
        match self {
            Self::Tcp(listener, _) => {
                let (stream, address) = listener.accept()?;
                Ok((Stream::Tcp(stream), Peer::Tcp(address)))
            }
            Self::Unix(_, listener) => {
                listener.accept().map(|(stream, _)| (Stream::Unix(stream), Peer::Unix))
            }
        }
    }
}

/// The index of the listener with a token.
pub(super) fn number_of(Token(token): Token) -> Option<usize> {
    LAST_TOKEN.checked_sub(token)
}

const LAST_TOKEN: usize = WAKER.0 - 1;
