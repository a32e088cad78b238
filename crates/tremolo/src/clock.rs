//! The one place of this crate that reads the clocks; everything else is handed a [`Now`].
//!
//! The instants are those of tokio, which are the system's unless a test moves the time.

use std::cell::RefCell;
use std::time::{Instant, SystemTime};

use tremolo_core::{Clock, Now};

thread_local! {
    static CLOCK: RefCell<Clock> = const { RefCell::new(Clock::new()) };
}

/// An instant without its date, for durations.
pub(crate) fn instant() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// The date and time of day, moved by as much as the instants.
pub(crate) fn wall() -> SystemTime {
    let moved = instant().saturating_duration_since(Instant::now());
    let now = SystemTime::now();
    now.checked_add(moved).unwrap_or(now)
}

pub(crate) fn now() -> Now {
    CLOCK.with_borrow_mut(|clock| clock.now(instant(), wall))
}

/// The last moment that this thread has read: for calls within a turn that has just begun.
pub(crate) fn last() -> Now {
    CLOCK.with_borrow(Clock::last).unwrap_or_else(now)
}
