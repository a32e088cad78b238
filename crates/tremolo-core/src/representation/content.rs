//! The content of an answer, in segments: bytes of ours and ranges of the file.
//!
//! One range is itself; several are a `multipart/byteranges` (RFC 9110 section 14.6), whose length
//! is known before anything is sent.

use bytes::{Bytes, BytesMut};

use super::file::{HEX, Slice};
use super::ranges::ByteRange;
use crate::http1::response::push_field;

/// One segment of a content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// These bytes.
    Bytes(Bytes),
    /// So many bytes of the file, at least one.
    File {
        /// Where they begin in the file, in bytes.
        offset: u64,
        /// How many they are.
        length: u64,
    },
}

/// What follows the head: an iterator over the [`Segment`]s, in order. It is empty if nothing
/// follows, as for HEAD.
#[derive(Clone, Debug, Default)]
pub struct Content {
    /// The whole content, if it is one range: most are, and need no list.
    single: Option<Segment>,
    parts: std::vec::IntoIter<Segment>,
}

impl Content {
    /// A slice of the file.
    pub(super) fn of(slice: Slice) -> Self {
        let (offset, length) = (slice.offset(), slice.length());
        let single = (length > 0).then_some(Segment::File { offset, length });
        Self { single, parts: Vec::new().into_iter() }
    }
}

impl Iterator for Content {
    type Item = Segment;

    fn next(&mut self) -> Option<Segment> {
        self.single.take().or_else(|| self.parts.next())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::from(self.single.is_some()) + self.parts.len();
        (left, Some(left))
    }
}

impl ExactSizeIterator for Content {}

/// Several ranges as one content: its type, its length and its segments.
#[derive(Debug)]
pub(super) struct ByteRanges {
    pub(super) content_type: Vec<u8>,
    pub(super) length: u64,
    pub(super) content: Content,
}

impl ByteRanges {
    /// The ranges of `slice`, each as a part of `content_type`. `None` if the whole is longer than
    /// 64 bits can say.
    pub(super) fn new(
        ranges: &[ByteRange],
        slice: Slice,
        content_type: Option<&[u8]>,
        random: u128,
    ) -> Option<Self> {
        let boundary = boundary(random);
        let mut heads = BytesMut::with_capacity(ranges.len() * PART_HEAD);
        let mut parts = Vec::with_capacity(2 * ranges.len() + 1);
        let mut length = 0_u64;
        for range in ranges {
            heads.extend_from_slice(if parts.is_empty() { b"--" } else { b"\r\n--" });
            heads.extend_from_slice(&boundary);
            heads.extend_from_slice(b"\r\n");
            if let Some(value) = content_type {
                push_field(&mut heads, b"Content-Type", value);
            }
            push_field(&mut heads, b"Content-Range", &content_range(*range, slice.length()));
            heads.extend_from_slice(b"\r\n");
            length = length.checked_add(heads.len() as u64)?.checked_add(range.length())?;
            parts.push(Segment::Bytes(heads.split().freeze()));
            let offset = slice.offset().checked_add(range.first)?;
            parts.push(Segment::File { offset, length: range.length() });
        }
        for part in [&b"\r\n--"[..], &boundary, b"--\r\n"] {
            heads.extend_from_slice(part);
        }
        length = length.checked_add(heads.len() as u64)?;
        parts.push(Segment::Bytes(heads.freeze()));
        let content_type = [&b"multipart/byteranges; boundary="[..], &boundary].concat();
        let content = Content { single: None, parts: parts.into_iter() };
        Some(Self { content_type, length, content })
    }
}

/// `bytes 0-4/10` (section 14.4).
pub(super) fn content_range(range: ByteRange, length: u64) -> Vec<u8> {
    let mut value = Vec::with_capacity(72);
    value.extend_from_slice(b"bytes ");
    push_number(&mut value, range.first);
    value.push(b'-');
    push_number(&mut value, range.last);
    value.push(b'/');
    push_number(&mut value, length);
    value
}

/// `bytes */10`: nothing of what was asked for exists (section 14.4).
pub(super) fn unsatisfied_range(length: u64) -> Vec<u8> {
    let mut value = b"bytes */".to_vec();
    push_number(&mut value, length);
    value
}

fn push_number(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// 128 random bits stand in no file by chance (RFC 2046 section 5.1.1); in hex they need no quotes.
fn boundary(random: u128) -> [u8; 32] {
    let mut boundary = [0; 32];
    for (pair, byte) in boundary.chunks_exact_mut(2).zip(random.to_be_bytes()) {
        pair.copy_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 0xf)]]);
    }
    boundary
}

/// About as long is the head of a part.
const PART_HEAD: usize = 160;
