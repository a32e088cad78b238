//! What a message is while it is in Redis.

use std::sync::Arc;

use bytes::Bytes;

/// A message of a broadcast that several processes share. It is implemented for texts, bytes, and
/// [`PreparedMessage`](crate::websocket::PreparedMessage); implement it for types of your own.
///
/// ```
/// use bytes::Bytes;
/// use tremolo::broadcast::RedisMessage;
///
/// struct Price(u64);
///
/// impl RedisMessage for Price {
///     fn to_payload(&self) -> Bytes {
///         self.0.to_string().into()
///     }
///
///     fn from_payload(payload: &Bytes) -> Option<Self> {
///         std::str::from_utf8(payload).ok()?.parse().ok().map(Price)
///     }
/// }
/// ```
pub trait RedisMessage: Sized + Send + Sync + 'static {
    /// Its bytes in Redis.
    fn to_payload(&self) -> Bytes;

    /// The message with these bytes; `None` if there is none. Anything that can use Redis can send
    /// bytes.
    fn from_payload(payload: &Bytes) -> Option<Self>;
}

impl RedisMessage for Bytes {
    fn to_payload(&self) -> Bytes {
        self.clone()
    }

    fn from_payload(payload: &Bytes) -> Option<Self> {
        // A copy, because the payload keeps the buffer that was received.
        Some(Self::copy_from_slice(payload))
    }
}

impl RedisMessage for String {
    fn to_payload(&self) -> Bytes {
        Bytes::copy_from_slice(self.as_bytes())
    }

    fn from_payload(payload: &Bytes) -> Option<Self> {
        std::str::from_utf8(payload).ok().map(str::to_owned)
    }
}

impl RedisMessage for Arc<str> {
    fn to_payload(&self) -> Bytes {
        Bytes::copy_from_slice(self.as_bytes())
    }

    fn from_payload(payload: &Bytes) -> Option<Self> {
        std::str::from_utf8(payload).ok().map(Self::from)
    }
}
