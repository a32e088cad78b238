//! Accepted connections, and listening sockets as the runtime watches them.

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll, ready};

use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tracing::field::DisplayValue;
use tremolo_net::{Listening, Peer};

use super::socket::Socket;

/// A connection that was accepted.
#[derive(Debug)]
pub(super) struct Accepted {
    pub(super) socket: Socket,
    pub(super) peer: Peer,
}

impl Accepted {
    /// The next connection of the accept queue, if there is one.
    pub(super) fn next_of(listening: &Listening) -> io::Result<Self> {
        match listening {
            Listening::Tcp(listener, _) => {
                let (socket, address) = listener.accept()?;
                socket.set_nonblocking(true)?;
                Ok(Self::tcp(TcpStream::from_std(socket)?, address))
            }
            Listening::Unix(_, listener) => {
                let (socket, _) = listener.accept()?;
                socket.set_nonblocking(true)?;
                UnixStream::from_std(socket).map(Self::unix)
            }
        }
    }

    fn tcp(socket: TcpStream, address: SocketAddr) -> Self {
        Self { socket: Socket::Tcp(socket), peer: Peer::Tcp(address) }
    }

    fn unix(socket: UnixStream) -> Self {
        Self { socket: Socket::Unix(socket), peer: Peer::Unix }
    }

    /// The local address; a system call.
    pub(super) fn local(&self) -> Option<DisplayValue<SocketAddr>> {
        match &self.socket {
            Socket::Tcp(socket) => socket.local_addr().ok().map(tracing::field::display),
            Socket::Unix(_) => None,
        }
    }
}

/// A socket that listens, watched by a runtime.
#[derive(Debug)]
pub(super) enum Watched {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Watched {
    /// Watches a socket.
    pub(super) fn new(listening: &Listening) -> io::Result<Self> {
        Ok(match listening.try_clone()? {
            Listening::Tcp(listener, _) => Self::Tcp(TcpListener::from_std(listener)?),
            // The original owns the socket file.
            Listening::Unix(_, listener) => Self::Unix(UnixListener::from_std(listener)?),
        })
    }

    /// The next connection.
    pub(super) fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<Accepted>> {
        match self {
            Self::Tcp(listener) => {
                let accepted = ready!(listener.poll_accept(cx));
                Poll::Ready(accepted.map(|(socket, address)| Accepted::tcp(socket, address)))
            }
            Self::Unix(listener) => {
                let accepted = ready!(listener.poll_accept(cx));
                Poll::Ready(accepted.map(|(socket, _)| Accepted::unix(socket)))
            }
        }
    }
}
