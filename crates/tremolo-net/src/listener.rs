//! Listening sockets: TCP of both families, and Unix sockets.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
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

    /// A socket that listens already, for example one that a supervisor has bound for its workers.
    ///
    /// The file of a Unix socket remains: it belongs to the process that has bound it.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if it is not a listening stream socket of TCP or of a path; the error of the
    /// system.
    pub fn adopt(descriptor: OwnedFd) -> io::Result<Self> {
        let socket = Socket::from(descriptor);
        if socket.r#type()? != Type::STREAM || !listens(&socket)? {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a listening socket"));
        }
        socket.set_nonblocking(true)?;
        if socket.local_addr()?.is_unix() {
            return Ok(Self::Unix(Arc::new(SocketFile::of_another_process()), socket.into()));
        }
        Ok(Self::Tcp(socket.into()))
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

/// Whether a socket listens. Where the system does not report it, it is taken for granted.
fn listens(socket: &Socket) -> io::Result<bool> {
    match rustix::net::sockopt::socket_acceptconn(socket) {
        Ok(listens) => Ok(listens),
        Err(rustix::io::Errno::NOPROTOOPT) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

fn bind_unix(path: &Path, config: &Config) -> io::Result<Listening> {
    make_room(path)?;
    let listener = UnixListener::bind(path)?;
    let file = Arc::new(SocketFile::new(path)?);
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(config.unix_socket_mode))?;
    listener.set_nonblocking(true)?;
    Ok(Listening::Unix(file, listener))
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;

    use super::*;

    fn descriptor(listening: Listening) -> OwnedFd {
        match listening {
            Listening::Tcp(socket) => socket.into(),
            Listening::Unix(_, socket) => socket.into(),
        }
    }

    #[test]
    fn a_socket_that_listens_already_is_adopted() {
        let address = ListenAddress::Tcp(([127, 0, 0, 1], 0).into());
        let first = Listening::bind(&address, &Config::default()).unwrap();
        let bound = first.address().unwrap();
        let adopted = Listening::adopt(descriptor(first)).unwrap();
        assert_eq!(adopted.address().unwrap().to_string(), bound.to_string());
    }

    #[test]
    fn the_file_of_an_adopted_unix_socket_remains() {
        let name = format!("tremolo-net-{}-adopted.sock", std::process::id());
        let path = std::env::temp_dir().join(name);
        let first = bind_unix(&path, &Config::default()).unwrap();
        let adopted = Listening::adopt(descriptor(first.try_clone().unwrap())).unwrap();
        assert_eq!(adopted.address().unwrap().to_string(), path.display().to_string());
        drop(adopted);
        assert!(UnixStream::connect(&path).is_ok());
        drop(first);
        assert!(!path.exists());
    }

    #[test]
    fn what_does_not_listen_is_refused() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let refused = Listening::adopt(stream.into()).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::InvalidInput);
        let file = std::fs::File::open("/dev/null").unwrap();
        assert!(Listening::adopt(file.into()).is_err());
    }
}
