//! Listening sockets: TCP of both families, and Unix sockets.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener as StdUnixListener, UnixStream as StdUnixStream};
use std::path::Path;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpStream, UnixStream};
use tremolo_core::Config;

use super::{ListenAddress, Peer};

/// A socket that listens, not yet part of any runtime, so that it can go to its worker.
#[derive(Debug)]
pub(super) enum Listening {
    Tcp(TcpListener),
    Unix(StdUnixListener),
}

/// A connection that was accepted.
#[derive(Debug)]
pub(super) enum Accepted {
    Tcp(TcpStream, SocketAddr),
    Unix(UnixStream),
}

impl Accepted {
    fn tcp(socket: TcpStream, address: SocketAddr) -> Self {
        // A small answer must not wait for the acknowledgement of the last one.
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
}

/// A socket that listens, watched by a runtime.
#[derive(Debug)]
pub(super) enum Watched {
    Tcp(tokio::net::TcpListener),
    Unix(tokio::net::UnixListener),
}

impl Watched {
    /// The next connection.
    pub(super) async fn accept(&self) -> io::Result<Accepted> {
        match self {
            Self::Tcp(listener) => {
                let (socket, address) = listener.accept().await?;
                Ok(Accepted::tcp(socket, address))
            }
            Self::Unix(listener) => {
                let (socket, _) = listener.accept().await?;
                Ok(Accepted::Unix(socket))
            }
        }
    }
}

impl Listening {
    pub(super) fn bind(address: &ListenAddress, config: &Config) -> io::Result<Self> {
        match address {
            ListenAddress::Tcp(address) => bind_first_tcp(*address, config).map(Self::Tcp),
            ListenAddress::Unix(path) => bind_unix(path, config).map(Self::Unix),
        }
    }

    /// The address with the port that the system has chosen.
    pub(super) fn address(&self) -> io::Result<ListenAddress> {
        match self {
            Self::Tcp(listener) => listener.local_addr().map(ListenAddress::Tcp),
            Self::Unix(listener) => {
                let address = listener.local_addr()?;
                Ok(ListenAddress::Unix(
                    address.as_pathname().unwrap_or_else(|| Path::new("")).into(),
                ))
            }
        }
    }

    /// The same address for another worker: a socket of its own where the system shares out
    /// connections among sockets, else the same socket.
    pub(super) fn for_another_worker(&self, config: &Config) -> io::Result<Self> {
        match self {
            Self::Tcp(listener) if config.reuse_port => {
                bind_tcp(listener.local_addr()?, config).map(Self::Tcp)
            }
            _ => self.try_clone(),
        }
    }

    /// The same socket as the runtime watches it.
    pub(super) fn watch(&self) -> io::Result<Watched> {
        Ok(match self.try_clone()? {
            Self::Tcp(listener) => Watched::Tcp(tokio::net::TcpListener::from_std(listener)?),
            Self::Unix(listener) => Watched::Unix(tokio::net::UnixListener::from_std(listener)?),
        })
    }

    /// The next connection of the accept queue, if there is one.
    pub(super) fn accept_now(&self) -> io::Result<Accepted> {
        match self {
            Self::Tcp(listener) => {
                let (socket, address) = listener.accept()?;
                socket.set_nonblocking(true)?;
                Ok(Accepted::tcp(TcpStream::from_std(socket)?, address))
            }
            Self::Unix(listener) => {
                let (socket, _) = listener.accept()?;
                socket.set_nonblocking(true)?;
                UnixStream::from_std(socket).map(Accepted::Unix)
            }
        }
    }

    /// The same socket under another descriptor.
    pub(super) fn try_clone(&self) -> io::Result<Self> {
        match self {
            Self::Tcp(listener) => listener.try_clone().map(Self::Tcp),
            Self::Unix(listener) => listener.try_clone().map(Self::Unix),
        }
    }
}

/// The first socket of a server. `SO_REUSEPORT` would share the port with any other program of
/// the same user that also sets it, and without a word: so it is first tried without.
fn bind_first_tcp(address: SocketAddr, config: &Config) -> io::Result<TcpListener> {
    if config.reuse_port && address.port() != 0 {
        bind_tcp(address, &Config { reuse_port: false, ..config.clone() })?;
    }
    bind_tcp(address, config)
}

fn bind_tcp(address: SocketAddr, config: &Config) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        // `::` is both families.
        socket.set_only_v6(false)?;
    }
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(config.reuse_port)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(i32::try_from(config.backlog).unwrap_or(i32::MAX))?;
    Ok(socket.into())
}

fn bind_unix(path: &Path, config: &Config) -> io::Result<StdUnixListener> {
    // The file outlives the server that made it. One that nobody answers at is in the way; one
    // that somebody answers at, or that is no socket, is none of our business.
    let is_socket = path.symlink_metadata().is_ok_and(|meta| meta.file_type().is_socket());
    if is_socket && StdUnixStream::connect(path).is_err() {
        std::fs::remove_file(path)?;
    }
    let listener = StdUnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(config.unix_socket_mode))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}
