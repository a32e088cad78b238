//! What a broadcast needs of the other processes: a way to them. Their messages come back through
//! [`Shared::poll_deliver`](super::shared::Shared::poll_deliver).

use std::task::Waker;

use super::queue::SlowSubscribers;

/// Takes messages for the subscribers of all processes, those of this one included.
pub(super) trait Relay<T>: Send + Sync {
    /// Takes a message without waiting. With [`SlowSubscribers::Wait`], `waker` is woken when there
    /// is room for one that is returned.
    fn offer(&self, message: T, policy: SlowSubscribers, waker: Option<&Waker>) -> Offered<T>;
}

/// What became of a message.
#[derive(Debug)]
pub(super) enum Offered<T> {
    Taken,
    /// It is refused.
    TooLong,
    Full(T),
}
