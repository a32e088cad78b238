//! The budget of a turn: what one connection may do before other connections go on.
//!
//! Counts requests, pieces, bytes before coding, bytes that were written, and time. Time is an
//! argument. Both fronts use this type: each connection has one, and the reactor of the Python
//! front has another one for all connections that it serves in one call.

use std::time::{Duration, Instant};

/// The limits of a turn. The turn is over when one of them is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Requests that begin.
    pub requests: u16,
    /// Pieces of bodies, in both directions, and calls that were refused.
    pub pieces: u16,
    /// Bytes of these pieces before any coding; also the bytes that are written to the socket.
    pub bytes: u32,
    /// Time since the first request or piece of the turn.
    pub time: Duration,
}

impl Bounds {
    /// A turn of one connection. Including the last request or piece it takes less than 1 ms.
    pub const CONNECTION: Self =
        Self { requests: 1_024, pieces: 4_096, bytes: 2 << 20, time: Duration::from_micros(500) };

    /// A turn of one connection after others have used up the time of the worker.
    pub const SHORT: Self = Self { time: Duration::from_micros(50), ..Self::CONNECTION };

    /// All connections that a reactor serves in one call: `requests` counts connections.
    pub const REACTOR: Self =
        Self { requests: 256, pieces: u16::MAX, bytes: u32::MAX, time: Duration::from_millis(1) };

    /// The bounds of a connection's turn, after other connections have used so much time since the
    /// sockets were polled.
    #[inline]
    #[must_use]
    pub fn after(used: Duration) -> &'static Self {
        if used >= Self::CONNECTION.time { &Self::SHORT } else { &Self::CONNECTION }
    }
}

/// The work of the current turn. Without limits nothing is counted.
#[derive(Clone, Debug, Default)]
pub struct Budget {
    bounds: Option<&'static Bounds>,
    /// The last instant that is known; the first is that of the first request or piece.
    known: Option<Instant>,
    /// Nanoseconds from the first one until then.
    used: u32,
    bytes: u32,
    written: u32,
    received: u32,
    requests: u16,
    pieces: u16,
    /// Requests and pieces since the clock was read.
    steps: u8,
    /// The clock has to be read after this many of them.
    interval: u8,
    is_over: bool,
}

impl Budget {
    /// Begins a turn. Returns whether the last one was over, so that a writer or reader may wait
    /// for this one.
    pub fn begin(&mut self, bounds: &'static Bounds) -> bool {
        let was_over = self.is_over;
        *self = Self { bounds: Some(bounds), interval: FIRST_INTERVAL, ..Self::default() };
        was_over
    }

    /// Counts a request.
    #[inline]
    pub fn spend_request(&mut self, now: Instant) {
        let Some(bounds) = self.bounds else { return };
        self.requests = self.requests.saturating_add(1);
        self.is_over |= self.requests >= bounds.requests;
        self.step(bounds, now);
    }

    /// Counts a piece of so many bytes.
    #[inline]
    pub fn spend_piece(&mut self, now: Instant, bytes: usize) {
        let Some(bounds) = self.bounds else { return };
        self.pieces = self.pieces.saturating_add(1);
        self.bytes = add(self.bytes, bytes);
        self.is_over |= self.pieces >= bounds.pieces || self.bytes >= bounds.bytes;
        self.step(bounds, now);
    }

    /// Counts bytes that were written to the socket.
    #[inline]
    pub fn spend_written(&mut self, bytes: usize) {
        let Some(bounds) = self.bounds else { return };
        self.written = add(self.written, bytes);
        self.is_over |= self.written >= bounds.bytes;
    }

    /// Counts bytes that were read from the socket. They have no bound of their own.
    #[inline]
    pub fn note_received(&mut self, bytes: usize) {
        self.received = add(self.received, bytes);
    }

    /// Bytes that were written to the socket in this turn.
    #[inline]
    #[must_use]
    pub fn written(&self) -> u32 {
        self.written
    }

    /// Bytes that were read from the socket in this turn.
    #[inline]
    #[must_use]
    pub fn received(&self) -> u32 {
        self.received
    }

    /// Takes the current instant. Called when [`Budget::wants_time`] is true.
    #[inline]
    pub fn pass(&mut self, now: Instant) {
        let Some(bounds) = self.bounds else { return };
        self.advance(bounds, now);
        self.steps = 0;
    }

    /// Whether the clock has to be read, because so much was done since the last known instant.
    ///
    /// The first requests and pieces of a turn need no reading. While they are quick, the clock is
    /// read less and less often; while they are slow, after each of them.
    #[inline]
    #[must_use]
    pub fn wants_time(&self) -> bool {
        self.steps >= self.interval && self.bounds.is_some()
    }

    /// Whether other connections have to go on first. Stays so until the next turn begins.
    #[inline]
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// Whether more may be written in this turn. What is queued leaves also when the turn is over
    /// for another reason, so that it takes few system calls.
    #[inline]
    #[must_use]
    pub fn may_write(&self) -> bool {
        self.bounds.is_none_or(|bounds| self.written < bounds.bytes)
    }

    /// Time that this turn has taken, as far as it is known.
    #[must_use]
    pub fn used(&self) -> Duration {
        Duration::from_nanos(self.used.into())
    }

    /// Whether the turn took so much that the next one of this connection should come after those
    /// of other connections.
    #[inline]
    #[must_use]
    pub fn is_heavy(&self) -> bool {
        self.is_over || self.used >= HEAVY
    }

    #[inline]
    fn step(&mut self, bounds: &Bounds, now: Instant) {
        self.steps = self.steps.saturating_add(1);
        self.advance(bounds, now);
    }

    /// Notes an instant; one that is known already changes nothing.
    #[inline]
    fn advance(&mut self, bounds: &Bounds, now: Instant) {
        match self.known {
            Some(known) if now > known => self.pass_since(known, bounds, now),
            Some(_) => {}
            None => self.known = Some(now),
        }
    }

    #[inline(never)]
    fn pass_since(&mut self, known: Instant, bounds: &Bounds, now: Instant) {
        let passed = now.saturating_duration_since(known).as_nanos();
        let passed = u32::try_from(passed).unwrap_or(u32::MAX);
        match passed {
            ..QUICK => self.interval = (self.interval * 2).min(LAST_INTERVAL),
            SLOW.. => self.interval = 1,
            _ => {}
        }
        self.steps = 0;
        self.known = Some(now);
        self.used = self.used.saturating_add(passed);
        self.is_over |= self.used() >= bounds.time;
    }
}

fn add(sum: u32, bytes: usize) -> u32 {
    sum.saturating_add(u32::try_from(bytes).unwrap_or(u32::MAX))
}

/// Requests and pieces before the clock is read for the first time: two requests with a reply each.
const FIRST_INTERVAL: u8 = 4;

/// The most requests and pieces between two readings of the clock.
const LAST_INTERVAL: u8 = 32;

/// Nanoseconds between two known instants: below this the clock is read half as often.
const QUICK: u32 = 20_000;

/// From this on the clock is read after each request and piece.
const SLOW: u32 = 100_000;

/// Nanoseconds of a turn that is heavy: several times those of a request that is short.
const HEAVY: u32 = 50_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::start;

    fn begun() -> Budget {
        let mut budget = Budget::default();
        assert!(!budget.begin(&Bounds::CONNECTION));
        budget
    }

    const MICROSECOND: Duration = Duration::from_micros(1);

    #[test]
    fn without_bounds_nothing_is_over() {
        let (mut budget, start) = (Budget::default(), start());
        for _ in 0..10_000 {
            budget.spend_request(start);
            budget.spend_piece(start + Duration::from_secs(9), usize::MAX);
            budget.spend_written(usize::MAX);
        }
        assert!(!budget.is_over() && !budget.wants_time() && !budget.is_heavy());
    }

    #[test]
    fn ends_at_each_bound_and_begins_anew() {
        let (start, bounds) = (start(), &Bounds::CONNECTION);
        let whole = bounds.bytes as usize;
        type Spend = Box<dyn Fn(&mut Budget, u32)>;
        let cases: [(&str, u32, Spend); 5] = [
            ("requests", bounds.requests.into(), Box::new(move |b, _| b.spend_request(start))),
            ("pieces", bounds.pieces.into(), Box::new(move |b, _| b.spend_piece(start, 0))),
            ("bytes", 8, Box::new(move |b, _| b.spend_piece(start, whole / 8))),
            ("written", 8, Box::new(move |b, _| b.spend_written(whole / 8))),
            ("time", 501, Box::new(move |b, n| b.spend_piece(start + MICROSECOND * n, 1))),
        ];
        for (bound, count, spend) in cases {
            let mut budget = begun();
            for number in 0..count {
                assert!(!budget.is_over(), "{bound}: over after {number}");
                spend(&mut budget, number);
            }
            assert!(budget.is_over() && budget.is_heavy(), "{bound}");
            assert_eq!(budget.may_write(), bound != "written", "{bound}");
            assert!(budget.begin(bounds), "{bound}");
            assert!(!budget.is_over() && !budget.is_heavy(), "{bound}");
        }
    }

    #[test]
    fn turns_are_short_after_others_have_used_the_time() {
        assert_eq!(Bounds::after(MICROSECOND * 499), &Bounds::CONNECTION);
        assert_eq!(Bounds::after(MICROSECOND * 500), &Bounds::SHORT);
    }

    /// A handler that waits between two pieces has not used the time in between.
    #[test]
    fn time_counts_from_the_first_request_or_piece() {
        let (mut budget, start) = (begun(), start());
        budget.spend_piece(start + Duration::from_secs(1), 1);
        assert_eq!((budget.is_over(), budget.used()), (false, Duration::ZERO));
        budget.pass(start + Duration::from_secs(1) + MICROSECOND * 499);
        assert!(!budget.is_over() && budget.is_heavy());
        budget.pass(start + Duration::from_secs(1) + MICROSECOND * 500);
        assert!(budget.is_over());
    }

    #[test]
    fn the_clock_is_read_seldom_while_all_is_quick_and_often_while_it_is_slow() {
        let (mut budget, start) = (begun(), start());
        let (mut now, mut read) = (start, Vec::new());
        for step in 1..=100 {
            budget.spend_request(now);
            if budget.wants_time() {
                now += MICROSECOND;
                budget.pass(now);
                read.push(step);
            }
        }
        assert_eq!(read, [4, 12, 28, 60, 92]);
        now += MICROSECOND * 200;
        budget.pass(now);
        budget.spend_request(now);
        assert!(budget.wants_time());
    }

    #[test]
    fn an_earlier_instant_changes_nothing() {
        let (mut budget, start) = (begun(), start());
        budget.spend_request(start + MICROSECOND * 90);
        budget.pass(start);
        assert_eq!((budget.used(), budget.is_over()), (Duration::ZERO, false));
    }
}
