//! Accepted connections, and listening sockets as the runtime watches them.

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll, ready};

use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tracing::field::DisplayValue;
use tremolo_net::{Listening, Peer};

/// A connection that was accepted.
#[derive(Debug)]
pub(super) enum Accepted {
    Tcp(TcpStream, SocketAddr),
    Unix(UnixStream),
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
                UnixStream::from_std(socket).map(Self::Unix)
            }
        }
    }

    fn tcp(socket: TcpStream, address: SocketAddr) -> Self {
        // A small response must not wait for the acknowledgement of the previous one.
        if let Err(error) = socket.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY");
        }
        Self::Tcp(socket, address)
    }

    pub(super) fn peer(&self) -> Peer {
        match self {
            Self::Tcp(_, address) => Peer::Tcp(*address),
            Self::Unix(_) => Peer::Unix,
        }
    }

    /// The local address; a system call.
    pub(super) fn local(&self) -> Option<DisplayValue<SocketAddr>> {
        match self {
            Self::Tcp(socket, _) => socket.local_addr().ok().map(tracing::field::display),
            Self::Unix(_) => None,
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
                Poll::Ready(accepted.map(|(socket, _)| Accepted::Unix(socket)))
            }
        }
    }
}
