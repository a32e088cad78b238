//! Listening sockets: TCP of both families, and Unix sockets.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::Arc;

use socket2::{Domain, Protocol, Socket, Type};
use tremolo_core::Config;

use crate::ListenAddress;
use crate::socket_file::{SocketFile, make_room};

/// A listening socket that is not registered with a runtime yet, so it can be moved to its worker.
#[derive(Debug)]
pub enum Listening {
    /// On an address and a port.
    Tcp(TcpListener),
    /// On a path, with its socket file. The file is removed before the socket is closed.
    Unix(Arc<SocketFile>, UnixListener),
}

impl Listening {
    /// Listens on an address, without blocking.
    ///
    /// With `reuse_port` another process of the same user may listen on the same port with the same
    /// option (`SO_REUSEPORT`): the system distributes new connections, so clients are not refused
    /// during a restart. A stale file at the path of a Unix socket is replaced. The file of this
    /// socket is removed with its last clone.
    ///
    /// # Errors
    ///
    /// The error of the system, most often `AddrInUse`.
    pub fn bind(address: &ListenAddress, config: &Config) -> io::Result<Self> {
        match address {
            ListenAddress::Tcp(address) => bind_tcp(*address, config).map(Self::Tcp),
            ListenAddress::Unix(path) => bind_unix(path, config),
        }
    }

    /// The address, with the port that the system chose.
    ///
    /// # Errors
    ///
    /// The error of the system.
    pub fn address(&self) -> io::Result<ListenAddress> {
        match self {
            Self::Tcp(listener) => listener.local_addr().map(ListenAddress::Tcp),
            Self::Unix(_, listener) => {
                let address = listener.local_addr()?;
                Ok(ListenAddress::Unix(
                    address.as_pathname().unwrap_or_else(|| Path::new("")).into(),
                ))
            }
        }
    }

    /// A listener on the same address for another worker: a separate socket if the system
    /// distributes connections among sockets, else the same socket.
    ///
    /// # Errors
    ///
    /// The error of the system.
    pub fn for_another_worker(&self, config: &Config) -> io::Result<Self> {
        match self {
            Self::Tcp(listener) if config.reuse_port => {
                bind_tcp(listener.local_addr()?, config).map(Self::Tcp)
            }
            _ => self.try_clone(),
        }
    }

    /// The same socket with another descriptor.
    ///
    /// # Errors
    ///
    /// The error of the system.
    pub fn try_clone(&self) -> io::Result<Self> {
        match self {
            Self::Tcp(listener) => listener.try_clone().map(Self::Tcp),
            Self::Unix(file, listener) => Ok(Self::Unix(Arc::clone(file), listener.try_clone()?)),
        }
    }
}

fn bind_tcp(address: SocketAddr, config: &Config) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        // `::` accepts both families.
        socket.set_only_v6(false)?;
    }
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(config.reuse_port)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(i32::try_from(config.backlog).unwrap_or(i32::MAX))?;
    Ok(socket.into())
}

fn bind_unix(path: &Path, config: &Config) -> io::Result<Listening> {
    make_room(path)?;
    let listener = UnixListener::bind(path)?;
    let file = Arc::new(SocketFile::new(path)?);
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(config.unix_socket_mode))?;
    listener.set_nonblocking(true)?;
    Ok(Listening::Unix(file, listener))
}
