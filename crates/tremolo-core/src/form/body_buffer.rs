//! The bytes of a body, or of a part of one, in one buffer.

use bytes::{Bytes, BytesMut};

/// The bytes of several pieces; a single piece is not copied.
///
/// ```
/// use bytes::Bytes;
/// use tremolo_core::form::BodyBuffer;
///
/// let mut buffer = BodyBuffer::default();
/// buffer.push(Bytes::from_static(b"a"));
/// buffer.push(Bytes::from_static(b"b"));
/// assert_eq!((buffer.len(), buffer.take()), (2, Bytes::from_static(b"ab")));
/// assert!(buffer.is_empty());
/// ```
#[derive(Debug, Default)]
pub struct BodyBuffer {
    first: Bytes,
    whole: BytesMut,
}

impl BodyBuffer {
    /// The number of bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.first.len() + self.whole.len()
    }

    /// Whether it holds no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a piece.
    pub fn push(&mut self, piece: Bytes) {
        if self.is_empty() {
            self.first = piece;
            return;
        }
        if !self.first.is_empty() {
            self.whole.extend_from_slice(&std::mem::take(&mut self.first));
        }
        self.whole.extend_from_slice(&piece);
    }

    /// Takes all bytes.
    pub fn take(&mut self) -> Bytes {
        match std::mem::take(&mut self.first) {
            first if first.is_empty() => std::mem::take(&mut self.whole).freeze(),
            first => first,
        }
    }
}
