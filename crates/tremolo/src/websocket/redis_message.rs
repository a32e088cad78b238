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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prepared_message_passes_redis_with_its_kind() {
        let long = "long ".repeat(1_000);
        for message in [Message::from(""), "grüße".into(), long.as_str().into()] {
            let payload = PreparedMessage::new(message.clone()).to_payload();
            assert_eq!(payload, message.as_bytes());
            let prepared = PreparedMessage::from_payload(&payload).unwrap();
            assert_eq!(
                (prepared.framed().kind(), prepared.to_payload()),
                (MessageKind::Text, payload)
            );
        }
        for bytes in ["", "text", "\u{ff}"] {
            let prepared = PreparedMessage::new(Message::Binary(bytes.into()));
            let payload = prepared.to_payload();
            let prepared = PreparedMessage::from_payload(&payload).unwrap();
            let found = (prepared.framed().kind(), prepared.framed().payload());
            assert_eq!(found, (MessageKind::Binary, bytes.into()));
        }
        assert!(PreparedMessage::from_payload(&Bytes::from_static(b"\xfe")).is_none());
    }
}
