//! Byte ranges: which bytes of a representation a `Range` field requests (RFC 9110 section 14).
//!
//! An invalid field is ignored (section 14.2). A valid one is limited: in its number of ranges, and
//! no byte is sent twice (section 17.15).

use crate::http1::grammar::trim;

/// The number of ranges that one request may contain; a `Range` with more is ignored.
pub const MAX_RANGES: usize = 100;

/// A range of the representation, with inclusive ends that both exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ByteRange {
    pub(super) first: u64,
    pub(super) last: u64,
}

impl ByteRange {
    pub(super) fn length(self) -> u64 {
        // `last` is less than a 64-bit length.
        self.last - self.first + 1
    }
}

/// The result of a `Range`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ranges {
    /// The whole representation, as without the field.
    Whole,
    /// These ranges, in this order, without overlaps: at least one.
    Listed(Vec<ByteRange>),
    /// The field is valid, but none of its ranges exists.
    Unsatisfiable,
}

impl Ranges {
    /// Parses the value of a `Range` for a representation of `length` bytes.
    pub(super) fn parse(value: &[u8], length: u64) -> Self {
        let Some(set) = range_set(value) else { return Self::Whole };
        let (mut ranges, mut count) = (Vec::new(), 0);
        for member in set.split(|byte| *byte == b',').map(trim) {
            if member.is_empty() {
                continue;
            }
            let Some(spec) = Spec::parse(member) else { return Self::Whole };
            count += 1;
            if count > MAX_RANGES || spec.is_empty_suffix(length) {
                return Self::Whole;
            }
            ranges.extend(spec.resolve(length));
        }
        match (count, ranges.is_empty()) {
            (0, _) => Self::Whole,
            (_, true) => Self::Unsatisfiable,
            (_, false) => Self::Listed(coalesce(ranges)),
        }
    }
}

/// One member of a range set (section 14.1.1).
#[derive(Clone, Copy, Debug)]
enum Spec {
    From { first: u64, last: u64 },
    Last(u64),
}

impl Spec {
    fn parse(member: &[u8]) -> Option<Self> {
        let (first, last) = member.split_at_checked(memchr::memchr(b'-', member)?)?;
        let last = last.strip_prefix(b"-")?;
        match (first, last) {
            ([], last) => Some(Self::Last(number(last)?)),
            (first, []) => Some(Self::From { first: number(first)?, last: u64::MAX }),
            (first, last) => {
                let (first, last) = (number(first)?, number(last)?);
                (first <= last).then_some(Self::From { first, last })
            }
        }
    }

    /// The part of it that exists (section 14.1.2).
    fn resolve(self, length: u64) -> Option<ByteRange> {
        let end = length.checked_sub(1)?;
        match self {
            Self::From { first, last } => {
                (first <= end).then_some(ByteRange { first, last: last.min(end) })
            }
            Self::Last(0) => None,
            Self::Last(count) => Some(ByteRange { first: length.saturating_sub(count), last: end }),
        }
    }

    /// Section 14.1.2 lets a suffix of an empty representation be all of it, which no
    /// `Content-Range` can express.
    fn is_empty_suffix(self, length: u64) -> bool {
        length == 0 && matches!(self, Self::Last(1..))
    }
}

/// The ranges behind `bytes=`; the unit is case-insensitive (section 14.1).
fn range_set(value: &[u8]) -> Option<&[u8]> {
    let (unit, set) = value.split_at_checked(memchr::memchr(b'=', value)?)?;
    unit.eq_ignore_ascii_case(b"bytes").then_some(())?;
    set.get(1..)
}

/// Digits as a number. A number above 64 bits is beyond every end, like `u64::MAX`.
fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, digit| {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        Some(number.saturating_mul(10).saturating_add(digit))
    })
}

/// Merges overlapping ranges, and adjacent ones in a set with overlaps; each result stays at the
/// position of its first part. A set without overlaps is unchanged (section 15.3.7.2).
fn coalesce(ranges: Vec<ByteRange>) -> Vec<ByteRange> {
    let mut sorted: Vec<_> = ranges.iter().copied().enumerate().collect();
    sorted.sort_unstable_by_key(|(_, range)| range.first);
    if sorted.is_sorted_by(|(_, before), (_, after)| before.last < after.first) {
        return ranges;
    }
    let mut merged: Vec<(usize, ByteRange)> = Vec::with_capacity(sorted.len());
    for (place, range) in sorted {
        match merged.last_mut() {
            // The last byte is followed by a length of 64 bits at most.
            Some((at, before)) if range.first <= before.last + 1 => {
                before.last = before.last.max(range.last);
                *at = place.min(*at);
            }
            _ => merged.push((place, range)),
        }
    }
    merged.sort_unstable_by_key(|(place, _)| *place);
    merged.into_iter().map(|(_, range)| range).collect()
}
