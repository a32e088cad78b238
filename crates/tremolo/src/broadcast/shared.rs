//! What the handles of a broadcast share, behind one lock.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::queue::Queue;
use crate::waiters::Waiters;

#[derive(Debug)]
pub(super) struct Shared<T> {
    state: Mutex<State<T>>,
}

#[derive(Debug)]
pub(super) struct State<T> {
    pub(super) queue: Queue<T>,
    /// Handles that can send.
    pub(super) senders: usize,
    /// Tasks that wait for room.
    pub(super) waiting: Waiters,
}

impl<T> Shared<T> {
    pub(super) fn new(capacity: usize) -> Self {
        let (queue, waiting) = (Queue::new(capacity), Waiters::default());
        Self { state: Mutex::new(State { queue, senders: 1, waiting }) }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State<T>> {
        // No code of the application runs under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
