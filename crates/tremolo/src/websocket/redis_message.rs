//! Prepared messages in Redis.

use bytes::Bytes;
use tremolo_core::websocket::MessageKind;

use super::message::{Message, PreparedMessage};
use crate::broadcast::RedisMessage;

/// In Redis a text is what it is, so that other programs can send and receive it. Before the bytes of a
/// binary message there is `0xFF`, with which no text begins.
impl RedisMessage for PreparedMessage {
    fn to_payload(&self) -> Bytes {
        let payload = self.framed().payload();
        match self.framed().kind() {
            MessageKind::Text => payload,
            MessageKind::Binary => [&[BINARY], &*payload].concat().into(),
        }
    }

    fn from_payload(payload: &Bytes) -> Option<Self> {
        Some(match payload.split_first() {
            Some((&BINARY, binary)) => Self::new(Message::Binary(Bytes::copy_from_slice(binary))),
            _ => Self::new(std::str::from_utf8(payload).ok()?),
        })
    }
}

/// Begins a binary message in Redis: no byte of UTF-8.
const BINARY: u8 = 0xff;
