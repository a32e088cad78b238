//! A channel of Redis: what its connection needs, and what outlives the connection.

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use super::outbound::Outbound;
use super::target::Target;
use crate::broadcast::shared::Shared;
use crate::catch_panic::catch_panic;

/// What a connection needs, and what outlives it.
pub(super) struct Channel<T> {
    pub(super) target: Target,
    pub(super) name: String,
    pub(super) max_payload: usize,
    pub(super) idle_timeout: Duration,
    pub(super) notice: Option<Box<dyn Fn() -> T + Send + Sync>>,
    pub(super) outbound: Arc<Outbound<T>>,
    /// The subscribers of this process.
    pub(super) subscribers: Arc<Shared<T>>,
}

impl<T> Channel<T> {
    /// Gives the subscribers of this process a message.
    pub(super) async fn deliver(&self, message: T) {
        let mut message = Some(message);
        poll_fn(|cx| self.subscribers.poll_deliver(&mut message, Some(cx))).await;
    }

    /// Notifies the subscribers that they may have missed messages.
    pub(super) async fn interrupted(&self) {
        self.subscribers.lock().interruptions += 1;
        let Some(notice) = &self.notice else { return };
        if let Some(message) = catch_panic("the notice of an interruption", notice) {
            self.deliver(message).await;
        }
    }
}
