//! Which connections a worker admits, and how they begin.

use std::sync::Arc;
use std::time::Instant;

use tremolo_core::{Config, Connection, Now, Settings};

use crate::Peer;
use crate::idle::IdleLimit;

/// The admission of the connections of one worker: how many of them may be idle, and whether the
/// server shuts down. [`Places`](crate::Places) counts how many may be open.
///
/// ```
/// use std::{sync::Arc, time::Instant};
/// use tremolo_core::{Config, Now, Settings};
/// use tremolo_net::{Admission, Peer};
///
/// let settings = Arc::new(Settings::new(Config::default())?);
/// let now = Now::new(Instant::now(), 784_111_777);
/// let mut admission = Admission::new(settings.config());
/// let connection = admission.begin(settings, Peer::Unix, &now);
/// assert!(!admission.arrived(1), "one open connection is not too many");
/// # drop(connection);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Admission {
    idle: IdleLimit,
    is_draining: bool,
}

impl Admission {
    /// Admits connections of which `keepalive_connections` may be idle.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self { idle: IdleLimit::new(config.keepalive_connections), is_draining: false }
    }

    /// The engine of an accepted connection. `settings`: those of its listener.
    #[must_use]
    pub fn begin(&self, settings: Arc<Settings>, peer: Peer, now: &Now) -> Connection {
        let mut connection = Connection::new(settings, peer.ip(), now);
        if self.is_draining {
            connection.drain(now);
        }
        connection
    }

    /// Counts a connection that has begun, one of `open`. Returns whether to close idle connections
    /// now: those that [`Admission::surplus`] selects.
    pub fn arrived(&mut self, open: usize) -> bool {
        self.idle.arrived(open)
    }

    /// Of the idle connections, each with its keep-alive deadline, those to close: the ones that
    /// have been idle longest.
    pub fn surplus<T>(&self, idle: Vec<(Instant, T)>) -> impl Iterator<Item = T> {
        self.idle.surplus(idle)
    }

    /// The server shuts down: connections that begin from now on close after their first response, or after `drain_grace`.
    pub fn drain(&mut self) {
        self.is_draining = true;
    }

    /// Whether the server shuts down.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.is_draining
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::BufMut;

    use super::*;

    fn settings(change: impl FnOnce(&mut Config)) -> Arc<Settings> {
        let mut config = Config::default();
        change(&mut config);
        Arc::new(Settings::new(config).unwrap())
    }

    fn now() -> Now {
        Now::new(Instant::now(), 784_111_777)
    }

    #[test]
    fn closes_the_longest_idle_connections() {
        let settings = settings(|config| config.keepalive_connections = 1);
        let mut admission = Admission::new(settings.config());
        assert_eq!([1, 2].map(|open| admission.arrived(open)), [false, true]);
        let start = Instant::now();
        let idle = vec![(start + Duration::from_secs(1), "newer"), (start, "older")];
        assert_eq!(admission.surplus(idle).collect::<Vec<_>>(), ["older"]);
    }

    #[test]
    fn a_connection_of_a_drain_closes_unless_a_request_has_come() {
        let (settings, now) = (settings(|_| {}), &now());
        let mut admission = Admission::new(settings.config());
        let mut connection = admission.begin(Arc::clone(&settings), Peer::Unix, now);
        connection.handle_timeout(now);
        assert!(!connection.peek().is_closed() && !admission.is_draining());
        admission.drain();
        assert!(admission.is_draining());
        let mut connection = admission.begin(Arc::clone(&settings), Peer::Unix, now);
        let end = now.instant + settings.config().drain_grace;
        connection.handle_timeout(&Now::new(end, now.wall_seconds));
        assert!(connection.peek().is_closed());
        let mut connection = admission.begin(settings, Peer::Unix, now);
        connection.input_buffer().put_slice(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        connection.handle_input(now);
        assert!(connection.poll_event(now).is_some());
    }

    #[test]
    fn the_header_of_a_proxy_is_expected_where_the_listener_has_one() {
        let now = &now();
        let admission = Admission::new(&Config::default());
        let peer = Peer::Tcp("127.0.0.1:9".parse().unwrap());
        for is_proxied in [false, true] {
            let settings = settings(|config| config.proxy_protocol = is_proxied);
            let mut connection = admission.begin(settings, peer, now);
            let bytes = b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
            connection.input_buffer().put_slice(bytes);
            connection.handle_input(now);
            let _ = connection.poll_event(now);
            assert_eq!(connection.peek().proxied().is_some(), is_proxied);
        }
    }
}
