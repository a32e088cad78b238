//! What the engine's own unit tests share: an instant to start from, since nothing here reads a
//! clock.

use std::time::{Duration, Instant, UNIX_EPOCH};

use crate::clock::{Clock, Now};

/// Some instant; only distances from it matter.
#[expect(clippy::disallowed_methods, reason = "std has no other way to make an Instant")]
pub(crate) fn start() -> Instant {
    Instant::now()
}

/// An instant so far from `start`, at a wall clock that begins at the example of RFC 9110.
pub(crate) fn at(start: Instant, after: Duration) -> Now {
    Clock::default().now(start + after, || UNIX_EPOCH + Duration::from_secs(784_111_777) + after)
}
