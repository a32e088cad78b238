//! The timers of all connections, in a heap.
//!
//! A connection arms a timer when it has a deadline before the armed one (`DeadlineTimer`), and
//! never removes one. A timer that is not the armed one of its connection any more, or whose
//! connection is closed, is dropped when it comes first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

use super::ConnectionId;

#[derive(Debug, Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<(Instant, ConnectionId)>>,
}

impl Timers {
    /// Sets a timer. `open` is the number of connections, and `is_armed` returns whether a timer is
    /// the armed one of its connection.
    pub(super) fn arm(
        &mut self,
        at: Instant,
        id: ConnectionId,
        open: usize,
        is_armed: impl Fn(Instant, ConnectionId) -> bool,
    ) {
        // Closed connections leave stale timers: bounds their number by the connections.
        if self.heap.len() > 2 * open + SLACK {
            self.heap.retain(|Reverse((at, id))| is_armed(*at, *id));
        }
        self.heap.push(Reverse((at, id)));
    }

    /// Takes a timer that has expired.
    pub(super) fn take_expired(&mut self, now: Instant) -> Option<(Instant, ConnectionId)> {
        let Reverse((at, _)) = self.heap.peek()?;
        if *at > now {
            return None;
        }
        self.heap.pop().map(|Reverse(timer)| timer)
    }

    /// When the next armed timer expires.
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
    fn the_earliest_expires_first_and_stale_ones_are_skipped() {
        let (start, second) = (Instant::now(), Duration::from_secs(1));
        let ([a, b, c], mut timers) = (three_ids(), Timers::default());
        for (id, after) in [(a, 3), (b, 1), (c, 2)] {
            timers.arm(start + second * after, id, 3, |_, _| true);
        }
        assert_eq!(timers.next(|_, id| id != b), Some(start + second * 2));
        assert_eq!(timers.take_expired(start + second), None);
        assert_eq!(timers.take_expired(start + second * 9), Some((start + second * 2, c)));
        assert_eq!(timers.take_expired(start + second * 9), Some((start + second * 3, a)));
        assert_eq!(
            (timers.take_expired(start + second * 9), timers.next(|_, _| true)),
            (None, None)
        );
    }

    #[test]
    fn closed_connections_leave_a_bounded_number_of_timers() {
        let (start, [a, ..], mut timers) = (Instant::now(), three_ids(), Timers::default());
        for millis in 0..10_000 {
            let at = start + Duration::from_millis(millis);
            timers.arm(at, a, 1, |armed, _| armed == at);
        }
        assert!(timers.heap.len() <= 2 + SLACK + 1);
    }
}
