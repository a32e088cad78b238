//! The one place of this crate that reads the clocks; everything else is handed a [`Now`].

use std::cell::RefCell;
use std::time::{Instant, SystemTime};

use tremolo_core::{Clock, Now};

thread_local! {
    static CLOCK: RefCell<Clock> = RefCell::new(Clock::default());
}

/// An instant without its date, for durations.
pub(crate) fn instant() -> Instant {
    Instant::now()
}

pub(crate) fn now() -> Now {
    CLOCK.with_borrow_mut(|clock| clock.now(Instant::now(), SystemTime::now))
}
