//! Tracing spans of a connection and of each of its requests; created only if DEBUG is enabled.

use std::net::SocketAddr;

use tracing::Span;
use tracing::field::DisplayValue;
use tracing::span::EnteredSpan;
use tremolo_core::Connection;
use tremolo_core::http1::request::RequestHead;
use tremolo_net::Peer;

use crate::spans::{are_enabled, failure_span, request_span};

/// The span of a connection. Behind a load balancer the client is known with the first request.
/// `local`: the local address, which is a system call.
pub(super) fn of_connection(
    peer: Peer,
    is_proxied: bool,
    local: impl FnOnce() -> Option<DisplayValue<SocketAddr>>,
) -> Span {
    if !are_enabled() {
        return Span::none();
    }
    let client = (!is_proxied).then(|| tracing::field::display(peer));
    tracing::debug_span!("connection", client, local = local())
}

/// The span of the current request.
#[derive(Debug)]
#[repr(C)]
pub(super) struct RequestSpans {
    peer: Peer,
    /// The span of the connection has the address of the client.
    named: bool,
    request: Span,
}

impl RequestSpans {
    pub(super) fn new(peer: Peer, connection: &Connection) -> Self {
        Self { peer, named: !connection.peek().expects_proxy_header(), request: Span::none() }
    }

    /// A request begins, or a malformed one. Called within the connection's span.
    #[inline]
    pub(super) fn begin(&mut self, connection: &Connection, head: Option<&RequestHead>) {
        if !self.named {
            self.name(connection);
        }
        match head {
            Some(head) if are_enabled() => self.request = request_span(head),
            _ => self.end(),
        }
    }

    /// The span of the connection gets the address of the client.
    #[cold]
    fn name(&mut self, connection: &Connection) {
        self.named = true;
        Span::current().record("client", tracing::field::display(self.peer(connection)));
    }

    /// The request has ended.
    #[inline]
    pub(super) fn end(&mut self) {
        // To assign a span drops the one before, which is a call.
        if !self.request.is_none() {
            self.request = Span::none();
        }
    }

    /// The span of the log lines of a handler and of its driver.
    pub(super) fn request(&self) -> Span {
        self.request.clone()
    }

    /// Enters that span, if there is one.
    #[inline(always)]
    pub(super) fn enter(&self) -> Option<EnteredSpan> {
        if self.request.is_none() { None } else { Some(self.request().entered()) }
    }

    /// The span of a log line about a failure: it names the client and the request at any log
    /// level.
    pub(super) fn failure(&self, connection: &Connection) -> Span {
        if are_enabled() {
            return self.request();
        }
        let peer = self.peer(connection);
        match connection.peek().current() {
            Some(exchange) => failure_span(peer, exchange.head()),
            None => tracing::error_span!("connection", client = %peer),
        }
    }

    /// The peer: the one that the PROXY protocol header names, if there is one.
    pub(super) fn peer(&self, connection: &Connection) -> Peer {
        connection.peek().proxied().map_or(self.peer, |proxied| Peer::Tcp(proxied.source))
    }
}
