//! The bytes that a session has to send: short ones in one buffer, long ones by reference.

use bytes::Bytes;

use crate::piece::Piece;

/// What has not been drained.
#[derive(Debug, Default)]
pub(super) struct Output {
    /// Heads and short payloads.
    staging: Vec<u8>,
    /// Long payloads, each with the length of `staging` before it.
    long: Vec<(usize, Bytes)>,
    queued: usize,
}

impl Output {
    pub(super) fn push(&mut self, payload: Piece<'_>) {
        self.queued += payload.as_slice().len();
        if payload.as_slice().len() <= COPY_LIMIT {
            return self.staging.extend_from_slice(payload.as_slice());
        }
        let bytes = match payload {
            Piece::Slice(bytes) => Bytes::copy_from_slice(bytes),
            Piece::Owned(bytes) => bytes.into(),
            Piece::Shared(bytes) => bytes,
        };
        self.long.push((self.staging.len(), bytes));
    }

    /// The same of bytes that others refer to as well.
    pub(super) fn push_shared(&mut self, bytes: &Bytes) {
        self.push(if bytes.len() <= COPY_LIMIT {
            Piece::Slice(bytes)
        } else {
            Piece::Shared(Bytes::clone(bytes))
        });
    }

    /// Bytes that were not drained.
    pub(super) fn queued(&self) -> usize {
        self.queued
    }

    /// Passes on everything, in order.
    pub(super) fn drain(&mut self, mut push: impl FnMut(Piece<'_>)) {
        let at = if self.long.is_empty() { 0 } else { self.drain_long(&mut push) };
        if let Some(staged) = self.staging.get(at..).filter(|staged| !staged.is_empty()) {
            push(Piece::Slice(staged));
        }
        self.staging.clear();
        if self.staging.capacity() > KEPT {
            self.staging.shrink_to(KEPT);
        }
        self.queued = 0;
    }

    /// Passes on the long payloads and what comes before them. Returns the length of that.
    #[inline(never)]
    fn drain_long(&mut self, mut push: impl FnMut(Piece<'_>)) -> usize {
        let mut at = 0;
        for (end, bytes) in self.long.drain(..) {
            if let Some(staged) = self.staging.get(at..end).filter(|staged| !staged.is_empty()) {
                push(Piece::Slice(staged));
            }
            push(Piece::Shared(bytes));
            at = end;
        }
        self.long.shrink_to(4);
        at
    }
}

/// Up to this length a copy is cheaper than a reference.
const COPY_LIMIT: usize = 1_024;

/// Memory that an idle session keeps for its next short messages.
const KEPT: usize = 256;
