//! What to listen on: an address, and options of its own.

use tremolo_core::config::Value;
use tremolo_core::{Config, HalfClose};
use tremolo_net::{InvalidAddress, ListenAddress};

use crate::error::Error;

/// An address to listen on, with options of its own. Text is one without.
///
/// - `127.0.0.1:8000`, `[::]:8000` (both families), `localhost:8000`;
/// - the path of a Unix socket, with a slash: a stale socket file is replaced;
/// - `fd://3`: a socket that listens already, with this number in this process;
/// - `systemd://`: all sockets that systemd has passed (`LISTEN_FDS`); `systemd://name`: those with
///   this `FileDescriptorName`.
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
#[derive(Clone, Debug, PartialEq)]
pub struct Listen {
    address: String,
    own: Vec<(String, Value)>,
}

impl Listen {
    /// This address, with the options of the server.
    pub fn new(address: impl Into<String>) -> Self {
        Self { address: address.into(), own: Vec::new() }
    }

    /// Sets an option of [`Config`] for this listener alone, by its name: timeouts, rates, limits of
    /// requests, `backlog` and others (`docs/configuration.md` lists them). Default: the server's.
    ///
    /// The server does not start with an unknown name, with an option that only a whole server has,
    /// or with a value that is out of bounds.
    ///
    /// ```
    /// use std::time::Duration;
    /// use tremolo::{Application, Listen};
    ///
    /// # let _ =
    /// Application::new()
    ///     .listen("0.0.0.0:8000")
    ///     .listen(
    ///         Listen::new("127.0.0.1:9000")
    ///             .option("request_timeout", Duration::from_secs(5))
    ///             .option("client_max_body_size", 1_u64 << 30),
    ///     )
    /// # ;
    /// ```
    #[must_use]
    pub fn option(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.own.push((name.into(), value.into()));
        self
    }

    /// Encrypts the connections of this listener, with a certificate and its key in PEM files.
    /// Several are lists with commas. Default: [`Config::tls_cert`].
    ///
    /// ```
    /// use tremolo::{Application, Listen};
    ///
    /// # let _ =
    /// Application::new()
    ///     .listen(Listen::new("0.0.0.0:443").tls("/etc/app/cert.pem", "/etc/app/key.pem"))
    /// # ;
    /// ```
    #[must_use]
    pub fn tls(self, certificate: impl Into<String>, key: impl Into<String>) -> Self {
        self.option("tls_cert", Value::Text(certificate.into()))
            .option("tls_key", Value::Text(key.into()))
    }

    /// Whether connections begin with a PROXY protocol header. Default:
    /// [`Config::proxy_protocol`].
    #[must_use]
    pub fn proxy_protocol(self, expected: bool) -> Self {
        self.option("proxy_protocol", expected)
    }

    /// The meaning of a client's half-close. Default: [`Config::half_close`].
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
    pub fn half_close(self, half_close: HalfClose) -> Self {
        self.option("half_close", half_close)
    }

    /// The endpoints that it stands for: one, or those that systemd has passed.
    pub(crate) fn resolve(&self, server: &Config) -> Result<Vec<Endpoint>, Error> {
        let address = self.address.parse::<ListenAddress>();
        let address = address.map_err(|InvalidAddress(text)| Error::InvalidAddress(text))?;
        let failed = |source| Error::Listen { address: self.address.clone(), source };
        let addresses = address.expand().map_err(failed)?;
        let mut config = server.clone();
        for (name, value) in &self.own {
            config.set(name, value.clone())?;
        }
        config.validate_listener(server)?;
        let all = addresses.into_iter();
        Ok(all.map(|address| Endpoint { address, config: config.clone() }).collect())
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
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Endpoint {
    pub(crate) address: ListenAddress,
    /// The configuration of the connections that are accepted here.
    pub(crate) config: Config,
}
