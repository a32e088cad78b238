//! What to listen on: an address, and options of its own.

use tremolo_core::{Config, HalfClose};
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
    half_close: Option<HalfClose>,
}

impl Listen {
    /// This address, with what the configuration says.
    pub fn new(address: impl Into<String>) -> Self {
        Self { address: address.into(), proxy_protocol: None, half_close: None }
    }

    /// Whether connections begin with a PROXY protocol header. Default:
    /// [`Config::proxy_protocol`].
    #[must_use]
    pub fn proxy_protocol(mut self, expected: bool) -> Self {
        self.proxy_protocol = Some(expected);
        self
    }

    /// What it means that a client closes its sending half. Default: [`Config::half_close`].
    ///
    /// ```
    /// use tremolo::{Application, HalfClose, Listen};
    ///
    /// # let _ =
    /// Application::new()
    ///     .listen("127.0.0.1:8000")
    ///     .listen(Listen::new("/run/app.sock").half_close(HalfClose::Allow))
    /// # ;
    /// ```
    #[must_use]
    pub fn half_close(mut self, half_close: HalfClose) -> Self {
        self.half_close = Some(half_close);
        self
    }

    pub(crate) fn resolve(&self, config: &Config) -> Result<Endpoint, Error> {
        let proxy_protocol = self.proxy_protocol.unwrap_or(config.proxy_protocol);
        let half_close = self.half_close.unwrap_or(config.half_close);
        let address = self.address.parse();
        let address = address.map_err(|InvalidAddress(text)| Error::InvalidAddress(text))?;
        Ok(Endpoint { address, proxy_protocol, half_close })
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
    pub(crate) half_close: HalfClose,
}

impl Endpoint {
    /// The configuration of the connections that come in here.
    pub(crate) fn config(&self, config: &Config) -> Config {
        let Self { proxy_protocol, half_close, .. } = *self;
        Config { proxy_protocol, half_close, ..config.clone() }
    }
}
