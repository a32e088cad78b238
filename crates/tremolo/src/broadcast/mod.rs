//! One sender, many subscribers: messages for all sockets or event streams of an application.

mod queue;
#[cfg(feature = "redis")]
mod redis;
#[cfg_attr(
    not(feature = "redis"),
    expect(dead_code, reason = "Redis is the only way to other processes")
)]
mod relay;
mod shared;
mod subscription;
#[cfg(test)]
mod tests;

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

pub use self::queue::SlowSubscribers;
#[cfg(feature = "redis")]
pub use self::redis::{Redis, RedisMessage};
use self::relay::{Offered, Relay};
use self::shared::Shared;
pub use self::subscription::Subscription;

/// Sends each message to all subscribers, in all workers of the process: the room of a chat, a feed.
/// It is cheap to clone, and lives in the state of the application.
///
/// The queue is bounded: it keeps a message until all subscribers have read it, at most `capacity`
/// of them. [`SlowSubscribers`] is what happens when a subscriber is further behind.
///
/// For WebSockets use [`PreparedMessage`](crate::websocket::PreparedMessage), which is framed and
/// compressed once; for server-sent events an event. Both can be made from text.
///
/// Made by `Broadcast::over_redis` (feature `redis`), it reaches the subscribers of several processes,
/// on many machines. Handlers are the same.
///
/// ```
/// use tremolo::websocket::PreparedMessage;
/// use tremolo::{Application, Broadcast, HttpError, State, WebSocket};
///
/// async fn chat(
///     mut socket: WebSocket,
///     State(room): State<Broadcast<PreparedMessage>>,
/// ) -> Result<(), HttpError> {
///     let messages = room.subscribe();
///     let sender = socket.sender();
///     let receive = async {
///         while let Some(message) = socket.next().await.transpose()? {
///             room.send(message).await;
///         }
///         Ok(())
///     };
///     tokio::select! {
///         received = receive => received,
///         sent = sender.forward(messages) => Ok(sent?),
///     }
/// }
///
/// # let _ =
/// Application::new().state(Broadcast::<PreparedMessage>::new(64)).route("/chat", chat)
/// # ;
/// ```
pub struct Broadcast<T> {
    shared: Arc<Shared<T>>,
    /// The way to the other processes.
    relay: Option<Arc<dyn Relay<T>>>,
}

impl<T> Broadcast<T> {
    /// A broadcast whose queue has room for `capacity` messages, at least one.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { shared: Arc::new(Shared::new(capacity)), relay: None }
    }

    /// A handle to the same subscribers whose messages do not leave the process.
    #[must_use]
    pub fn local(&self) -> Self {
        let mut local = self.clone();
        local.relay = None;
        local
    }

    /// The same with another policy than [`SlowSubscribers::DropOldest`].
    ///
    /// ```
    /// use tremolo::broadcast::SlowSubscribers;
    /// use tremolo::Broadcast;
    ///
    /// let prices = Broadcast::<String>::new(16).slow_subscribers(SlowSubscribers::Close);
    /// # let _ = prices;
    /// ```
    #[must_use]
    pub fn slow_subscribers(self, policy: SlowSubscribers) -> Self {
        self.shared.lock().queue.set_policy(policy);
        self
    }

    /// A stream of the messages that are sent from now on.
    #[must_use]
    pub fn subscribe(&self) -> Subscription<T> {
        Subscription::new(Arc::clone(&self.shared))
    }

    /// Sends a message; returns to how many subscribers of this process. It waits only with
    /// [`SlowSubscribers::Wait`]. Over Redis, 0 may also be a message that is too long.
    pub async fn send(&self, message: impl Into<T>) -> usize {
        let mut message = Some(message.into());
        poll_fn(|cx| self.poll_send(&mut message, Some(cx))).await
    }

    /// The same without waiting, for code that is not async.
    ///
    /// # Errors
    ///
    /// The message, if a subscriber would have to be waited for.
    pub fn try_send(&self, message: impl Into<T>) -> Result<usize, T> {
        let mut message = Some(message.into());
        match (self.poll_send(&mut message, None), message) {
            (Poll::Pending, Some(message)) => Err(message),
            (Poll::Ready(readers), _) => Ok(readers),
            (Poll::Pending, None) => Ok(0),
        }
    }

    /// Takes the message unless it has to wait.
    fn poll_send(&self, message: &mut Option<T>, cx: Option<&mut Context<'_>>) -> Poll<usize> {
        let Some(relay) = &self.relay else { return self.shared.poll_deliver(message, cx) };
        let (policy, subscribers) = self.shared.policy_and_subscribers();
        let Some(taken) = message.take() else { return Poll::Ready(0) };
        match relay.offer(taken, policy, cx.map(|cx| cx.waker())) {
            Offered::Taken => Poll::Ready(subscribers),
            Offered::TooLong => Poll::Ready(0),
            Offered::Full(returned) => {
                *message = Some(returned);
                Poll::Pending
            }
        }
    }

    /// The number of subscribers.
    #[must_use]
    pub fn subscribers(&self) -> usize {
        self.shared.lock().queue.subscribers.len()
    }
}

impl<T> Clone for Broadcast<T> {
    fn clone(&self) -> Self {
        self.shared.lock().senders += 1;
        Self { shared: Arc::clone(&self.shared), relay: self.relay.clone() }
    }
}

impl<T> Drop for Broadcast<T> {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.senders -= 1;
        if state.senders > 0 {
            return;
        }
        let readers = state.queue.subscribers.iter_mut();
        let readers: Vec<_> = readers.filter_map(|(_, one)| one.reader.take()).collect();
        drop(state);
        readers.into_iter().for_each(Waker::wake);
    }
}

impl<T> fmt::Debug for Broadcast<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Broadcast")
            .field("subscribers", &self.subscribers())
            .finish_non_exhaustive()
    }
}
