//! The queue of connections that have to be served; each is in it at most once.
//!
//! Connections that need little time are served first. Then one connection is served whose last
//! turn used up its budget or took long; then the host polls the sockets again. So a request on
//! another connection waits for one such turn, however many connections are busy.

use std::collections::VecDeque;

use tremolo_core::{Bounds, Budget, Now};

use super::ConnectionId;

#[derive(Debug)]
pub(super) struct Queue {
    waiting: VecDeque<ConnectionId>,
    heavy: VecDeque<ConnectionId>,
    /// The connection that is being served.
    serving: Option<ConnectionId>,
    /// The work that is done before the host polls the sockets again.
    budget: Budget,
    /// Whether a heavy connection was served since the last poll.
    has_served_heavy: bool,
}

impl Queue {
    pub(super) fn new() -> Self {
        let mut queue = Self {
            waiting: VecDeque::new(),
            heavy: VecDeque::new(),
            serving: None,
            budget: Budget::default(),
            has_served_heavy: false,
        };
        queue.begin();
        queue
    }

    /// Begins a new budget after the sockets have been polled.
    pub(super) fn begin(&mut self) {
        self.budget.begin(&Bounds::REACTOR);
        self.has_served_heavy = false;
    }

    /// Appends a connection, unless it waits already (`queued`) or is being served. `is_heavy`:
    /// whether its last turn was long.
    pub(super) fn add(&mut self, id: ConnectionId, queued: &mut bool, is_heavy: bool) {
        if !*queued && self.serving != Some(id) {
            *queued = true;
            if is_heavy { &mut self.heavy } else { &mut self.waiting }.push_back(id);
        }
    }

    pub(super) fn serving(&self) -> Option<ConnectionId> {
        self.serving
    }

    /// Begins to serve the next connection, unless the host must poll the sockets first.
    pub(super) fn next(&mut self, now: &Now) -> Option<ConnectionId> {
        let mut next = if self.budget.is_over() { None } else { self.waiting.pop_front() };
        if next.is_none() && !self.has_served_heavy {
            next = self.heavy.pop_front();
            self.has_served_heavy = next.is_some();
        }
        match next {
            Some(_) => self.budget.spend_request(now.instant),
            None => self.begin(),
        }
        self.serving = next;
        next
    }

    /// The bounds of the turn that begins: short if other connections have used the time.
    pub(super) fn bounds(&self) -> &'static Bounds {
        Bounds::after(self.budget.used())
    }

    /// Whether the host has to read the clock.
    pub(super) fn wants_time(&self) -> bool {
        self.budget.wants_time()
    }

    pub(super) fn pass_time(&mut self, now: &Now) {
        self.budget.pass(now.instant);
    }

    /// Ends the turn of the connection that is being served.
    pub(super) fn finish_serving(&mut self) {
        self.serving = None;
    }

    /// Frees the memory of an empty queue.
    pub(super) fn shrink(&mut self) {
        if self.waiting.is_empty() && self.heavy.is_empty() {
            (self.waiting, self.heavy) = (VecDeque::new(), VecDeque::new());
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.heavy.is_empty() && self.serving.is_none()
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::super::slab::Slab;
    use super::*;

    fn now() -> Now {
        Now::new(Instant::now(), 784_111_777)
    }

    #[test]
    fn each_waits_once_and_not_while_it_is_served() {
        let (mut slab, mut queue, mut queued) = (Slab::new(), Queue::new(), false);
        let (id, now) = (slab.insert(()).unwrap(), &now());
        queue.add(id, &mut queued, false);
        queue.add(id, &mut queued, true);
        assert_eq!((queue.next(now), queue.serving()), (Some(id), Some(id)));
        queued = false;
        queue.add(id, &mut queued, false);
        assert!(!queued && !queue.is_empty());
        queue.finish_serving();
        assert!(queue.is_empty());
        assert_eq!((queue.next(now), queue.serving()), (None, None));
    }

    /// A queue of four connections, of which the first two are heavy.
    fn four() -> (Queue, [ConnectionId; 4]) {
        let (mut slab, mut queue) = (Slab::new(), Queue::new());
        let ids = [(); 4].map(|()| slab.insert(()).unwrap());
        for (number, id) in ids.iter().enumerate() {
            queue.add(*id, &mut false, number < 2);
        }
        (queue, ids)
    }

    #[test]
    fn one_heavy_connection_is_served_behind_the_others_then_the_sockets_are_polled() {
        let (mut queue, [a, b, c, d]) = four();
        let now = &now();
        let mut order = Vec::new();
        for _ in 0..6 {
            order.push(queue.next(now));
            queue.finish_serving();
        }
        assert_eq!(order, [Some(c), Some(d), Some(a), None, Some(b), None]);
    }

    #[test]
    fn a_heavy_connection_is_served_also_if_the_others_use_all_the_time() {
        let (mut queue, [a, _, c, d]) = four();
        let mut now = now();
        assert_eq!(queue.next(&now), Some(c));
        assert_eq!(queue.bounds(), &Bounds::CONNECTION);
        now = Now::new(now.instant + Duration::from_micros(600), 784_111_777);
        queue.pass_time(&now);
        assert_eq!(queue.bounds(), &Bounds::SHORT);
        now = Now::new(now.instant + Duration::from_micros(600), 784_111_777);
        queue.pass_time(&now);
        assert_eq!(
            [queue.next(&now), queue.next(&now), queue.next(&now)],
            [Some(a), None, Some(d)]
        );
    }
}
