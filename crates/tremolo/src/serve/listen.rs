//! What to listen on: an address, and options of its own.

use tremolo_core::Config;
use tremolo_net::{InvalidAddress, ListenAddress};

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
        let address = self.address.parse();
        let address = address.map_err(|InvalidAddress(text)| Error::InvalidAddress(text))?;
        Ok(Endpoint { address, proxy_protocol })
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
