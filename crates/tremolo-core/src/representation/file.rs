//! A file as a representation: the slice that is served, and its entity tag.
//!
//! Uses the metadata of a file, but no file system (RFC 9110 section 8.8.3).

use super::validators::EntityTag;

/// The part of a file that is the representation; ranges and lengths are relative to it.
///
/// ```
/// use tremolo_core::representation::Slice;
///
/// assert_eq!(Slice::new(100, 0, None), Slice::whole(100));
/// assert_eq!(Slice::new(100, 90, Some(20)).length(), 10);
/// assert_eq!(Slice::new(100, 200, None).length(), 0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Slice {
    offset: u64,
    length: u64,
}

impl Slice {
    /// All of a file that is `length` bytes long.
    #[must_use]
    pub fn whole(length: u64) -> Self {
        Self { offset: 0, length }
    }

    /// At most `count` bytes (`None`: all) starting at `offset` of a file of `file_length` bytes.
    /// Bytes beyond its end are left out.
    #[must_use]
    pub fn new(file_length: u64, offset: u64, count: Option<u64>) -> Self {
        let offset = offset.min(file_length);
        let left = file_length - offset;
        Self { offset, length: count.map_or(left, |count| count.min(left)) }
    }

    /// The offset in the file, in bytes.
    #[must_use]
    pub fn offset(self) -> u64 {
        self.offset
    }

    /// Its length in bytes.
    #[must_use]
    pub fn length(self) -> u64 {
        self.length
    }

    /// A slice of the slice.
    pub(super) fn part(self, offset: u64, count: u64) -> Self {
        let part = Self::new(self.length, offset, Some(count));
        Self { offset: self.offset.saturating_add(part.offset), length: part.length }
    }
}

/// The state of a file, from its metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileStamp {
    /// The time of the last change: whole seconds since the Unix epoch.
    pub seconds: i64,
    /// The time of the last change: nanoseconds within the second.
    pub nanoseconds: u32,
    /// The length of the whole file in bytes.
    pub length: u64,
    /// The inode number, or 0 if there is none.
    pub inode: u64,
}

/// A strong entity tag computed from a [`FileStamp`] and the slice that is served.
///
/// It is as precise as the clock of the file system: a file overwritten in place twice within one
/// tick, with the same length, keeps its tag. All values but the length are hashed into one number,
/// so that the tag does not disclose the inode number (CVE-2003-1418).
///
/// ```
/// use tremolo_core::representation::{FileStamp, FileTag, Slice};
///
/// let stamp = FileStamp { seconds: 784_111_777, nanoseconds: 255, length: 4_096, inode: 16 };
/// let tag = FileTag::new(&stamp, Slice::whole(4_096));
/// assert!(tag.entity_tag().as_bytes().starts_with(b"\"1000-"));
/// assert!(!tag.entity_tag().is_weak());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct FileTag {
    text: [u8; MAX_TEXT],
    length: usize,
}

impl FileTag {
    /// The tag of `slice` of the file. Two slices of one file are two representations.
    #[must_use]
    pub fn new(stamp: &FileStamp, slice: Slice) -> Self {
        let mut tag = Self { text: [0; MAX_TEXT], length: 0 };
        // Only distinguishes states: a time before the epoch may wrap around.
        let seconds = stamp.seconds.cast_unsigned();
        let numbers = [seconds, stamp.nanoseconds.into(), stamp.inode, stamp.length, slice.offset];
        tag.push(b'"');
        tag.push_hex(slice.length);
        tag.push(b'-');
        tag.push_hex(numbers.into_iter().fold(0, mix));
        tag.push(b'"');
        tag
    }

    /// The tag as sent and compared.
    #[must_use]
    pub fn entity_tag(&self) -> EntityTag<'_> {
        let text = self.text.get(..self.length).unwrap_or_default();
        EntityTag::strong(text)
    }

    fn push_hex(&mut self, number: u64) {
        let digits = (u64::BITS - number.leading_zeros()).div_ceil(4).max(1);
        for at in (0..digits).rev() {
            self.push(HEX[(number >> (4 * at) & 0xf) as usize]);
        }
    }

    fn push(&mut self, byte: u8) {
        if let Some(place) = self.text.get_mut(self.length) {
            *place = byte;
            self.length += 1;
        }
    }
}

/// Mixes a number into a hash: the finalizer of SplitMix64, which is a bijection.
fn mix(hash: u64, number: u64) -> u64 {
    let mut mixed = hash.wrapping_add(number).wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

pub(super) const HEX: &[u8; 16] = b"0123456789abcdef";

/// Two quotes, two numbers of 64 bits, and the hyphen between them.
const MAX_TEXT: usize = 2 + 2 * 16 + 1;
