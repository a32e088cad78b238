//! A broadcast over Redis: its messages go through a channel there, and come back to all processes.

mod channel;
mod fault;
mod link;
mod message;
mod outbound;
mod resp;
mod session;
mod target;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use self::channel::Channel;
pub use self::message::RedisMessage;
use self::outbound::{Outbound, Sender};
use self::target::Target;
use super::Broadcast;
use super::relay::Relay;
use super::shared::Shared;
use crate::error::Error;

/// The channel of Redis that a [`Broadcast`] shares with other processes, on other
/// machines too: for [`Broadcast::over_redis`](crate::Broadcast::over_redis).
///
/// Redis 6 or later is needed, or another server with RESP3. A connection is lost, for instance, when
/// Redis is started again. The next attempt comes after about 0.1 s, each further one later, up to
/// 15 s. What other processes send meanwhile is lost, because Redis does not store messages.
pub struct Redis<T> {
    url: String,
    channel: String,
    max_payload: usize,
    idle_timeout: Duration,
    notice: Option<Box<dyn Fn() -> T + Send + Sync>>,
}

impl<T> Redis<T> {
    /// The channel `channel` of the server at `url`: `redis://host:port`,
    /// `redis://user:password@host:port` (each of these parts may be missing), or
    /// `unix:///path/of/the/socket`.
    #[must_use]
    pub fn new(url: impl Into<String>, channel: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            channel: channel.into(),
            max_payload: 2 << 20,
            idle_timeout: Duration::from_secs(15),
            notice: None,
        }
    }

    /// A message that all subscribers of this process get after the connection was lost and is there
    /// again: they may have missed messages. Default: none;
    /// [`Subscription::interruptions`](crate::broadcast::Subscription::interruptions) counts in any case.
    ///
    /// ```
    /// use tremolo::websocket::PreparedMessage;
    /// use tremolo::Redis;
    ///
    /// let redis = Redis::<PreparedMessage>::new("redis://localhost", "chat")
    ///     .notice(|| r#"{"kind": "interrupted"}"#);
    /// # let _ = redis;
    /// ```
    #[must_use]
    pub fn notice<M: Into<T>>(self, notice: impl Fn() -> M + Send + Sync + 'static) -> Self {
        Self { notice: Some(Box::new(move || notice().into())), ..self }
    }

    /// The most bytes of a message, in both directions: a longer one is refused. Of those that wait
    /// for Redis, together four times as much are kept. Default: 2 MiB, as
    /// [`Config::ws_max_payload_size`](crate::Config::ws_max_payload_size). At least 1, at most
    /// 512 MiB, the limit of Redis.
    #[must_use]
    pub fn max_payload(self, bytes: usize) -> Self {
        Self { max_payload: bytes.clamp(1, 512 << 20), ..self }
    }

    /// A connection on which nothing has come for so long is tested with a ping, and lost if nothing
    /// comes for the same time again. Default: 15 s. At least 1 ms, at most one day.
    #[must_use]
    pub fn idle_timeout(self, timeout: Duration) -> Self {
        let (least, most) = (Duration::from_millis(1), Duration::from_secs(86_400));
        Self { idle_timeout: timeout.clamp(least, most), ..self }
    }
}

impl<T: RedisMessage> Redis<T> {
    /// Starts the thread that keeps the connection. Messages come to `subscribers`.
    pub(super) fn start(
        self,
        capacity: usize,
        subscribers: &Arc<Shared<T>>,
    ) -> Result<Arc<dyn Relay<T>>, Error> {
        let outbound = Arc::new(Outbound::new(capacity, self.max_payload));
        let channel = Channel {
            target: Target::parse(&self.url).map_err(Error::InvalidRedisUrl)?,
            name: self.channel,
            max_payload: self.max_payload,
            idle_timeout: self.idle_timeout,
            notice: self.notice,
            outbound: Arc::clone(&outbound),
            subscribers: Arc::clone(subscribers),
        };
        link::start(channel).map_err(Error::Worker)?;
        Ok(Arc::new(Sender(outbound)))
    }
}

impl<T> Broadcast<T> {
    /// A broadcast that all processes with the same channel of Redis share. A thread keeps the
    /// connection until the last handle is dropped; it connects again by itself.
    ///
    /// All messages go through Redis, those of this process too, so that they come in one order
    /// everywhere. Each is framed once per process. While Redis is away, up to `capacity` messages
    /// wait; when it is there again, they are sent. A further one takes the place of the oldest, or its
    /// sender waits ([`SlowSubscribers::Wait`](crate::broadcast::SlowSubscribers::Wait)). A message that is being
    /// sent when the connection is lost may be lost, but comes never twice. [`Redis::notice`] notifies
    /// subscribers.
    ///
    /// ```no_run
    /// use tremolo::websocket::PreparedMessage;
    /// use tremolo::{Broadcast, Redis};
    ///
    /// # fn main() -> tremolo::Result<()> {
    /// let redis = Redis::new("redis://localhost", "chat");
    /// let room = Broadcast::<PreparedMessage>::over_redis(256, redis)?;
    /// # let _ = room;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The URL cannot be understood, or no thread can be started. It is no error that Redis is away.
    pub fn over_redis(capacity: usize, redis: Redis<T>) -> Result<Self, Error>
    where
        T: RedisMessage,
    {
        let shared = Arc::new(Shared::new(capacity));
        let relay = redis.start(capacity, &shared)?;
        Ok(Self { shared, relay: Some(relay) })
    }
}

/// Without the URL, which may have a password.
impl<T> fmt::Debug for Redis<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").field("channel", &self.channel).finish_non_exhaustive()
    }
}
