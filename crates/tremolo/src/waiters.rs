//! The tasks and threads that wait for a connection, in any number.
//!
//! Usually there is none, or only the driver's own task: that costs no allocation.

use std::task::Waker;

/// Tasks that wait for the next event.
#[derive(Debug, Default)]
pub(crate) struct Waiters {
    /// The driver's own task waits. It needs no waker: while it is polled, it is awake.
    has_own: bool,
    others: Vec<Waker>,
}

impl Waiters {
    pub(crate) fn add(&mut self, waker: &Waker) {
        if !self.others.iter().any(|known| known.will_wake(waker)) {
            self.others.push(waker.clone());
        }
    }

    /// Adds the task that calls [`Waiters::wake`].
    #[inline]
    pub(crate) fn add_own(&mut self) {
        self.has_own = true;
    }

    pub(crate) fn is_empty(&self) -> bool {
        !self.has_own && self.others.is_empty()
    }

    /// Wakes them all. True if `own` is among them, which is awake already.
    #[inline]
    pub(crate) fn wake(&mut self, own: &Waker) -> bool {
        // Called several times in each turn, and most often no other task waits.
        let is_own = std::mem::take(&mut self.has_own);
        (!self.others.is_empty() && self.wake_some(own)) || is_own
    }

    #[inline(never)]
    fn wake_some(&mut self, own: &Waker) -> bool {
        wake_each(self.others.drain(..), own)
    }
}

/// Tasks that wait for the end, which comes late: one that stops waiting is removed.
#[derive(Debug, Default)]
pub(crate) struct Watchers {
    waiting: Vec<(u64, Waker)>,
    last: u64,
}

impl Watchers {
    pub(crate) fn add(&mut self, number: &mut Option<u64>, waker: &Waker) {
        let number = *number.get_or_insert_with(|| {
            self.last += 1;
            self.last
        });
        match self.waiting.iter_mut().find(|(known, _)| *known == number) {
            Some((_, known)) => known.clone_from(waker),
            None => self.waiting.push((number, waker.clone())),
        }
    }

    /// Removes a watcher that stops waiting.
    pub(crate) fn remove(&mut self, number: u64) {
        self.waiting.retain(|(known, _)| *known != number);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// As [`Waiters::wake`].
    #[inline]
    pub(crate) fn wake(&mut self, own: &Waker) -> bool {
        !self.waiting.is_empty() && self.wake_some(own)
    }

    fn wake_some(&mut self, own: &Waker) -> bool {
        wake_each(self.waiting.drain(..).map(|(_, waker)| waker), own)
    }
}

fn wake_each(waiting: impl Iterator<Item = Waker>, own: &Waker) -> bool {
    let mut found = false;
    for waiter in waiting {
        if waiter.will_wake(own) {
            found = true;
        } else {
            waiter.wake();
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn waker() -> (Arc<Count>, Waker) {
        let count = Arc::new(Count::default());
        (Arc::clone(&count), count.into())
    }

    #[test]
    fn each_waiter_is_woken_once_and_the_driver_is_reported() {
        let ((a, wakes_a), (b, wakes_b), (own, wakes_own)) = (waker(), waker(), waker());
        let mut waiters = Waiters::default();
        for waker in [&wakes_a, &wakes_own, &wakes_b, &wakes_a] {
            waiters.add(waker);
        }
        assert!(waiters.wake(&wakes_own));
        assert!(!waiters.wake(&wakes_own));
        assert_eq!([a, b, own].map(|count| count.0.load(Ordering::SeqCst)), [1, 1, 0]);
    }

    #[test]
    fn the_own_task_is_reported_once_without_a_waker() {
        let ((other, wakes_other), (_, wakes_own)) = (waker(), waker());
        let mut waiters = Waiters::default();
        waiters.add_own();
        waiters.add(&wakes_other);
        assert!(!waiters.is_empty());
        assert!(waiters.wake(&wakes_own) && waiters.is_empty() && !waiters.wake(&wakes_own));
        assert_eq!(other.0.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn two_watchers_of_one_task_are_two() {
        let (count, waker) = waker();
        let (mut watchers, mut first, mut second) = (Watchers::default(), None, None);
        watchers.add(&mut first, &waker);
        watchers.add(&mut second, &waker);
        watchers.add(&mut first, &waker);
        assert_eq!((first, second, watchers.waiting.len()), (Some(1), Some(2), 2));
        assert!(!watchers.wake(Waker::noop()));
        assert_eq!(count.0.load(Ordering::SeqCst), 2);
    }
}
