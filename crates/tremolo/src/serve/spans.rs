//! What log lines are said within: one span for the connection, one for each request.
//!
//! Spans are for who looks closely, at the level `debug`; below it they cost a branch. A line about
//! a failure is read at any level, so that a span is made for it when there is none.

use tracing::Span;
use tremolo_core::Connection;
use tremolo_core::http1::request::RequestHead;
use tremolo_net::Peer;

use super::accept::Accepted;
use crate::spans::{are_enabled, failure_span, request_span};

/// The span of a connection. Behind a load balancer the client is known with the first request.
pub(super) fn of_connection(accepted: &Accepted, is_proxied: bool) -> Span {
    if !are_enabled() {
        return Span::none();
    }
    let client = (!is_proxied).then(|| accepted.peer());
    let client = client.map(tracing::field::display);
    tracing::debug_span!("connection", client, local = accepted.local())
}

/// The span of the request in work.
#[derive(Debug)]
pub(super) struct RequestSpans {
    peer: Peer,
    /// The span of the connection says who is there.
    named: bool,
    request: Span,
}

impl RequestSpans {
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
            Some(head) if are_enabled() => request_span(head),
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
        if are_enabled() {
            return self.request();
        }
        let peer = self.peer(connection);
        if connection.is_in_work(connection.exchange()) {
            failure_span(peer, connection.head())
        } else {
            tracing::error_span!("connection", client = %peer)
        }
    }

    /// Who is at the other end, behind the proxy that says so.
    pub(super) fn peer(&self, connection: &Connection) -> Peer {
        connection.proxied().map_or(self.peer, |proxied| Peer::Tcp(proxied.source))
    }
}
