//! Counts what the reactor does, turn by turn. The host gives the counters and the clock.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use tremolo_core::Connection;
use tremolo_net::Counters;

use super::connection_entry::Event;

/// The counters of a reactor, and when the turn of the current connection has begun.
#[derive(Default)]
pub(super) struct Meter {
    /// `None`: nothing is counted.
    target: Option<Target>,
    began: Option<Instant>,
}

/// What the host gives.
struct Target {
    counters: Arc<Counters>,
    clock: fn() -> Instant,
}

impl Meter {
    /// Counts from now on.
    pub(super) fn start(&mut self, counters: Arc<Counters>, clock: fn() -> Instant) {
        self.target = Some(Target { counters, clock });
    }

    pub(super) fn accepted(&self) {
        if let Some(Target { counters, .. }) = &self.target {
            counters.accepted();
        }
    }

    pub(super) fn accept_failed(&self) {
        if let Some(Target { counters, .. }) = &self.target {
            counters.accept_failed();
        }
    }

    /// An event of a connection.
    #[inline]
    pub(super) fn note(&self, event: &Event) {
        let Some(Target { counters, .. }) = &self.target else { return };
        match event {
            Event::Fault(fault) => counters.refused(*fault),
            Event::Cancel(reason) => counters.cancelled(*reason),
            Event::Closed(reason) => counters.closed(Some(*reason)),
            _ => {}
        }
    }

    /// The turn of a connection begins.
    #[inline]
    pub(super) fn turn_began(&mut self, now: Instant) {
        self.began = Some(now);
    }

    /// The turn of this connection has ended.
    #[inline]
    pub(super) fn turn_ended(&mut self, connection: &mut Connection) {
        if let (Some(target), Some(began)) = (&self.target, self.began.take()) {
            target.counters.turn_ended(connection, began, target.clock);
        }
    }
}

impl fmt::Debug for Meter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meter").field("is_counting", &self.target.is_some()).finish_non_exhaustive()
    }
}
