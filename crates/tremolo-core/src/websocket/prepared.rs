//! A message that is framed and compressed once, for many sessions.

use std::sync::Arc;

use bytes::Bytes;

use super::deflate::{DeflatePool, Deflater, MAX_WINDOW_BITS};
use super::frame::{EncodedHead, Opcode};
use super::message::MessageKind;

/// A message for many sessions: a broadcast frames and compresses it once.
///
/// ```
/// use tremolo_core::websocket::{MessageKind, PreparedMessage};
///
/// let message = PreparedMessage::new(MessageKind::Text, b"hello");
/// # let _ = message;
/// ```
#[derive(Clone, Debug)]
pub struct PreparedMessage {
    kind: MessageKind,
    plain: Bytes,
    /// Where the payload begins in `plain`.
    payload_start: usize,
    compressed: Option<Bytes>,
}

impl PreparedMessage {
    /// A message that is sent plain. The caller guarantees that a text is UTF-8.
    #[must_use]
    pub fn new(kind: MessageKind, payload: &[u8]) -> Self {
        let plain = frame(kind, false, payload);
        let payload_start = plain.len() - payload.len();
        Self { kind, plain, payload_start, compressed: None }
    }

    /// A message that is sent compressed in sessions that allow it, if that makes it shorter.
    #[must_use]
    pub fn compressed_by(pool: &Arc<DeflatePool>, kind: MessageKind, payload: &[u8]) -> Self {
        let mut deflater = Deflater::new(Arc::clone(pool), false, MAX_WINDOW_BITS);
        let mut compressed = Vec::new();
        let is_shorter = deflater.deflate(payload, true, &mut compressed).is_ok()
            && compressed.len() < payload.len();
        let compressed = is_shorter.then(|| frame(kind, true, &compressed));
        Self { compressed, ..Self::new(kind, payload) }
    }

    /// What it contains.
    #[must_use]
    pub fn kind(&self) -> MessageKind {
        self.kind
    }

    /// Its payload, without compression: a part of the frame, not a copy.
    ///
    /// ```
    /// use tremolo_core::websocket::{MessageKind, PreparedMessage};
    ///
    /// assert_eq!(PreparedMessage::new(MessageKind::Text, b"hello").payload(), "hello");
    /// ```
    #[must_use]
    pub fn payload(&self) -> Bytes {
        self.plain.slice(self.payload_start..)
    }

    /// Its bytes on the wire, without compression.
    pub(crate) fn len(&self) -> usize {
        self.plain.len()
    }

    pub(super) fn plain(&self) -> &Bytes {
        &self.plain
    }

    pub(super) fn compressed(&self) -> Option<&Bytes> {
        self.compressed.as_ref()
    }
}

fn frame(kind: MessageKind, is_compressed: bool, payload: &[u8]) -> Bytes {
    let head = EncodedHead::new(Opcode::from(kind), true, is_compressed, payload.len());
    [head.as_slice(), payload].concat().into()
}
