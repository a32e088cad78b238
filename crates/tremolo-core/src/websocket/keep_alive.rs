//! Pings of the server (RFC 6455 section 5.5.2): after silence a ping, after more silence the end.

use std::time::{Duration, Instant};

/// What the passed deadline asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Ping,
    /// Nothing came after the ping.
    Dead,
}

#[derive(Debug)]
pub(super) struct KeepAlive {
    interval: Option<Duration>,
    timeout: Duration,
    /// A ping was sent, and nothing came since.
    is_waiting: bool,
    deadline: Option<Instant>,
}

impl KeepAlive {
    pub(super) fn new(interval: Option<Duration>, timeout: Duration, now: Instant) -> Self {
        let mut keep_alive = Self { interval, timeout, is_waiting: false, deadline: None };
        keep_alive.received(now);
        keep_alive
    }

    /// Bytes came, of whatever frame.
    pub(super) fn received(&mut self, now: Instant) {
        self.is_waiting = false;
        self.deadline = self.interval.and_then(|interval| now.checked_add(interval));
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    pub(super) fn wait_until(&mut self, until: Option<Instant>) {
        self.deadline = until;
    }

    /// The next step, if its deadline has passed.
    ///
    /// While `is_unread`, a message waits for the application, so that the peer's bytes are not read:
    /// its silence proves nothing.
    pub(super) fn due(&mut self, now: Instant, is_unread: bool) -> Option<Due> {
        self.deadline.filter(|deadline| *deadline <= now)?;
        if is_unread {
            self.received(now);
            return None;
        }
        let due = if self.is_waiting { Due::Dead } else { Due::Ping };
        self.is_waiting = true;
        self.deadline = now.checked_add(self.timeout);
        Some(due)
    }
}
