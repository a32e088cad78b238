//! What the handles of a broadcast share, behind one lock.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::queue::{Queue, SlowSubscribers};
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
    /// How many times messages of other processes may have been missed.
    pub(super) interruptions: u64,
}

impl<T> Shared<T> {
    pub(super) fn new(capacity: usize) -> Self {
        let (queue, waiting) = (Queue::new(capacity), Waiters::default());
        Self { state: Mutex::new(State { queue, senders: 1, waiting, interruptions: 0 }) }
    }

    /// Gives the subscribers of this process a message, unless one has to be waited for; returns how
    /// many get it.
    pub(super) fn poll_deliver(
        &self,
        message: &mut Option<T>,
        cx: Option<&mut Context<'_>>,
    ) -> Poll<usize> {
        let mut state = self.lock();
        if state.queue.is_blocked() {
            cx.into_iter().for_each(|cx| state.waiting.add(cx.waker()));
            return Poll::Pending;
        }
        let Some(message) = message.take() else { return Poll::Ready(0) };
        let pushed = state.queue.push(message);
        drop(state);
        pushed.wakers.into_iter().for_each(Waker::wake);
        Poll::Ready(pushed.readers)
    }

    pub(super) fn policy_and_subscribers(&self) -> (SlowSubscribers, usize) {
        let state = self.lock();
        (state.queue.policy(), state.queue.subscribers.len())
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State<T>> {
        // No code of the application runs under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
