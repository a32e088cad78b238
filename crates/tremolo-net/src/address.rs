//! Addresses: where a server listens, and the peer of a connection.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::os::fd::{BorrowedFd, RawFd};
use std::path::PathBuf;
use std::str::FromStr;

use socket2::SockRef;

/// An address to listen on, as configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListenAddress {
    /// An address and a port.
    Tcp(SocketAddr),
    /// The path of a Unix socket.
    Unix(PathBuf),
    /// A socket that listens already, with this number in this process.
    Descriptor(RawFd),
    /// The sockets that systemd has passed (`LISTEN_FDS`): all, or those with this name.
    Systemd(Option<String>),
}

impl ListenAddress {
    /// The address as clients write it: `https://127.0.0.1:8000`, or the path of a Unix socket.
    ///
    /// ```
    /// let address: tremolo_net::ListenAddress = "127.0.0.1:8000".parse()?;
    /// assert_eq!(address.url(true), "https://127.0.0.1:8000");
    /// # Ok::<(), tremolo_net::InvalidAddress>(())
    /// ```
    #[must_use]
    pub fn url(&self, is_encrypted: bool) -> String {
        match self {
            Self::Tcp(address) if is_encrypted => format!("https://{address}"),
            Self::Tcp(_) | Self::Unix(_) | Self::Descriptor(_) | Self::Systemd(_) => {
                self.to_string()
            }
        }
    }
}

/// The address of this side of a connection; `None` if it is of another kind.
///
/// # Errors
///
/// The error of the system.
pub fn local_address(socket: BorrowedFd<'_>) -> io::Result<Option<ListenAddress>> {
    let address = SockRef::from(&socket).local_addr()?;
    let path = || Some(ListenAddress::Unix(address.as_pathname()?.into()));
    Ok(address.as_socket().map(ListenAddress::Tcp).or_else(path))
}

/// A text that is not an address to listen on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidAddress(pub String);

impl fmt::Display for InvalidAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not an address to listen on: {:?}", self.0)
    }
}

impl std::error::Error for InvalidAddress {}

impl FromStr for ListenAddress {
    type Err = InvalidAddress;

    /// `fd://3` is a descriptor; `systemd://` and `systemd://name` are sockets of systemd. Another
    /// text with a slash is a path; any other is `host:port`.
    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        if let Some(number) = text.strip_prefix("fd://") {
            let number = number.parse().ok().filter(|_| number.bytes().all(|b| b.is_ascii_digit()));
            return number.map(Self::Descriptor).ok_or_else(|| InvalidAddress(text.to_owned()));
        }
        if let Some(name) = text.strip_prefix("systemd://") {
            return Ok(Self::Systemd(Some(name.to_owned()).filter(|name| !name.is_empty())));
        }
        if text.contains('/') {
            return Ok(Self::Unix(text.into()));
        }
        let resolved = text.to_socket_addrs().ok().and_then(|mut found| found.next());
        resolved.map(Self::Tcp).ok_or_else(|| InvalidAddress(text.to_owned()))
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "http://{address}"),
            Self::Unix(path) => write!(f, "{}", path.display()),
            Self::Descriptor(number) => write!(f, "fd://{number}"),
            Self::Systemd(name) => write!(f, "systemd://{}", name.as_deref().unwrap_or_default()),
        }
    }
}

/// The peer of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// This address and port.
    Tcp(SocketAddr),
    /// A Unix socket: a process on this machine.
    Unix,
}

impl Peer {
    /// The address and port; a Unix socket has none.
    #[must_use]
    pub fn address(self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(address) => Some(address),
            Self::Unix => None,
        }
    }

    /// Its IP address; `None` for a Unix socket.
    #[must_use]
    pub fn ip(self) -> Option<IpAddr> {
        self.address().map(|address| address.ip())
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix => f.write_str("unix"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;

    use super::*;

    #[test]
    fn a_connection_has_a_local_address() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let expected = listener.local_addr().unwrap();
        let _client = std::net::TcpStream::connect(expected).unwrap();
        let (accepted, _) = listener.accept().unwrap();
        assert_eq!(local_address(accepted.as_fd()).unwrap(), Some(ListenAddress::Tcp(expected)));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
        let _client = std::os::unix::net::UnixStream::connect(&path).unwrap();
        let (accepted, _) = listener.accept().unwrap();
        assert_eq!(local_address(accepted.as_fd()).unwrap(), Some(ListenAddress::Unix(path)));
        let (unnamed, _other) = std::os::unix::net::UnixStream::pair().unwrap();
        assert_eq!(local_address(unnamed.as_fd()).unwrap(), None);
    }

    #[test]
    fn reads_addresses_of_all_kinds() {
        let tcp = |text: &str| ListenAddress::Tcp(text.parse().unwrap());
        for (text, expected) in [
            ("127.0.0.1:8000", tcp("127.0.0.1:8000")),
            ("[::1]:0", tcp("[::1]:0")),
            ("/run/x.sock", ListenAddress::Unix("/run/x.sock".into())),
            ("./x", ListenAddress::Unix("./x".into())),
            ("fd://3", ListenAddress::Descriptor(3)),
            ("systemd://", ListenAddress::Systemd(None)),
            ("systemd://web", ListenAddress::Systemd(Some("web".into()))),
        ] {
            assert_eq!(text.parse::<ListenAddress>().unwrap(), expected);
        }
        for text in
            ["", "8000", "127.0.0.1", "127.0.0.1:99999", "::1", "fd://", "fd://-1", "fd://+3"]
        {
            assert!(text.parse::<ListenAddress>().is_err(), "{text:?}");
        }
    }
}
