//! Addresses: where a server listens, and who is at the other end.

use std::fmt;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::str::FromStr;

use crate::error::Error;

/// Where to listen, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ListenAddress {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

impl FromStr for ListenAddress {
    type Err = Error;

    /// A path has a slash in it; anything else is `host:port`.
    fn from_str(text: &str) -> Result<Self, Error> {
        if text.contains('/') {
            return Ok(Self::Unix(text.into()));
        }
        let resolved = text.to_socket_addrs().ok().and_then(|mut found| found.next());
        resolved.map(Self::Tcp).ok_or_else(|| Error::InvalidAddress(text.to_owned()))
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "http://{address}"),
            Self::Unix(path) => write!(f, "{}", path.display()),
        }
    }
}

/// Who is at the other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    Tcp(SocketAddr),
    Unix,
}

impl Peer {
    pub(crate) fn address(self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(address) => Some(address),
            Self::Unix => None,
        }
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
    use super::*;

    #[test]
    fn reads_addresses_of_all_kinds() {
        let tcp = |text: &str| ListenAddress::Tcp(text.parse().unwrap());
        for (text, expected) in [
            ("127.0.0.1:8000", tcp("127.0.0.1:8000")),
            ("[::1]:0", tcp("[::1]:0")),
            ("/run/x.sock", ListenAddress::Unix("/run/x.sock".into())),
            ("./x", ListenAddress::Unix("./x".into())),
        ] {
            assert_eq!(text.parse::<ListenAddress>().unwrap(), expected);
        }
        for text in ["", "8000", "127.0.0.1", "127.0.0.1:99999", "::1"] {
            assert!(text.parse::<ListenAddress>().is_err(), "{text:?}");
        }
    }
}
