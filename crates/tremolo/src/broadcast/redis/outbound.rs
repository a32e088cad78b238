//! The messages that wait until they are sent to Redis: bounded, also while it is away.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use bytes::Bytes;
use tokio::sync::Notify;

use crate::broadcast::relay::{Offered, Relay};
use crate::broadcast::{RedisMessage, SlowSubscribers};
use crate::waiters::Waiters;

/// A message, and what is sent of it.
#[derive(Debug)]
pub(super) struct Outgoing<T> {
    pub(super) payload: Bytes,
    pub(super) message: T,
}

#[derive(Debug)]
pub(super) struct Outbound<T> {
    state: Mutex<State<T>>,
    changed: Notify,
    capacity: usize,
    max_payload: usize,
}

#[derive(Debug)]
struct State<T> {
    waiting: VecDeque<Outgoing<T>>,
    /// Of all payloads in `waiting`.
    bytes: usize,
    dropped: u64,
    /// Tasks that wait for room.
    senders: Waiters,
    is_closed: bool,
}

impl<T> Outbound<T> {
    pub(super) fn new(capacity: usize, max_payload: usize) -> Self {
        let state = State {
            waiting: VecDeque::new(),
            bytes: 0,
            dropped: 0,
            senders: Waiters::default(),
            is_closed: false,
        };
        let (state, changed) = (Mutex::new(state), Notify::new());
        Self { state, changed, capacity: capacity.max(1), max_payload }
    }

    /// The oldest message that waits.
    pub(super) fn pop(&self) -> Option<Outgoing<T>> {
        let mut state = self.lock();
        let oldest = state.pop()?;
        state.senders.wake(Waker::noop());
        Some(oldest)
    }

    /// How many messages were dropped since the last call, because the queue was full.
    pub(super) fn take_dropped(&self) -> u64 {
        std::mem::take(&mut self.lock().dropped)
    }

    /// No further message will come.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_one();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().is_closed
    }

    /// Waits for a message, or until it is closed. Only one task may wait.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Waits until it is closed. Only one task may wait.
    pub(super) async fn closed(&self) {
        while !self.is_closed() {
            self.changed().await;
        }
    }

    fn is_full(&self, state: &State<T>) -> bool {
        state.waiting.len() >= self.capacity
            || state.bytes >= self.max_payload.saturating_mul(QUEUED_PAYLOADS)
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // No code of the application runs under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> State<T> {
    fn pop(&mut self) -> Option<Outgoing<T>> {
        let oldest = self.waiting.pop_front()?;
        self.bytes -= oldest.payload.len();
        Some(oldest)
    }
}

/// The handles of a broadcast share it. The connection is closed when it is dropped.
#[derive(Debug)]
pub(super) struct Sender<T>(pub(super) Arc<Outbound<T>>);

impl<T: RedisMessage> Relay<T> for Sender<T> {
    fn offer(&self, message: T, policy: SlowSubscribers, waker: Option<&Waker>) -> Offered<T> {
        let outbound = &*self.0;
        let must_wait = policy == SlowSubscribers::Wait;
        let payload = message.to_payload();
        if payload.len() > outbound.max_payload {
            let (length, limit) = (payload.len(), outbound.max_payload);
            tracing::warn!(
                "a message of {length} bytes is not sent to Redis: the limit is {limit}"
            );
            return Offered::TooLong;
        }
        let mut dropped = Vec::new();
        let mut state = outbound.lock();
        while outbound.is_full(&state) {
            if must_wait {
                waker.into_iter().for_each(|waker| state.senders.add(waker));
                return Offered::Full(message);
            }
            let Some(oldest) = state.pop() else { break };
            dropped.push(oldest);
            state.dropped += 1;
        }
        state.bytes += payload.len();
        state.waiting.push_back(Outgoing { payload, message });
        drop(state);
        outbound.changed.notify_one();
        // The values of the application are dropped without the lock.
        drop(dropped);
        Offered::Taken
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// So many of the longest payloads may wait.
pub(super) const QUEUED_PAYLOADS: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    fn sender(capacity: usize, max_payload: usize) -> Sender<String> {
        Sender(Arc::new(Outbound::new(capacity, max_payload)))
    }

    fn offer(sender: &Sender<String>, message: &str, policy: SlowSubscribers) -> bool {
        matches!(sender.offer(message.to_owned(), policy, None), Offered::Taken)
    }

    fn waiting(sender: &Sender<String>) -> Vec<String> {
        std::iter::from_fn(|| Some(sender.0.pop()?.message)).collect()
    }

    #[test]
    fn the_oldest_message_gives_way_unless_the_sender_waits() {
        let sender = sender(2, 10);
        for message in ["a", "b", "c"] {
            assert!(offer(&sender, message, SlowSubscribers::DropOldest));
        }
        assert!(!offer(&sender, "d", SlowSubscribers::Wait));
        assert_eq!((sender.0.take_dropped(), sender.0.take_dropped()), (1, 0));
        assert_eq!(waiting(&sender), ["b", "c"]);
        assert!(offer(&sender, "d", SlowSubscribers::Wait));
    }

    #[test]
    fn the_bytes_are_limited_too_and_a_long_message_is_refused() {
        let sender = sender(100, 10);
        assert!(!offer(&sender, "0123456789a", SlowSubscribers::DropOldest));
        for _ in 0..10 {
            assert!(offer(&sender, "0123456789", SlowSubscribers::DropOldest));
        }
        assert_eq!(waiting(&sender).len(), QUEUED_PAYLOADS);
    }
}
