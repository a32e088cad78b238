//! Listening sockets: TCP of both families, and Unix sockets.

use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener as StdUnixListener, UnixStream as StdUnixStream};
use std::path::Path;

use socket2::{Domain, Protocol, Socket, Type};
use tremolo_core::Config;

use super::{Endpoint, ListenAddress};

/// A socket that listens, not yet part of any runtime, so that it can go to its worker.
#[derive(Debug)]
pub(super) struct Listening {
    pub(super) socket: ListeningSocket,
    pub(super) proxy_protocol: bool,
}

#[derive(Debug)]
pub(super) enum ListeningSocket {
    Tcp(std::net::TcpListener),
    Unix(StdUnixListener),
}

impl Listening {
    pub(super) fn bind(endpoint: &Endpoint, config: &Config) -> io::Result<Self> {
        let socket = match &endpoint.address {
            ListenAddress::Tcp(address) => ListeningSocket::Tcp(bind_tcp(*address, config)?),
            ListenAddress::Unix(path) => ListeningSocket::Unix(bind_unix(path, config)?),
        };
        Ok(Self { socket, proxy_protocol: endpoint.proxy_protocol })
    }

    /// The address with the port that the system has chosen.
    pub(super) fn address(&self) -> io::Result<ListenAddress> {
        match &self.socket {
            ListeningSocket::Tcp(listener) => listener.local_addr().map(ListenAddress::Tcp),
            ListeningSocket::Unix(listener) => {
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
        let socket = match &self.socket {
            ListeningSocket::Tcp(listener) if config.reuse_port => {
                ListeningSocket::Tcp(bind_tcp(listener.local_addr()?, config)?)
            }
            ListeningSocket::Tcp(listener) => ListeningSocket::Tcp(listener.try_clone()?),
            ListeningSocket::Unix(listener) => ListeningSocket::Unix(listener.try_clone()?),
        };
        Ok(Self { socket, proxy_protocol: self.proxy_protocol })
    }
}

fn bind_tcp(address: SocketAddr, config: &Config) -> io::Result<std::net::TcpListener> {
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
