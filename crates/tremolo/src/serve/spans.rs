//! What log lines are said within: one span for the connection, one for each request.
//!
//! Spans are for who looks closely, at the level `debug`; below it they cost a branch. A line about
//! a failure is read at any level, so that a span is made for it when there is none.

use tracing::{Level, Span};
use tremolo_core::Connection;
use tremolo_core::http1::request::RequestHead;
use tremolo_net::Peer;

use super::accept::Accepted;
use super::access::escaped;

/// The span of a connection. Behind a load balancer the client is known with the first request.
pub(super) fn of_connection(accepted: &Accepted, is_proxied: bool) -> Span {
    if !are_wanted() {
        return Span::none();
    }
    let client = (!is_proxied).then(|| accepted.peer());
    let client = client.map(tracing::field::display);
    tracing::debug_span!("connection", client, local = accepted.local())
}

/// Whether there is anybody for spans. Asked before one is made: where some crate of the program
/// has chosen tracing's feature `log`, a span that nobody wants is still filled with its fields.
fn are_wanted() -> bool {
    tracing::enabled!(Level::DEBUG)
}

#[cold]
fn of_request(head: &RequestHead) -> Span {
    let (method, url) = (head.method().as_str(), escaped(head.url()));
    tracing::debug_span!("request", method, url = &*url)
}

/// For a line about a request that is worth more than `debug`: it says who asked for what, within
/// the request's own span or not.
pub(crate) fn of_failure(client: Peer, head: &RequestHead) -> Span {
    if are_wanted() {
        return Span::current();
    }
    let (method, url) = (head.method().as_str(), escaped(head.url()));
    tracing::error_span!("request", %client, method, url = &*url)
}

/// The span of the request in work.
#[derive(Debug)]
pub(super) struct Scene {
    peer: Peer,
    /// The span of the connection says who is there.
    named: bool,
    request: Span,
}

impl Scene {
    pub(super) fn new(peer: Peer, connection: &Connection) -> Self {
        Self { peer, named: !connection.expects_proxy_header(), request: Span::none() }
    }

    /// A request begins, or what should have been one. Called within the connection's span.
    pub(super) fn begin(&mut self, connection: &Connection, head: Option<&RequestHead>) {
        if !self.named {
            self.named = true;
            Span::current().record("client", tracing::field::display(self.peer(connection)));
        }
        self.request = match head {
            Some(head) if are_wanted() => of_request(head),
            _ => Span::none(),
        };
    }

    /// Nothing is in work any more.
    pub(super) fn end(&mut self) {
        self.request = Span::none();
    }

    /// For what the handler and its driver say.
    pub(super) fn request(&self) -> Span {
        self.request.clone()
    }

    /// For a line that is worth more than `debug`: it says who asked for what in any case.
    pub(super) fn failure(&self, connection: &Connection) -> Span {
        if are_wanted() {
            return self.request();
        }
        let peer = self.peer(connection);
        if connection.is_in_work(connection.exchange()) {
            of_failure(peer, connection.head())
        } else {
            tracing::error_span!("connection", client = %peer)
        }
    }

    /// Who is at the other end, behind the proxy that says so.
    pub(super) fn peer(&self, connection: &Connection) -> Peer {
        connection.proxied().map_or(self.peer, |proxied| Peer::Tcp(proxied.source))
    }
}
