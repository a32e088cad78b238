//! The tracing span of a request, and when one is created.
//!
//! Spans exist at the level `debug`; below it the check costs a branch. A line about a failure is
//! written at any level, so that it gets a span of its own when the request has none.

use tracing::{Level, Span};
use tremolo_core::http1::request::RequestHead;
use tremolo_net::Peer;

use crate::escape::escaped;

/// Whether there is anybody for spans. Asked before one is made: where some crate of the program
/// has chosen tracing's feature `log`, a span that nobody wants is still filled with its fields.
pub(crate) fn are_enabled() -> bool {
    tracing::enabled!(Level::DEBUG)
}

#[cold]
pub(crate) fn request_span(head: &RequestHead) -> Span {
    let (method, url) = (head.method().as_str(), escaped(head.url()));
    tracing::debug_span!("request", method, url = &*url)
}

/// For a line about a request that is worth more than `debug`: it says who asked for what, within
/// the request's own span or not.
pub(crate) fn failure_span(client: Peer, head: &RequestHead) -> Span {
    if are_enabled() {
        return Span::current();
    }
    let (method, url) = (head.method().as_str(), escaped(head.url()));
    tracing::error_span!("request", %client, method, url = &*url)
}
