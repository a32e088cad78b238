//! Time, as an argument of the engine's calls.
//!
//! [`Now`] is the argument of every call that needs the time. [`Clock`] makes it for a driver, and
//! reads the wall clock only once a second. Neither type reads a clock itself.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::date::DateLine;

/// A moment on the monotonic clock, for deadlines, and on the wall clock, for dates.
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
    /// Combines both clocks, and formats the date.
    #[must_use]
    pub fn new(instant: Instant, wall_seconds: u64) -> Self {
        Self { instant, wall_seconds, date: DateLine::from_unix(wall_seconds) }
    }
}

/// Makes a [`Now`] from an instant. Within one second this costs one comparison and one copy.
///
/// The wall clock is read again when its second ends. A change of the system time is noticed at the
/// same moment. A time before the Unix epoch counts as the epoch.
///
/// ```
/// use std::time::{Duration, Instant, UNIX_EPOCH};
/// use tremolo_core::Clock;
///
/// let (mut clock, start) = (Clock::default(), Instant::now());
/// let now = clock.now(start, || UNIX_EPOCH + Duration::from_millis(784_111_777_600));
/// assert_eq!(now.date.as_bytes(), b"Sun, 06 Nov 1994 08:49:37 GMT");
///
/// // 400 ms of the second are left: the wall clock is not read.
/// let later = clock.now(start + Duration::from_millis(399), || unreachable!());
/// assert_eq!(later.date, now.date);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// The instant of the last call.
    last: Option<Instant>,
    wall_seconds: u64,
    date: DateLine,
    /// When the cached second ends; `None` before the first call.
    expires_at: Option<Instant>,
}

impl Clock {
    /// A clock that was not read yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { last: None, wall_seconds: 0, date: DateLine::EPOCH, expires_at: None }
    }

    /// The moment of `instant`. Calls `wall`, which reads the wall clock, if the cached second is
    /// over.
    ///
    /// Instants may repeat. An instant before the cached second gets the cached date.
    pub fn now(&mut self, instant: Instant, wall: impl FnOnce() -> SystemTime) -> Now {
        if self.expires_at.is_none_or(|expires_at| instant >= expires_at) {
            self.set(instant, wall());
        }
        self.last = Some(instant);
        self.moment(instant)
    }

    /// The moment of the last call of [`Clock::now`].
    #[must_use]
    pub fn last(&self) -> Option<Now> {
        self.last.map(|instant| self.moment(instant))
    }

    #[inline]
    fn moment(&self, instant: Instant) -> Now {
        Now { instant, wall_seconds: self.wall_seconds, date: self.date }
    }

    #[cold]
    fn set(&mut self, instant: Instant, wall: SystemTime) {
        let since_epoch = wall.duration_since(UNIX_EPOCH).unwrap_or_default();
        let rest = Duration::from_secs(1) - Duration::from_nanos(since_epoch.subsec_nanos().into());
        self.wall_seconds = since_epoch.as_secs();
        self.date = DateLine::from_unix(self.wall_seconds);
        self.expires_at = instant.checked_add(rest);
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
    fn reads_the_wall_clock_once_a_second() {
        let (mut clock, start, reads) = (Clock::default(), start(), Cell::new(0));
        for step in 0..10_000 {
            let now = clock.now(start + millis(step), || {
                reads.set(reads.get() + 1);
                UNIX_EPOCH + millis(999_700 + step)
            });
            assert_eq!(now, Now::new(start + millis(step), (999_700 + step) / 1_000));
        }
        // 0.3 s of the first second, nine whole ones, and 0.7 s of the last.
        assert_eq!(reads.get(), 11);
    }

    #[test]
    fn notices_a_change_of_the_system_time() {
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
