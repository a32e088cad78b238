//! Whose turn it is: the connections that something has happened to, each at most once.

use std::collections::VecDeque;

use super::ConnectionId;

#[derive(Debug)]
pub(super) struct Queue {
    waiting: VecDeque<ConnectionId>,
    /// The one that is being served.
    serving: Option<ConnectionId>,
    /// How many more are served before the host's loop has its turn.
    budget: usize,
}

impl Queue {
    pub(super) fn new() -> Self {
        Self { waiting: VecDeque::new(), serving: None, budget: TURN }
    }

    /// Puts a connection at the end, unless it waits already (which it remembers in `queued`) or
    /// is looked at anyway.
    pub(super) fn add(&mut self, id: ConnectionId, queued: &mut bool) {
        if !*queued && self.serving != Some(id) {
            *queued = true;
            self.waiting.push_back(id);
        }
    }

    pub(super) fn serving(&self) -> Option<ConnectionId> {
        self.serving
    }

    /// Turns to the next one, unless the host's loop must have its turn first.
    pub(super) fn next(&mut self) -> Option<ConnectionId> {
        let next = if self.budget > 0 { self.waiting.pop_front() } else { None };
        self.budget = if next.is_some() { self.budget - 1 } else { TURN };
        self.serving = next;
        next
    }

    /// Turns away from the one that is being served.
    pub(super) fn leave(&mut self) {
        self.serving = None;
    }

    /// Gives back the memory of an empty queue.
    pub(super) fn rest(&mut self) {
        if self.waiting.is_empty() {
            self.waiting = VecDeque::new();
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.serving.is_none()
    }
}

/// Connections that one turn serves before the host's loop has its own: two milliseconds of
/// handlers that do little.
pub const TURN: usize = 256;

#[cfg(test)]
mod tests {
    use super::super::slab::Slab;
    use super::*;

    #[test]
    fn each_waits_once_and_not_while_it_is_served() {
        let (mut slab, mut queue, mut queued) = (Slab::new(), Queue::new(), false);
        let id = slab.insert(()).unwrap();
        queue.add(id, &mut queued);
        queue.add(id, &mut queued);
        assert_eq!((queue.next(), queue.serving()), (Some(id), Some(id)));
        queued = false;
        queue.add(id, &mut queued);
        assert!(!queued && !queue.is_empty());
        queue.leave();
        assert!(queue.is_empty());
        assert_eq!((queue.next(), queue.serving()), (None, None));
    }
}
