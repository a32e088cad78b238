//! The one place of this crate that reads the clocks; everything else is handed a [`Now`].

use std::cell::{Cell, RefCell};
use std::time::{Instant, SystemTime};

use tremolo_core::{Clock, Now};

thread_local! {
    static CLOCK: RefCell<Clock> = RefCell::new(Clock::default());
    static LAST: Cell<Option<Now>> = const { Cell::new(None) };
}

/// An instant without its date, for durations.
pub(crate) fn instant() -> Instant {
    Instant::now()
}

pub(crate) fn now() -> Now {
    let now = CLOCK.with_borrow_mut(|clock| clock.now(Instant::now(), SystemTime::now));
    LAST.set(Some(now));
    now
}

/// The last moment that this thread has read: for calls within a turn that has just begun.
pub(crate) fn last() -> Now {
    LAST.get().unwrap_or_else(now)
}
