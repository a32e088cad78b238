//! The queue of a broadcast: each message once, and how far each subscriber has read. It wakes
//! nothing: it returns the wakers, and the caller wakes without a lock.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::Waker;

use slab::Slab;

/// What happens when a subscriber has not read the oldest message of a full queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SlowSubscribers {
    /// It misses that message ([`Subscription::missed`](super::Subscription::missed)). Default.
    #[default]
    DropOldest,
    /// Its stream ends; a WebSocket that is fed by it is closed with 1008.
    Close,
    /// The sender waits for it.
    Wait,
}

#[derive(Debug)]
pub(super) struct Queue<T> {
    messages: VecDeque<Queued<T>>,
    /// The number of the first message in the queue. The first one of the broadcast has 0.
    first: u64,
    capacity: usize,
    policy: SlowSubscribers,
    pub(super) subscribers: Slab<Subscriber>,
}

#[derive(Debug)]
struct Queued<T> {
    message: Arc<T>,
    /// Subscribers that have not read it.
    readers: usize,
}

#[derive(Debug, Default)]
pub(super) struct Subscriber {
    /// The number of the message that it reads next.
    next: u64,
    pub(super) missed: u64,
    /// It was too slow, and gets nothing more.
    pub(super) is_cut: bool,
    /// Waits for a message.
    pub(super) reader: Option<Waker>,
    /// Waits until it is cut.
    pub(super) watcher: Option<Waker>,
}

/// The effect of a new message. Its values are dropped, and its wakers woken, without the lock.
#[derive(Debug)]
pub(super) struct Pushed<T> {
    /// Subscribers that will read the message.
    pub(super) readers: usize,
    pub(super) wakers: Vec<Waker>,
    removed: Vec<Arc<T>>,
}

impl<T> Queue<T> {
    pub(super) fn new(capacity: usize) -> Self {
        let (messages, subscribers, policy) = Default::default();
        Self { messages, first: 0, capacity: capacity.max(1), policy, subscribers }
    }

    pub(super) fn set_policy(&mut self, policy: SlowSubscribers) {
        self.policy = policy;
    }

    pub(super) fn policy(&self) -> SlowSubscribers {
        self.policy
    }

    /// Messages that not all subscribers have read.
    pub(super) fn len(&self) -> usize {
        self.messages.len()
    }

    fn is_full(&self) -> bool {
        self.len() >= self.capacity
    }

    /// Whether a sender has to wait.
    pub(super) fn is_blocked(&self) -> bool {
        self.policy == SlowSubscribers::Wait && self.is_full()
    }

    pub(super) fn push(&mut self, message: T) -> Pushed<T> {
        let mut pushed = Pushed { readers: 0, wakers: Vec::new(), removed: Vec::new() };
        if self.is_full() {
            self.make_room(&mut pushed);
        }
        for (_, subscriber) in &mut self.subscribers {
            pushed.readers += usize::from(!subscriber.is_cut);
            pushed.wakers.extend(subscriber.reader.take());
        }
        let message = Arc::new(message);
        if pushed.readers == 0 {
            pushed.removed.push(message);
        } else {
            self.messages.push_back(Queued { message, readers: pushed.readers });
        }
        pushed
    }

    /// Removes the oldest message, which some subscribers have not read.
    fn make_room(&mut self, pushed: &mut Pushed<T>) {
        let mut cut = 0;
        for (_, subscriber) in &mut self.subscribers {
            if subscriber.is_cut || subscriber.next != self.first {
                continue;
            }
            if self.policy == SlowSubscribers::Close {
                // It has read nothing of the queue, so that it counts as a reader of each message.
                subscriber.is_cut = true;
                cut += 1;
                pushed.wakers.extend(subscriber.watcher.take());
            } else {
                subscriber.next += 1;
                subscriber.missed += 1;
            }
        }
        for queued in &mut self.messages {
            queued.readers -= cut;
        }
        if let Some(oldest) = self.messages.pop_front() {
            self.first += 1;
            pushed.removed.push(oldest.message);
        }
        pushed.removed.extend(self.pop_read());
    }

    pub(super) fn subscribe(&mut self) -> usize {
        let next = self.first + self.messages.len() as u64;
        self.subscribers.insert(Subscriber { next, ..Subscriber::default() })
    }

    /// Removes a subscriber. The messages that no other one will read are returned.
    pub(super) fn unsubscribe(&mut self, key: usize) -> Vec<Arc<T>> {
        let Some(subscriber) = self.subscribers.try_remove(key) else { return Vec::new() };
        if !subscriber.is_cut {
            let read = subscriber.next.saturating_sub(self.first);
            let read = usize::try_from(read).unwrap_or(usize::MAX);
            for queued in self.messages.iter_mut().skip(read) {
                queued.readers -= 1;
            }
        }
        self.pop_read()
    }

    /// The next message of a subscriber. True if it made room in a full queue.
    pub(super) fn read(&mut self, key: usize) -> Option<(Arc<T>, bool)> {
        let subscriber = self.subscribers.get_mut(key).filter(|subscriber| !subscriber.is_cut)?;
        let at = usize::try_from(subscriber.next.checked_sub(self.first)?).ok()?;
        let queued = self.messages.get_mut(at)?;
        subscriber.next += 1;
        queued.readers -= 1;
        let message = Arc::clone(&queued.message);
        let was_full = self.is_full();
        // The caller has one of them, so that nothing is dropped here.
        let popped = self.pop_read();
        Some((message, was_full && !popped.is_empty()))
    }

    /// Removes what all subscribers have read from the front.
    fn pop_read(&mut self) -> Vec<Arc<T>> {
        let count = self.messages.iter().take_while(|queued| queued.readers == 0).count();
        self.first += count as u64;
        self.messages.drain(..count).map(|queued| queued.message).collect()
    }
}
