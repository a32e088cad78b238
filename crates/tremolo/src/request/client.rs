//! The client, its scheme and its host: those of the connection, or those that trusted proxies
//! report. And what its TLS handshake has agreed on.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use tremolo_core::TlsDetails;
use tremolo_core::forwarded::{Client, Scheme};

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
    /// If the other end of the connection is one of the `trusted_proxies`, this is what the proxies
    /// report: `X-Forwarded-For`, or `Forwarded` with `trust_forwarded`, read from the right to the
    /// first address that is not trusted. The fields of other peers are ignored.
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

    /// The scheme that the client used: that of `X-Forwarded-Proto` or `Forwarded` from a trusted
    /// proxy, else that of the connection.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        self.forwarded().scheme.unwrap_or_else(|| Scheme::of(self.exchange.config()))
    }

    /// Whether the client used `https`, at least as far as the proxy.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.scheme() == Scheme::Https
    }

    /// The host of the request, with its port: that of `X-Forwarded-Host` or `Forwarded` from a
    /// trusted proxy, else that of the request itself. `None` happens with HTTP/1.0 only.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        let own = || std::str::from_utf8(self.exchange.head.host()?).ok();
        self.forwarded().host.or_else(own)
    }

    /// What the TLS handshake of the connection has agreed on: version, cipher suite, the name that
    /// the client asked for. `None` without TLS.
    #[must_use]
    pub fn tls(&self) -> Option<Arc<TlsDetails>> {
        self.exchange.shared().lock().connection.peek().tls().cloned()
    }

    fn forwarded(&self) -> Client<'_> {
        self.headers().client(self.exchange.peer.ip(), self.exchange.config().into())
    }
}
