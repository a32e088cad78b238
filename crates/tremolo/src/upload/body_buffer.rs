//! The bytes of a body, or of a part of one, in one buffer.

use bytes::{Bytes, BytesMut};

/// The bytes of several pieces; a single piece is not copied.
#[derive(Debug, Default)]
pub(crate) struct BodyBuffer {
    first: Bytes,
    whole: BytesMut,
}

impl BodyBuffer {
    pub(crate) fn len(&self) -> usize {
        self.first.len() + self.whole.len()
    }

    pub(crate) fn push(&mut self, piece: Bytes) {
        if self.len() == 0 {
            self.first = piece;
            return;
        }
        if !self.first.is_empty() {
            self.whole.extend_from_slice(&std::mem::take(&mut self.first));
        }
        self.whole.extend_from_slice(&piece);
    }

    pub(crate) fn take(&mut self) -> Bytes {
        match std::mem::take(&mut self.first) {
            first if first.is_empty() => std::mem::take(&mut self.whole).freeze(),
            first => first,
        }
    }
}
