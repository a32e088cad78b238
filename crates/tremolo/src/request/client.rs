//! Who asks, how, and for which host: as the connection says, or the trusted proxies before it.

use std::net::{IpAddr, SocketAddr};

use tremolo_core::forwarded::{Client, Scheme, resolve};

use super::Request;

impl Request {
    /// The address at the other end of the connection; `None` for a Unix socket. Behind a load
    /// balancer that speaks the PROXY protocol it is the client's.
    #[must_use]
    pub fn client(&self) -> Option<SocketAddr> {
        self.exchange.peer.address()
    }

    /// The address of the client; `None` if it came by a Unix socket.
    ///
    /// If the other end of the connection is one of the `trusted_proxies`, this is what the
    /// proxies say: `X-Forwarded-For`, or `Forwarded` with `trust_forwarded`, read from the right
    /// to the first address that is not trusted. Anybody else is not believed.
    ///
    /// ```
    /// use tremolo::Request;
    ///
    /// async fn whoami(request: Request) -> String {
    ///     let ip = request.ip().map(|ip| ip.to_string()).unwrap_or_default();
    ///     format!("{ip} asked {} for {:?}", request.scheme(), request.host())
    /// }
    /// # tremolo::Application::new().route("/", whoami);
    /// ```
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        self.forwarded().ip
    }

    /// How the client asked: as a trusted proxy says in `X-Forwarded-Proto` or `Forwarded`, else
    /// as the connection does.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        self.forwarded().scheme.unwrap_or(Scheme::Http)
    }

    /// Whether the client asked by `https`, if perhaps only as far as the proxy before us.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.scheme() == Scheme::Https
    }

    /// The host that was asked for, with its port: as a trusted proxy says in `X-Forwarded-Host`
    /// or `Forwarded`, else as the request does. `None` happens with HTTP/1.0 only.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        let own = || std::str::from_utf8(self.exchange.head.host()?).ok();
        self.forwarded().host.or_else(own)
    }

    fn forwarded(&self) -> Client<'_> {
        let fields = self.headers();
        resolve(self.exchange.peer.ip(), |name| fields.get_all(name), self.exchange.config().into())
    }
}
