//! The access log: each exchange is one `tracing` event, with typed fields.
//!
//! Text of a client is escaped before it becomes a field, so that no client can forge a line, also
//! with a simple subscriber. The subscriber of this crate is in `log.rs`.

use std::fmt;
use std::net::IpAddr;

use tremolo_core::forwarded::resolve;
use tremolo_core::http1::request::Version;
use tremolo_core::{AccessLog, Config, Finished};
use tremolo_net::Peer;

use crate::clock;
use crate::escape::escaped;

/// The target of the events.
pub(super) const TARGET: &str = "tremolo::access";

/// Whether the exchanges of a new connection are logged.
pub(super) fn is_wanted(config: &Config) -> bool {
    config.access_log != AccessLog::Off && tracing::enabled!(target: TARGET, tracing::Level::INFO)
}

/// Logs an exchange that is over.
pub(super) fn log(finished: &Finished, config: &Config, peer: Peer) {
    let head = finished.head.as_deref();
    let client = match head {
        Some(head) => resolve(peer.ip(), |name| head.fields().get_all(name), config.into()).ip,
        None => peer.ip().map(|ip| ip.to_canonical()),
    };
    let field = |name| Some(escaped(head?.fields().get(name)?));
    let (user_agent, referer) = (field("user-agent"), field("referer"));
    let url = head.map(|head| escaped(head.url()));
    let version = head.map(|head| match head.version() {
        Version::Http10 => "HTTP/1.0",
        Version::Http11 => "HTTP/1.1",
    });
    // The clock is read again, because the handler may have run for long in this turn.
    let took = clock::now().instant.saturating_duration_since(finished.began);
    tracing::info!(
        target: TARGET,
        client = %ClientName(client),
        %peer,
        method = head.map(|head| head.method().as_str()),
        url = url.as_deref(),
        version,
        status = finished.status,
        bytes = finished.body_bytes,
        duration_ms = took.as_micros() as f64 / 1_000.0,
        user_agent = user_agent.as_deref(),
        referer = referer.as_deref(),
        request_id = finished.request_id.as_deref(),
        cut = finished.cut,
    );
}

/// The address of a client; one on a Unix socket has none.
struct ClientName(Option<IpAddr>);

impl fmt::Display for ClientName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(ip) => ip.fmt(f),
            None => f.write_str("unix"),
        }
    }
}
