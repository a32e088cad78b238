//! Named deadlines of a connection, and the next one with its cause.

use std::time::{Duration, Instant};

/// Why a deadline exists, and so what happens when it passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// The TLS handshake must be complete (`tls_handshake_timeout`).
    Handshake,
    /// The request head must be complete (`request_timeout`).
    Head,
    /// The next request must begin (`keepalive_timeout`).
    KeepAlive,
    /// The next piece of a body that is waited for must come (`request_timeout`).
    Body,
    /// Queued bytes must make progress (`write_timeout`).
    Write,
    /// The handler must make progress (`app_handler_timeout`).
    Handler,
    /// The exchange must be over (`app_request_timeout`).
    Request,
    /// A stream of server-sent events must not be silent for longer (`sse_heartbeat`).
    Heartbeat,
    /// The handler must be done although its client has gone (`app_close_timeout`).
    AppClose,
    /// A client that closed its sending half counts as gone (`half_close_grace`).
    HalfClose,
    /// The lingering close ends, whatever still comes (`lingering_time`).
    Lingering,
    /// The lingering close ends if nothing comes (`lingering_timeout`).
    LingeringSilence,
    /// More may be read (`upload_rate`).
    UploadRate,
    /// More may be written (`download_rate`, or the response's own).
    DownloadRate,
    /// A WebSocket client gets a ping, or must answer one or a close frame (`ws_ping_interval`,
    /// `ws_ping_timeout`, `ws_close_timeout`).
    WebSocket,
}

impl Cause {
    const ALL: [Self; 15] = [
        Self::Handshake,
        Self::Head,
        Self::KeepAlive,
        Self::Body,
        Self::Write,
        Self::Handler,
        Self::Request,
        Self::Heartbeat,
        Self::AppClose,
        Self::HalfClose,
        Self::Lingering,
        Self::LingeringSilence,
        Self::UploadRate,
        Self::DownloadRate,
        Self::WebSocket,
    ];

    #[inline]
    fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// An instant at which `handle_timeout` must be called, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// When.
    pub at: Instant,
    /// What happens then.
    pub cause: Cause,
}

/// The deadlines of one connection, at most one of each cause.
#[derive(Debug, Default)]
pub(crate) struct Deadlines {
    /// Several cache lines, which most questions do not need.
    table: [Option<Instant>; Cause::ALL.len()],
    /// A bit for each cause whose place in the table counts.
    set: u16,
    /// No deadline is earlier than this. It may be too early, because it is not computed again when
    /// one is cleared.
    bound: Option<Instant>,
}

impl Deadlines {
    pub(crate) fn set(&mut self, cause: Cause, now: Instant, after: Duration) {
        self.set_at(cause, now.checked_add(after));
    }

    /// Sets a deadline to an instant, or clears it.
    pub(crate) fn set_at(&mut self, cause: Cause, at: Option<Instant>) {
        self.move_to(cause, at);
        self.bound = match (self.bound, at) {
            (Some(bound), Some(at)) => Some(bound.min(at)),
            (bound, at) => bound.or(at),
        };
    }

    /// Sets a deadline to an instant that is not before the bound, or clears it.
    #[inline]
    fn move_to(&mut self, cause: Cause, at: Option<Instant>) {
        if at.is_some() {
            self.table[cause as usize] = at;
            self.set |= cause.bit();
        } else {
            self.clear(cause);
        }
    }

    /// Whether there is a deadline before `at`. In a connection that is busy this
    /// is one comparison.
    pub(crate) fn any_before(&mut self, at: Instant) -> bool {
        if self.bound.is_none_or(|bound| bound >= at) {
            return false;
        }
        self.bound = self.next().map(|next| next.at);
        self.bound.is_some_and(|bound| bound < at)
    }

    pub(crate) fn set_if_unset(&mut self, cause: Cause, now: Instant, after: Duration) {
        if !self.is_set(cause) {
            self.set(cause, now, after);
        }
    }

    #[inline]
    pub(crate) fn clear(&mut self, cause: Cause) {
        self.set &= !cause.bit();
    }

    /// Sets a deadline again, if it is set, to an instant that is not earlier.
    #[inline]
    pub(crate) fn restart(&mut self, cause: Cause, now: Instant, after: Duration) {
        if self.is_set(cause) {
            // The bound stays: it may be too early.
            self.move_to(cause, now.checked_add(after));
        }
    }

    /// Moves a deadline, if it is set.
    pub(crate) fn postpone(&mut self, cause: Cause, by: Duration) {
        let at = self.get(cause).and_then(|at| at.checked_add(by));
        self.move_to(cause, at);
    }

    #[inline]
    pub(crate) fn get(&self, cause: Cause) -> Option<Instant> {
        if self.is_set(cause) { self.table[cause as usize] } else { None }
    }

    #[inline]
    pub(crate) fn is_set(&self, cause: Cause) -> bool {
        self.set & cause.bit() != 0
    }

    /// The earliest deadline.
    pub(crate) fn next(&self) -> Option<Deadline> {
        let set = Cause::ALL.into_iter().filter_map(|cause| Some((cause, self.get(cause)?)));
        set.map(|(cause, at)| Deadline { at, cause }).min_by_key(|next| next.at)
    }

    /// Takes the earliest deadline that has passed.
    pub(crate) fn take_expired(&mut self, now: Instant) -> Option<Cause> {
        let next = self.next().filter(|next| next.at <= now)?;
        self.clear(next.cause);
        Some(next.cause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_comes_first_and_each_only_once() {
        let (start, second) = (crate::testing::start(), Duration::from_secs(1));
        let mut deadlines = Deadlines::default();
        assert_eq!(deadlines.next(), None);
        deadlines.set(Cause::Handler, start, second * 3);
        deadlines.set(Cause::Body, start, second);
        deadlines.set_if_unset(Cause::Body, start, second * 9);
        let next = Deadline { at: start + second, cause: Cause::Body };
        assert_eq!(deadlines.next(), Some(next));
        assert_eq!(deadlines.take_expired(start), None);
        assert_eq!(deadlines.take_expired(start + second * 3), Some(Cause::Body));
        assert_eq!(deadlines.take_expired(start + second * 3), Some(Cause::Handler));
        assert_eq!(deadlines.take_expired(start + second * 3), None);
    }

    #[test]
    fn the_bound_follows_what_is_set_and_cleared() {
        let (start, second) = (crate::testing::start(), Duration::from_secs(1));
        let mut deadlines = Deadlines::default();
        assert!(!deadlines.any_before(start + second * 9));
        deadlines.set(Cause::Handler, start, second * 3);
        assert!(!deadlines.any_before(start + second * 3));
        assert!(deadlines.any_before(start + second * 4));
        deadlines.set(Cause::Body, start, second);
        assert!(deadlines.any_before(start + second * 2));
        deadlines.clear(Cause::Body);
        assert!(!deadlines.any_before(start + second * 2));
        assert!(deadlines.any_before(start + second * 4));
    }

    #[test]
    fn the_table_has_a_place_for_each_cause() {
        for (index, cause) in Cause::ALL.into_iter().enumerate() {
            assert_eq!((cause as usize, cause.bit()), (index, 1 << index));
        }
    }
}
