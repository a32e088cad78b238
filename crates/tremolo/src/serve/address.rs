//! Addresses: where a server listens, and who is at the other end.

use std::fmt;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::str::FromStr;

use tremolo_core::Config;

use crate::error::Error;

/// An address to listen on, with options of its own. Text is one without.
///
/// `127.0.0.1:8000`, `[::]:8000` (both families), `localhost:8000`, or the path of a Unix socket.
///
/// ```
/// use tremolo::{Application, Listen};
///
/// # let _ =
/// Application::new()
///     .listen("127.0.0.1:8000")
///     .listen(Listen::new("/run/app.sock").proxy_protocol(true))
/// # ;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    address: String,
    proxy_protocol: Option<bool>,
}

impl Listen {
    /// This address, with what the configuration says.
    pub fn new(address: impl Into<String>) -> Self {
        Self { address: address.into(), proxy_protocol: None }
    }

    /// Whether connections begin with a PROXY protocol header. Default:
    /// [`Config::proxy_protocol`].
    #[must_use]
    pub fn proxy_protocol(mut self, expected: bool) -> Self {
        self.proxy_protocol = Some(expected);
        self
    }

    pub(crate) fn resolve(&self, config: &Config) -> Result<Endpoint, Error> {
        let proxy_protocol = self.proxy_protocol.unwrap_or(config.proxy_protocol);
        Ok(Endpoint { address: self.address.parse()?, proxy_protocol })
    }
}

impl From<&str> for Listen {
    fn from(address: &str) -> Self {
        Self::new(address)
    }
}

impl From<String> for Listen {
    fn from(address: String) -> Self {
        Self::new(address)
    }
}

impl From<&String> for Listen {
    fn from(address: &String) -> Self {
        Self::new(address)
    }
}

/// Where to listen, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) address: ListenAddress,
    pub(crate) proxy_protocol: bool,
}

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

    pub(crate) fn ip(self) -> Option<IpAddr> {
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
