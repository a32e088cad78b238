//! Time as the engine sees it: an argument.
//!
//! [`Now`] is what every call that needs time is given; [`Clock`] makes it for a driver and asks
//! for the wall clock once a second only. Neither reads a clock itself.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::http1::response::DateLine;

/// A moment: when it is, for deadlines, and what a calendar calls it, for dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The monotonic clock, for deadlines and rates.
    pub instant: Instant,
    /// Seconds since the Unix epoch.
    pub wall_seconds: u64,
    /// The same second as an HTTP date.
    pub date: DateLine,
}

impl Now {
    /// A moment from both clocks; the date is worked out here.
    #[must_use]
    pub fn new(instant: Instant, wall_seconds: u64) -> Self {
        Self { instant, wall_seconds, date: DateLine::from_unix(wall_seconds) }
    }
}

/// Makes a [`Now`] of an instant, for the price of one comparison and one copy.
///
/// The wall clock is asked for only when its second may have turned, which is also when a clock
/// that was set is noticed. A time before the epoch counts as the epoch.
///
/// ```
/// use std::time::{Duration, Instant, UNIX_EPOCH};
/// use tremolo_core::Clock;
///
/// let (mut clock, start) = (Clock::default(), Instant::now());
/// let now = clock.now(start, || UNIX_EPOCH + Duration::from_millis(784_111_777_600));
/// assert_eq!(now.date.as_bytes(), b"Sun, 06 Nov 1994 08:49:37 GMT");
///
/// // The second has 400 ms to go, so that this asks nobody.
/// let later = clock.now(start + Duration::from_millis(399), || unreachable!());
/// assert_eq!(later.date, now.date);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Clock {
    wall_seconds: u64,
    date: DateLine,
    /// Until when both stay true; `None` before the first call.
    turns_at: Option<Instant>,
}

impl Clock {
    /// The moment of `instant`; `wall` reads the wall clock and is called when it must be.
    ///
    /// Instants may repeat. One that lies before its predecessors gets their date.
    pub fn now(&mut self, instant: Instant, wall: impl FnOnce() -> SystemTime) -> Now {
        if self.turns_at.is_none_or(|turns_at| instant >= turns_at) {
            self.set(instant, wall());
        }
        Now { instant, wall_seconds: self.wall_seconds, date: self.date }
    }

    #[cold]
    fn set(&mut self, instant: Instant, wall: SystemTime) {
        let since_epoch = wall.duration_since(UNIX_EPOCH).unwrap_or_default();
        let rest = Duration::from_secs(1) - Duration::from_nanos(since_epoch.subsec_nanos().into());
        self.wall_seconds = since_epoch.as_secs();
        self.date = DateLine::from_unix(self.wall_seconds);
        self.turns_at = instant.checked_add(rest);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[expect(clippy::disallowed_methods, reason = "an Instant has no other source")]
    fn start() -> Instant {
        Instant::now()
    }

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn asks_for_the_wall_clock_once_a_second() {
        let (mut clock, start, asked) = (Clock::default(), start(), Cell::new(0));
        for step in 0..10_000 {
            let now = clock.now(start + millis(step), || {
                asked.set(asked.get() + 1);
                UNIX_EPOCH + millis(999_700 + step)
            });
            assert_eq!(now, Now::new(start + millis(step), (999_700 + step) / 1_000));
        }
        // 0.3 s of the first second, nine whole ones, and 0.7 s of the last.
        assert_eq!(asked.get(), 11);
    }

    #[test]
    fn follows_a_clock_that_was_set() {
        let (mut clock, start) = (Clock::default(), start());
        assert_eq!(clock.now(start, || UNIX_EPOCH + millis(50_000)).wall_seconds, 50);
        assert_eq!(clock.now(start + millis(1_000), || UNIX_EPOCH).wall_seconds, 0);
    }

    #[test]
    fn an_earlier_instant_keeps_the_date() {
        let (mut clock, start) = (Clock::default(), start());
        let wall = || UNIX_EPOCH + millis(50_000);
        clock.now(start + millis(5_000), wall);
        assert_eq!(clock.now(start, || unreachable!()), Now::new(start, 50));
    }

    #[test]
    fn a_time_before_the_epoch_counts_as_the_epoch() {
        let (mut clock, start) = (Clock::default(), start());
        let now = clock.now(start, || UNIX_EPOCH - millis(1));
        assert_eq!((now.wall_seconds, now.date), (0, DateLine::default()));
        assert_eq!(clock.now(start + millis(999), || unreachable!()).wall_seconds, 0);
    }
}
