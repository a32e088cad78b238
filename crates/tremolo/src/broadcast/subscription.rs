//! The receiving side of a broadcast: a stream.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures_core::Stream;

use super::shared::Shared;

/// The messages of a [`Broadcast`](super::Broadcast) from the moment of
/// [`Broadcast::subscribe`](super::Broadcast::subscribe) on: a stream. It ends when all senders are
/// dropped and all messages are read, or when it was too slow ([`Subscription::is_cut`]).
pub struct Subscription<T> {
    shared: Arc<Shared<T>>,
    key: usize,
    /// The interruptions before its beginning.
    interruptions: u64,
}

impl<T> Subscription<T> {
    pub(super) fn new(shared: Arc<Shared<T>>) -> Self {
        let mut state = shared.lock();
        let (key, interruptions) = (state.queue.subscribe(), state.interruptions);
        drop(state);
        Self { shared, key, interruptions }
    }

    /// How many times the connection to other processes was lost, and messages may have been missed:
    /// counted when it is there again. Always 0 for a broadcast of one process.
    #[must_use]
    pub fn interruptions(&self) -> u64 {
        self.shared.lock().interruptions - self.interruptions
    }

    /// How many messages it has missed, because it was too slow
    /// ([`SlowSubscribers::DropOldest`](super::SlowSubscribers::DropOldest)).
    #[must_use]
    pub fn missed(&self) -> u64 {
        let state = self.shared.lock();
        state.queue.subscribers.get(self.key).map_or(0, |subscriber| subscriber.missed)
    }

    /// Whether it has ended, because it was too slow
    /// ([`SlowSubscribers::Close`](super::SlowSubscribers::Close)).
    #[must_use]
    pub fn is_cut(&self) -> bool {
        let state = self.shared.lock();
        state.queue.subscribers.get(self.key).is_some_and(|subscriber| subscriber.is_cut)
    }

    /// Ready when it is cut.
    pub(crate) fn poll_cut(&self, cx: &Context<'_>) -> Poll<()> {
        let mut state = self.shared.lock();
        match state.queue.subscribers.get_mut(self.key) {
            Some(subscriber) if !subscriber.is_cut => {
                set(&mut subscriber.watcher, cx.waker());
                Poll::Pending
            }
            _ => Poll::Ready(()),
        }
    }
}

impl<T: Clone> Subscription<T> {
    /// The next message; `None` at the end.
    pub async fn next(&mut self) -> Option<T> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

impl<T> Subscription<T> {
    /// The next message, which others may read as well.
    pub(crate) fn poll_shared(&self, cx: &Context<'_>) -> Poll<Option<Arc<T>>> {
        let mut state = self.shared.lock();
        let Some((message, makes_room)) = state.queue.read(self.key) else {
            let is_over = state.senders == 0;
            return match state.queue.subscribers.get_mut(self.key) {
                Some(subscriber) if !subscriber.is_cut && !is_over => {
                    set(&mut subscriber.reader, cx.waker());
                    Poll::Pending
                }
                _ => Poll::Ready(None),
            };
        };
        if makes_room {
            state.waiting.wake(Waker::noop());
        }
        Poll::Ready(Some(message))
    }
}

impl<T: Clone> Stream for Subscription<T> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        // The last subscriber gets the message itself.
        self.poll_shared(cx).map(|message| message.map(Arc::unwrap_or_clone))
    }
}

impl<T> Drop for Subscription<T> {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        let read = state.queue.unsubscribe(self.key);
        state.waiting.wake(Waker::noop());
        drop(state);
        drop(read);
    }
}

impl<T> fmt::Debug for Subscription<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("is_cut", &self.is_cut()).finish_non_exhaustive()
    }
}

fn set(slot: &mut Option<Waker>, waker: &Waker) {
    match slot {
        Some(known) => known.clone_from(waker),
        None => *slot = Some(waker.clone()),
    }
}
