//! What to listen on: an address, and options of its own.

#[cfg(feature = "tls")]
mod tls;

use std::net::SocketAddr;
use std::time::Duration;

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
    /// The option `bind` replaces the address, if it is set.
    is_default: bool,
    own: Vec<(String, Value)>,
}

impl Listen {
    /// This address, with the options of the server.
    pub fn new(address: impl Into<String>) -> Self {
        Self { address: address.into(), is_default: false, own: Vec::new() }
    }

    /// The addresses of [`Config::bind`], which the environment (`TREMOLO_BIND=[::]:80,/run/a.sock`)
    /// and a file can set; if there are none, this one.
    ///
    /// ```no_run
    /// use tremolo::{Application, Listen};
    ///
    /// # fn main() -> tremolo::Result<()> {
    /// Application::new().route("/", async || "hi").run(Listen::configured("127.0.0.1:8000"))
    /// # }
    /// ```
    pub fn configured(default: impl Into<String>) -> Self {
        Self { is_default: true, ..Self::new(default) }
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

    /// Redirects requests that are not encrypted to this port of the same host (308). Default:
    /// [`Config::https_redirect`].
    ///
    /// ```
    /// use std::time::Duration;
    /// use tremolo::{Application, Listen};
    ///
    /// # let _ =
    /// Application::new()
    ///     .listen(Listen::new("0.0.0.0:80").https_redirect(443))
    ///     .listen(
    ///         Listen::new("0.0.0.0:443")
    ///             .tls("/etc/app/cert.pem", "/etc/app/key.pem")
    ///             .hsts(Duration::from_secs(365 * 86_400)),
    ///     )
    /// # ;
    /// ```
    #[must_use]
    pub fn https_redirect(self, port: u16) -> Self {
        self.option("https_redirect", u32::from(port))
    }

    /// Has browsers use the host with encryption only, for this time after each response over TLS
    /// (HSTS). Default: [`Config::hsts_max_age`].
    #[must_use]
    pub fn hsts(self, max_age: Duration) -> Self {
        self.option("hsts_max_age", max_age)
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
    /// use tremolo::config::HalfClose;
    /// use tremolo::{Application, Listen};
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
        let mut addresses = Vec::new();
        for text in self.addresses(&server.bind) {
            let address = text.parse::<ListenAddress>();
            let address = address.map_err(|InvalidAddress(text)| Error::InvalidAddress(text))?;
            let failed = |source| Error::Listen { address: text.to_owned(), source };
            addresses.extend(address.expand().map_err(failed)?);
        }
        let mut config = server.clone();
        for (name, value) in &self.own {
            config.set(name, value.clone())?;
        }
        config.validate_listener(server)?;
        let all = addresses.into_iter();
        Ok(all.map(|address| Endpoint { address, config: config.clone() }).collect())
    }

    /// The texts of its addresses. `bind`: the option of the server.
    fn addresses<'a>(&'a self, bind: &'a str) -> Vec<&'a str> {
        let configured = bind.split(',').map(str::trim).filter(|text| !text.is_empty());
        let configured: Vec<_> = configured.filter(|_| self.is_default).collect();
        if configured.is_empty() { vec![&self.address] } else { configured }
    }
}

/// An address to listen on, or a [`Listen`]: all that becomes one with `into`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an address to listen on: write text such as `\"127.0.0.1:8000\"`, a `SocketAddr`, \
               `(\"127.0.0.1\", 8000)`, or a `Listen`",
    label = "not an address"
)]
pub trait IntoListen {
    /// The address with its options.
    fn into_listen(self) -> Listen;
}

#[diagnostic::do_not_recommend]
impl<T: Into<Listen>> IntoListen for T {
    fn into_listen(self) -> Listen {
        self.into()
    }
}

impl From<SocketAddr> for Listen {
    fn from(address: SocketAddr) -> Self {
        Self::new(address.to_string())
    }
}

/// A host, a name or an IP address, and a port.
impl From<(&str, u16)> for Listen {
    fn from((host, port): (&str, u16)) -> Self {
        // An IPv6 address has colons of its own.
        let is_bare = host.contains(':') && !host.starts_with('[');
        Self::new(if is_bare { format!("[{host}]:{port}") } else { format!("{host}:{port}") })
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
