//! The tracing span of a request, and when one is created.
//!
//! Spans exist at the level `debug`; below it the check costs a branch. A line about a failure is
//! written at any level, so that it gets a span of its own when the request has none.

use tracing::{Level, Span};
use tremolo_core::http1::request::RequestHead;
use tremolo_core::{TraceParent, escape_bytes};
use tremolo_net::Peer;

/// Whether spans are enabled. Checked before a span is created: with the feature `log` of
/// `tracing`, which any crate of the program may enable, a disabled span still formats its fields.
#[inline]
pub(crate) fn are_enabled() -> bool {
    tracing::enabled!(Level::DEBUG)
}

#[cold]
pub(crate) fn request_span(head: &RequestHead) -> Span {
    let (method, url) = (head.method().as_str(), escape_bytes(head.url()));
    let parent = TraceParent::of(head.fields());
    let trace_id = parent.map(|parent| tracing::field::display(parent.trace_id()));
    let parent_id = parent.map(|parent| tracing::field::display(parent.parent_id()));
    tracing::debug_span!("request", method, url = &*url, trace_id, parent_id)
}

/// The span of a log line about a failure: it names the client and the request, also where the
/// request has no span of its own.
pub(crate) fn failure_span(client: Peer, head: &RequestHead) -> Span {
    if are_enabled() {
        return Span::current();
    }
    let (method, url) = (head.method().as_str(), escape_bytes(head.url()));
    tracing::error_span!("request", %client, method, url = &*url)
}
