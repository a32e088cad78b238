//! Helpers of the engine's unit tests: instants to start from, because the engine reads no clock.

pub(crate) mod frames;

use std::time::{Duration, Instant, UNIX_EPOCH};

use crate::clock::{Clock, Now};

/// An arbitrary instant; only durations from it matter.
#[expect(clippy::disallowed_methods, reason = "std has no other way to make an Instant")]
pub(crate) fn start() -> Instant {
    Instant::now()
}

/// The moment that is `after` later than `start`. At `start` the wall clock shows the example date
/// of RFC 9110 section 5.6.7.
pub(crate) fn at(start: Instant, after: Duration) -> Now {
    Clock::default().now(start + after, || UNIX_EPOCH + Duration::from_secs(784_111_777) + after)
}
