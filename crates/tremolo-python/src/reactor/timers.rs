//! The deadlines of all connections, of which only the earliest is looked at.
//!
//! A connection arms a timer when it has a deadline before the one that is armed, and never
//! disarms one: a deadline that only moves away, as in a connection that goes from request to
//! request, costs one comparison. What rings too early is armed again; what rings for nobody is
//! dropped.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

use super::ConnectionId;

#[derive(Debug, Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<(Instant, ConnectionId)>>,
}

impl Timers {
    /// Sets a timer. `open` is how many connections there are, and `is_armed` tells whether a
    /// timer is the one that its connection waits for.
    pub(super) fn arm(
        &mut self,
        at: Instant,
        id: ConnectionId,
        open: usize,
        is_armed: impl Fn(Instant, ConnectionId) -> bool,
    ) {
        // Connections that come and go leave their timers behind: no more than others wait.
        if self.heap.len() > 2 * open + SLACK {
            self.heap.retain(|Reverse((at, id))| is_armed(*at, *id));
        }
        self.heap.push(Reverse((at, id)));
    }

    /// Takes a timer that has rung.
    pub(super) fn take_rung(&mut self, now: Instant) -> Option<(Instant, ConnectionId)> {
        let Reverse((at, _)) = self.heap.peek()?;
        if *at > now {
            return None;
        }
        self.heap.pop().map(|Reverse(timer)| timer)
    }

    /// When the next one rings that somebody waits for.
    pub(super) fn next(
        &mut self,
        is_armed: impl Fn(Instant, ConnectionId) -> bool,
    ) -> Option<Instant> {
        while let Some(Reverse((at, id))) = self.heap.peek() {
            if is_armed(*at, *id) {
                return Some(*at);
            }
            self.heap.pop();
        }
        None
    }
}

const SLACK: usize = 64;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::slab::Slab;
    use super::*;

    fn three_ids() -> [ConnectionId; 3] {
        let mut slab = Slab::new();
        [(); 3].map(|()| slab.insert(()).unwrap())
    }

    #[test]
    fn the_earliest_rings_first_and_stale_ones_are_skipped() {
        let (start, second) = (Instant::now(), Duration::from_secs(1));
        let ([a, b, c], mut timers) = (three_ids(), Timers::default());
        for (id, after) in [(a, 3), (b, 1), (c, 2)] {
            timers.arm(start + second * after, id, 3, |_, _| true);
        }
        assert_eq!(timers.next(|_, id| id != b), Some(start + second * 2));
        assert_eq!(timers.take_rung(start + second), None);
        assert_eq!(timers.take_rung(start + second * 9), Some((start + second * 2, c)));
        assert_eq!(timers.take_rung(start + second * 9), Some((start + second * 3, a)));
        assert_eq!((timers.take_rung(start + second * 9), timers.next(|_, _| true)), (None, None));
    }

    #[test]
    fn connections_that_come_and_go_leave_a_bounded_number_behind() {
        let (start, [a, ..], mut timers) = (Instant::now(), three_ids(), Timers::default());
        for millis in 0..10_000 {
            let at = start + Duration::from_millis(millis);
            timers.arm(at, a, 1, |armed, _| armed == at);
        }
        assert!(timers.heap.len() <= 2 + SLACK + 1);
    }
}
