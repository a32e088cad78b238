//! Listening sockets: TCP of both families, Unix sockets, and sockets that listen already.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::Arc;

use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use tremolo_core::Config;

use crate::ListenAddress;
use crate::handover;
use crate::inherited::inherit;
use crate::owner::Owner;
use crate::socket_file::{SocketFile, make_room};
use crate::socket_owner::SocketOwner;

/// A listening socket that is not registered with a runtime yet, so it can be moved to its worker.
#[derive(Debug)]
pub enum Listening {
    /// On an address and a port.
    Tcp(TcpListener, Arc<SocketOwner>),
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
    /// If the process before this one hands over its socket of this address (`Handover`), it is that
    /// socket.
    ///
    /// # Errors
    ///
    /// The error of the system, most often `AddrInUse`.
    pub fn bind(address: &ListenAddress, config: &Config) -> io::Result<Self> {
        if let Some(descriptor) = handover::take(address) {
            return Self::of_predecessor(descriptor);
        }
        match address {
            ListenAddress::Tcp(address) => {
                Ok(Self::tcp(bind_tcp(*address, config)?, SocketOwner::this_process()))
            }
            ListenAddress::Unix(path) => bind_unix(path, config),
            ListenAddress::Descriptor(number) => Self::adopt(inherit(*number)?),
            ListenAddress::Systemd(_) => {
                let all = address.clone().expand()?;
                let one = <[ListenAddress; 1]>::try_from(all);
                let [one] = one.map_err(|_| invalid("it stands for several sockets"))?;
                Self::bind(&one, config)
            }
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
        let socket = checked(descriptor)?;
        if socket.local_addr()?.is_unix() {
            return Ok(Self::Unix(Arc::new(SocketFile::of_another_process()), socket.into()));
        }
        Ok(Self::tcp(socket, SocketOwner::another_process()))
    }

    /// A socket that the process before this one has handed over: it belongs to this process.
    fn of_predecessor(descriptor: OwnedFd) -> io::Result<Self> {
        let socket = checked(descriptor)?;
        if socket.local_addr()?.is_unix() {
            let listener = UnixListener::from(socket);
            let file = match listener.local_addr()?.as_pathname() {
                Some(path) => SocketFile::new(path)?,
                None => SocketFile::of_another_process(),
            };
            return Ok(Self::Unix(Arc::new(file), listener));
        }
        Ok(Self::tcp(socket, SocketOwner::this_process()))
    }

    /// The sockets of its connections have its options: so they need no system call of their own.
    fn tcp(socket: Socket, owner: SocketOwner) -> Self {
        // A small response must not wait for the acknowledgement of the previous one. A socket
        // without this option is slower, and is served all the same.
        let _ = socket.set_tcp_nodelay(true);
        Self::Tcp(socket.into(), Arc::new(owner))
    }

    /// The address, with the port that the system chose.
    ///
    /// # Errors
    ///
    /// The error of the system.
    pub fn address(&self) -> io::Result<ListenAddress> {
        match self {
            Self::Tcp(listener, _) => listener.local_addr().map(ListenAddress::Tcp),
            Self::Unix(_, listener) => {
                let address = listener.local_addr()?;
                Ok(ListenAddress::Unix(
                    address.as_pathname().unwrap_or_else(|| Path::new("")).into(),
                ))
            }
        }
    }

    /// A listener on the same address for another worker: a separate socket if the system
    /// distributes connections among sockets, else the same socket. `address` is the one that this
    /// listener was bound to: a socket that another process has bound is never bound again.
    ///
    /// # Errors
    ///
    /// The error of the system.
    pub fn for_another_worker(&self, address: &ListenAddress, config: &Config) -> io::Result<Self> {
        match (self, address) {
            (Self::Tcp(listener, _), ListenAddress::Tcp(_)) if config.reuse_port => {
                let socket = bind_tcp(listener.local_addr()?, config)?;
                Ok(Self::tcp(socket, SocketOwner::this_process()))
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
            Self::Tcp(listener, owner) => Ok(Self::Tcp(listener.try_clone()?, Arc::clone(owner))),
            Self::Unix(file, listener) => Ok(Self::Unix(Arc::clone(file), listener.try_clone()?)),
        }
    }

    /// Before the socket is closed: the system begins no new connection on it, while connections
    /// that have begun are completed and can be accepted.
    ///
    /// Without this, connections that are completed between the last `accept` and `close` are reset:
    /// Linux does not move them to another socket of the same port (unless `net.ipv4.tcp_migrate_req`
    /// is set). With it, a client whose first packet is dropped sends it again after a second, to the
    /// socket of the process that listens by then.
    ///
    /// The file of a Unix socket is removed. Does nothing for a socket that another process has as
    /// well, and for TCP where the system has no such filter.
    pub fn hold_back(&self) {
        match self {
            Self::Tcp(listener, owner) => owner.hold_back(listener),
            Self::Unix(file, _) => file.remove(),
        }
    }

    /// Another process has this socket now: it is neither held back nor is its file removed.
    pub fn hand_over(&self) {
        match self {
            Self::Tcp(_, owner) => owner.hand_over(),
            Self::Unix(file, _) => file.hand_over(),
        }
    }
}

impl AsFd for Listening {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(listener, _) => listener.as_fd(),
            Self::Unix(_, listener) => listener.as_fd(),
        }
    }
}

/// A socket that listens, and does not block from now on.
fn checked(descriptor: OwnedFd) -> io::Result<Socket> {
    let socket = Socket::from(descriptor);
    if socket.r#type()? != Type::STREAM || !listens(&socket)? {
        return Err(invalid("not a listening socket"));
    }
    socket.set_nonblocking(true)?;
    Ok(socket)
}

fn bind_tcp(address: SocketAddr, config: &Config) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        // `::` accepts both families.
        socket.set_only_v6(false)?;
    }
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(config.reuse_port)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(backlog(config))?;
    Ok(socket)
}

/// Whether a socket listens. Where the system does not report it, it is taken for granted.
fn listens(socket: &Socket) -> io::Result<bool> {
    match rustix::net::sockopt::socket_acceptconn(socket) {
        Ok(listens) => Ok(listens),
        Err(rustix::io::Errno::NOPROTOOPT) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// The socket listens when its file has its mode and its owner, so that no client comes before.
fn bind_unix(path: &Path, config: &Config) -> io::Result<Listening> {
    let owner = Owner::find(&config.unix_socket_owner)?;
    make_room(path)?;
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.bind(&SockAddr::unix(path)?)?;
    let file = Arc::new(SocketFile::new(path)?);
    owner.apply(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(config.unix_socket_mode))?;
    socket.set_nonblocking(true)?;
    socket.listen(backlog(config))?;
    Ok(Listening::Unix(file, socket.into()))
}

fn backlog(config: &Config) -> i32 {
    i32::try_from(config.backlog).unwrap_or(i32::MAX)
}

fn invalid(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, why)
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;

    use super::*;

    fn descriptor(listening: Listening) -> OwnedFd {
        match listening {
            Listening::Tcp(socket, _) => socket.into(),
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
    fn connections_do_not_delay_small_responses() {
        let (address, config) = (ListenAddress::Tcp(([127, 0, 0, 1], 0).into()), Config::default());
        let bound = Listening::bind(&address, &config).unwrap();
        let foreign = TcpListener::bind("127.0.0.1:0").unwrap();
        let adopted = Listening::adopt(foreign.into()).unwrap();
        for listening in [bound, adopted] {
            let listener = TcpListener::from(descriptor(listening));
            listener.set_nonblocking(false).unwrap();
            let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            assert!(listener.accept().unwrap().0.nodelay().unwrap());
        }
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
    fn a_descriptor_is_shared_with_other_workers_and_not_bound_again() {
        use std::os::fd::AsRawFd as _;
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = ListenAddress::Descriptor(socket.as_raw_fd());
        let config = Config::default();
        assert!(config.reuse_port);
        let first = Listening::bind(&address, &config).unwrap();
        let second = first.for_another_worker(&address, &config).unwrap();
        assert_eq!(first.address().unwrap(), second.address().unwrap());
        let flags = rustix::io::fcntl_getfd(&socket).unwrap();
        assert!(flags.contains(rustix::io::FdFlags::CLOEXEC));
    }

    #[test]
    fn a_unix_socket_has_its_mode_and_its_owner() {
        use std::os::unix::fs::MetadataExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        let own = folder.path().metadata().unwrap();
        // Only the superuser can give a file away.
        let is_root = own.uid() == 0;
        let (user, group) = if is_root { (12_345, 54_321) } else { (own.uid(), own.gid()) };
        let unix_socket_owner = format!("{user}:{group}");
        let config = Config { unix_socket_owner, unix_socket_mode: 0o606, ..Config::default() };
        let listening = bind_unix(&path, &config).unwrap();
        let file = path.metadata().unwrap();
        assert_eq!((file.uid(), file.gid(), file.mode() & 0o777), (user, group, 0o606));
        drop(listening);
        let unix_socket_owner = "no-such-user".to_owned();
        let config = Config { unix_socket_owner, ..config };
        let error = bind_unix(&path, &config).unwrap_err().to_string();
        assert!(error.contains("no user has the name no-such-user"), "{error}");
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
