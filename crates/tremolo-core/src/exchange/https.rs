//! Redirects requests without encryption to `https` (RFC 9110 section 15.4.9).

use std::net::IpAddr;
use std::sync::Arc;

use super::{ErrorPage, Exchange};
use crate::clock::Now;
use crate::connection::Piece;
use crate::forwarded::{Scheme, split_host};
use crate::http1::response::FieldList;
use crate::location::encode_location;
use crate::problem::Problem;
use tremolo_config::Config;

/// Answers a request with a redirect to `https`, if it is not encrypted and the option
/// `https_redirect` is set. Returns whether it was answered: then no handler is called.
///
/// `peer`: the IP address of the peer of the socket. It is asked for only if the option is set, and
/// if no PROXY protocol header names another peer. A trusted proxy reports how its client came.
///
/// # Open redirects
///
/// The client is sent to the host that it has asked for. A page of another site cannot choose that
/// host. A host with other characters than names and addresses have is answered with 400.
#[inline]
pub fn redirect_to_https(
    exchange: &mut Exchange<'_>,
    now: &Now,
    peer: impl FnOnce() -> Option<IpAddr>,
) -> bool {
    let config = exchange.connection.settings.config();
    if config.https_redirect == 0 || config.is_tls() {
        return false;
    }
    let proxied = exchange.connection.peek().proxied().map(|proxied| proxied.source.ip());
    exchange.redirect(now, proxied.or_else(peer))
}

impl Exchange<'_> {
    #[cold]
    fn redirect(&mut self, now: &Now, peer: Option<IpAddr>) -> bool {
        let settings = Arc::clone(&self.connection.settings);
        let config = settings.config();
        let head = Arc::clone(self.connection.inbound.shared_head());
        let client = head.fields().client(peer, config.into());
        if client.scheme == Some(Scheme::Https) {
            return false;
        }
        let host = client.host.map(str::as_bytes).or_else(|| head.host());
        match location(host.unwrap_or_default(), head.url(), config) {
            // An error means that the connection is gone.
            Some(location) => drop(self.send_redirect(now, &location)),
            None => self.refuse_host(now, config),
        }
        self.handler_done(now);
        true
    }

    fn send_redirect(&mut self, now: &Now, location: &str) -> Result<(), crate::Error> {
        let head = self.response_mut()?;
        head.set_status(308)?;
        head.set(b"Location", location.as_bytes())?;
        self.end(now, Piece::Slice(&[]))
    }

    fn refuse_host(&mut self, now: &Now, config: &Config) {
        let (format, varies) = self.peek().page_format();
        let detail = "the request has no valid host";
        let problem = Problem { detail, server_name: &config.server_name, ..Problem::new(400) };
        let page = ErrorPage {
            status: 400,
            reason: None,
            content_type: format.content_type(),
            varies,
            fields: &FieldList::default(),
            body: problem.render(format).into(),
        };
        self.send_error_page(now, page);
    }
}

/// The address of a request over `https`: its host with another port, its path and its query.
fn location(host: &[u8], url: &[u8], config: &Config) -> Option<String> {
    let (name, _) = split_host(host)?;
    // The target of `OPTIONS *` has no path.
    let url = if url.starts_with(b"/") { encode_location(url) } else { "/".into() };
    match config.https_redirect {
        443 => Some(format!("https://{name}{url}")),
        port => Some(format!("https://{name}:{port}{url}")),
    }
}
