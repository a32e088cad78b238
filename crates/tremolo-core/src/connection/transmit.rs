//! The transmit queue: bytes that are not written yet.
//!
//! Small pieces (heads, chunk sizes, short bodies) are copied into one staging buffer, so that a
//! whole turn is written in one contiguous write; large pieces and parts of files are queued by
//! reference between them. The staging buffer is kept, so that the steady state allocates nothing.

use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::{Buf, Bytes};

use super::file_region::FileRegion;
use crate::piece::Piece;

/// What the driver has to do next with the socket.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "it never leaves the stack of one turn")]
pub enum Transmit<'a> {
    /// Write these bytes.
    Bytes(&'a [u8]),
    /// Write these slices, in one vectored write.
    Slices(Slices<'a>),
    /// Write this part of a file, or its beginning; if the file does not contain it any more, call
    /// [`Connection::file_failed`](super::Connection::file_failed).
    File(FileRegion),
    /// Close the writing half of the socket; report it with `shutdown_done`.
    Shutdown,
}

/// The slices of one vectored write.
#[derive(Debug)]
pub struct Slices<'a> {
    slices: [IoSlice<'a>; MAX_SLICES],
    count: usize,
    /// Bytes that may be added.
    room: usize,
    more_follows: bool,
}

impl<'a> Slices<'a> {
    /// Whether the next step follows at once, so that its packet should contain the end of these
    /// bytes: a part of a file, or [`Transmit::Shutdown`].
    #[must_use]
    pub fn more_follows(&self) -> bool {
        self.more_follows
    }

    fn add(&mut self, bytes: &'a [u8]) {
        let bytes = &bytes[..bytes.len().min(self.room)];
        if !bytes.is_empty() {
            self.slices[self.count] = IoSlice::new(bytes);
            self.count += 1;
            self.room -= bytes.len();
        }
    }
}

impl<'a> std::ops::Deref for Slices<'a> {
    type Target = [IoSlice<'a>];

    fn deref(&self) -> &Self::Target {
        &self.slices[..self.count]
    }
}

#[derive(Debug, Default)]
pub(crate) struct TransmitQueue {
    /// Short pieces; everything before `written` was written.
    staging: Vec<u8>,
    written: usize,
    /// Long pieces in order, each with the number of staged bytes that go before it.
    shared: VecDeque<(usize, Long)>,
    /// Staged bytes after the last long piece.
    tail: usize,
    queued: usize,
}

/// What is queued by reference.
#[derive(Debug)]
enum Long {
    Bytes(Bytes),
    File(FileRegion),
}

impl Long {
    fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(region) => region.length,
        }
    }

    /// Drops its first bytes.
    fn advance(&mut self, count: usize) {
        match self {
            Self::Bytes(bytes) => bytes.advance(count),
            Self::File(region) => {
                region.offset += count as u64;
                region.length -= count as u64;
            }
        }
    }
}

impl TransmitQueue {
    /// Calls an encoder with the staging buffer; it may only append.
    pub(crate) fn stage(&mut self, encode: impl FnOnce(&mut Vec<u8>)) {
        let before = self.staging.len();
        encode(&mut self.staging);
        let added = self.staging.len() - before;
        self.tail += added;
        self.queued += added;
    }

    pub(crate) fn push(&mut self, piece: Piece<'_>) {
        if piece.len() <= COPY_LIMIT {
            return self.stage(|staging| staging.extend_from_slice(piece.as_slice()));
        }
        let bytes = match piece {
            Piece::Slice(bytes) => Bytes::copy_from_slice(bytes),
            Piece::Owned(bytes) => Bytes::from(bytes),
            Piece::Shared(bytes) => bytes,
        };
        self.push_long(Long::Bytes(bytes));
    }

    /// Queues a piece behind its head.
    #[inline]
    pub(crate) fn push_framed(&mut self, head: &[u8], piece: Piece<'_>) {
        if piece.len() > COPY_LIMIT {
            self.stage(|staging| staging.extend_from_slice(head));
            return self.push(piece);
        }
        self.stage(|staging| {
            staging.reserve(head.len() + piece.len());
            staging.extend_from_slice(head);
            staging.extend_from_slice(piece.as_slice());
        });
    }

    pub(crate) fn push_file(&mut self, region: FileRegion) {
        if region.length > 0 {
            self.push_long(Long::File(region));
        }
    }

    fn push_long(&mut self, long: Long) {
        self.queued = self.queued.saturating_add(usize::try_from(long.len()).unwrap_or(usize::MAX));
        self.shared.push_back((std::mem::take(&mut self.tail), long));
    }

    /// Bytes that wait to be written.
    pub(crate) fn queued(&self) -> usize {
        self.queued
    }

    /// Buffers that wait to be written.
    pub(crate) fn buffers(&self) -> usize {
        self.shared.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queued == 0
    }

    /// What is next, at most `room` bytes of it; of what is not a file, at most a [`MAX_WRITE`].
    /// `is_last`: a shutdown follows the last bytes.
    #[inline]
    pub(crate) fn front(&self, room: usize, is_last: bool) -> Option<Transmit<'_>> {
        // Two returns: the list of slices is large, and one return would copy it.
        if self.shared.is_empty() && !is_last {
            let end = self.written.saturating_add(room.min(MAX_WRITE)).min(self.staging.len());
            return Some(Transmit::Bytes(&self.staging[self.written..end]));
        }
        Some(self.vectored(room, is_last))
    }

    /// What is next, if there are long pieces or a shutdown follows.
    #[inline(never)]
    fn vectored(&self, room: usize, is_last: bool) -> Transmit<'_> {
        if let Some((0, Long::File(region))) = self.shared.front() {
            let length = region.length.min(room as u64);
            return Transmit::File(FileRegion { length, ..region.clone() });
        }
        let room = room.min(MAX_WRITE);
        let mut slices =
            Slices { slices: [IoSlice::new(&[]); MAX_SLICES], count: 0, room, more_follows: false };
        let mut at = self.written;
        // Each round needs at most two slices, and the tail one more.
        let listed = self.shared.len().min((MAX_SLICES - 1) / 2);
        for (staged, long) in self.shared.iter().take(listed) {
            slices.add(&self.staging[at..at + staged]);
            match long {
                Long::Bytes(bytes) => slices.add(bytes),
                Long::File(_) => {
                    slices.more_follows = slices.room > 0;
                    return Transmit::Slices(slices);
                }
            }
            at += staged;
        }
        if listed == self.shared.len() {
            slices.add(&self.staging[at..]);
            slices.more_follows = is_last && room - slices.room == self.queued;
        }
        Transmit::Slices(slices)
    }

    /// Drops the first `count` queued bytes: they have been written.
    pub(crate) fn advance(&mut self, mut count: usize) {
        count = count.min(self.queued);
        self.queued -= count;
        if self.queued == 0 {
            return self.clear();
        }
        while let Some((staged, long)) = self.shared.front_mut() {
            let taken = count.min(*staged);
            *staged -= taken;
            self.written += taken;
            count -= taken;
            // A file that does not fit `usize` is larger than any count: no truncation.
            let length = usize::try_from(long.len()).unwrap_or(usize::MAX);
            if count < length {
                long.advance(count);
                return self.compact();
            }
            count -= length;
            self.shared.pop_front();
        }
        self.written += count;
        self.tail -= count;
        self.compact();
    }

    /// Whether there is memory for short pieces.
    pub(crate) fn has_staging(&self) -> bool {
        self.staging.capacity() > 0
    }

    /// Takes the memory for short pieces of an empty queue.
    pub(crate) fn take_staging(&mut self) -> Vec<u8> {
        if self.is_empty() { std::mem::take(&mut self.staging) } else { Vec::new() }
    }

    /// Uses the memory for short pieces that another queue has left.
    pub(crate) fn use_staging(&mut self, staging: Vec<u8>) {
        if self.is_empty() && staging.is_empty() {
            self.staging = staging;
        }
    }

    /// Drops everything that has not been written.
    pub(crate) fn clear(&mut self) {
        self.staging.clear();
        // Most queues are short, and these calls are not for them.
        if self.staging.capacity() > KEPT_STAGING {
            self.staging.shrink_to(KEPT_STAGING);
        }
        if !self.shared.is_empty() {
            self.shared.clear();
        }
        (self.written, self.tail, self.queued) = (0, 0, 0);
    }

    /// Frees what was written, of a queue that never becomes empty.
    fn compact(&mut self) {
        if self.written > COMPACT_AT && self.written * 2 > self.staging.len() {
            self.staging.drain(..self.written);
            self.written = 0;
        }
    }
}

/// Slices of one vectored write: 32 long pieces with their chunk sizes, and the tail.
const MAX_SLICES: usize = 65;

/// Bytes of one write. A long body takes several, and a turn may end between two of them.
const MAX_WRITE: usize = 1 << 20;

/// Up to this length a copy is cheaper than a slice of its own in the kernel.
pub(crate) const COPY_LIMIT: usize = 4_096;

/// Memory that an empty queue keeps for the next heads and short pieces. It returns to the pool
/// when the exchange is over.
pub(crate) const KEPT_STAGING: usize = 16_384;

const COMPACT_AT: usize = 16_384;

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;

    impl Transmit<'_> {
        fn is_vectored(&self) -> bool {
            matches!(self, Transmit::Slices(_))
        }

        /// The bytes to be written.
        pub(in crate::connection) fn bytes(&self) -> Vec<u8> {
            match self {
                Transmit::Bytes(bytes) => bytes.to_vec(),
                Transmit::Slices(slices) => {
                    slices.iter().flat_map(|slice| slice.iter()).copied().collect()
                }
                // A file whose bytes are their positions.
                Transmit::File(region) => {
                    (region.offset..region.offset + region.length).map(|at| at as u8).collect()
                }
                Transmit::Shutdown => Vec::new(),
            }
        }
    }

    fn listed(queue: &TransmitQueue) -> Vec<u8> {
        queue.front(usize::MAX, false).unwrap().bytes()
    }

    #[test]
    fn short_pieces_leave_in_one_slice_and_long_ones_by_reference() {
        let mut queue = TransmitQueue::default();
        queue.push("short ".into());
        queue.push("pieces".into());
        assert!(!queue.front(usize::MAX, false).unwrap().is_vectored());
        assert_eq!(listed(&queue), b"short pieces");
        queue.push(vec![b'x'; COPY_LIMIT + 1].into());
        queue.push("end".into());
        assert!(queue.front(usize::MAX, false).unwrap().is_vectored());
        assert_eq!(queue.front(13, false).unwrap().bytes(), b"short piecesx");
        assert_eq!(queue.queued(), 12 + COPY_LIMIT + 1 + 3);
        queue.advance(queue.queued());
        assert!(queue.is_empty() && listed(&queue).is_empty());
    }

    proptest! {
        /// Whatever is pushed, and however much the socket takes each time, the same bytes leave
        /// in the same order.
        #[test]
        fn keeps_the_order_at_every_partial_write(
            steps in prop::collection::vec((0_usize..4, 1_usize..9_000, 0_usize..20_000), 1..40)
        ) {
            let (mut queue, mut pushed, mut left) = (TransmitQueue::default(), vec![], vec![]);
            for (index, (kind, size, written)) in steps.into_iter().enumerate() {
                let offset = index * 7;
                let bytes: Vec<u8> = (0..size).map(|at| (at + offset) as u8).collect();
                pushed.extend_from_slice(&bytes);
                match kind {
                    0 => queue.push(Piece::Slice(&bytes)),
                    1 => queue.push(Piece::Owned(bytes)),
                    2 => queue.push_file(FileRegion {
                        file: Arc::new(()),
                        offset: offset as u64,
                        length: size as u64,
                    }),
                    _ => queue.push(Piece::Shared(bytes.into())),
                }
                let front = listed(&queue);
                let written = written.min(front.len());
                let front = queue.front(written, false).unwrap().bytes();
                prop_assert_eq!(front.len(), written);
                left.extend_from_slice(&front);
                queue.advance(written);
            }
            while !queue.is_empty() {
                let front = listed(&queue);
                prop_assert!(!front.is_empty());
                left.extend_from_slice(&front);
                queue.advance(front.len());
            }
            prop_assert!(pushed == left);
        }
    }
}
