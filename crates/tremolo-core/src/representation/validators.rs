//! Validators: entity tags and dates that distinguish the states of a representation (RFC 9110
//! section 8.8).
//!
//! Entity tags with both comparisons, and dates in the three forms that a recipient must parse
//! (section 5.6.7). Nothing is copied: a tag is a view over a field.

use std::time::{SystemTime, UNIX_EPOCH};

use percent_encoding::percent_encode_byte;

use crate::http1::grammar::trim;

/// An entity tag, as in a field: `"opaque"` or `W/"opaque"`.
///
/// There is no `==`: each rule names one of the two comparisons.
///
/// ```
/// use tremolo_core::representation::EntityTag;
///
/// let weak = EntityTag::parse(b"W/\"v1\"").unwrap();
/// let strong = EntityTag::parse(b"\"v1\"").unwrap();
/// assert!(weak.is_weak() && weak.opaque() == b"v1");
/// assert!(weak.matches_weakly(strong) && !weak.matches_strongly(strong));
/// assert!(EntityTag::parse(b"v1").is_none());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct EntityTag<'a> {
    text: &'a [u8],
    weak: bool,
}

impl<'a> EntityTag<'a> {
    /// Parses a value that is exactly one entity tag (section 8.8.3). `W/` is case-sensitive, and a
    /// backslash is not an escape.
    #[must_use]
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        let (tag, rest) = Self::split(value)?;
        rest.is_empty().then_some(tag)
    }

    /// The value of an `ETag` field for this version of a representation, which is any text: quotes
    /// are added, and what no tag may contain is percent-encoded, `%` too. Two texts never give the
    /// same tag.
    ///
    /// ```
    /// use tremolo_core::representation::EntityTag;
    ///
    /// assert_eq!(EntityTag::quote("v1", false), "\"v1\"");
    /// assert_eq!(EntityTag::quote("a \"b\" 5%", true), "W/\"a%20%22b%22%205%25\"");
    /// ```
    #[must_use]
    pub fn quote(version: &str, weak: bool) -> String {
        let mut text = String::from(if weak { "W/\"" } else { "\"" });
        for byte in version.bytes() {
            if is_etagc(byte) && byte.is_ascii() && byte != b'%' {
                text.push(char::from(byte));
            } else {
                text.push_str(percent_encode_byte(byte));
            }
        }
        text.push('"');
        text
    }

    /// A generated strong tag, with its quotes.
    pub(super) fn strong(text: &'a [u8]) -> Self {
        Self { text, weak: false }
    }

    /// The tag at the start of a value, and what follows it.
    fn split(value: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let weak = value.starts_with(WEAK);
        let open = if weak { WEAK.len() } else { 0 };
        let quoted = value.get(open..)?.strip_prefix(b"\"")?;
        let length = memchr::memchr(b'"', quoted)?;
        if !quoted.get(..length)?.iter().copied().all(is_etagc) {
            return None;
        }
        let (text, rest) = value.split_at_checked(open + length + 2)?;
        Some((Self { text, weak }, rest))
    }

    /// The tag as in a field.
    #[must_use]
    pub fn as_bytes(self) -> &'a [u8] {
        self.text
    }

    /// The characters between the quotes.
    #[must_use]
    pub fn opaque(self) -> &'a [u8] {
        let open = if self.weak { WEAK.len() + 1 } else { 1 };
        self.text.get(open..self.text.len() - 1).unwrap_or_default()
    }

    /// Whether it promises only an equivalent representation (section 8.8.1).
    #[must_use]
    pub fn is_weak(self) -> bool {
        self.weak
    }

    /// The strong comparison: both are strong, and equal (section 8.8.3.2).
    #[must_use]
    pub fn matches_strongly(self, other: EntityTag<'_>) -> bool {
        !self.weak && !other.weak && self.text == other.text
    }

    /// The weak comparison: the same characters between the quotes (section 8.8.3.2).
    #[must_use]
    pub fn matches_weakly(self, other: EntityTag<'_>) -> bool {
        self.opaque() == other.opaque()
    }
}

/// The entity tags of a comma-separated list. Empty members are skipped (section 5.6.1.2). An
/// invalid member ends the list, because the quotes behind it are ambiguous.
#[derive(Clone, Debug)]
pub(super) struct EntityTags<'a> {
    rest: &'a [u8],
}

impl<'a> EntityTags<'a> {
    pub(super) fn new(value: &'a [u8]) -> Self {
        Self { rest: value }
    }
}

impl<'a> Iterator for EntityTags<'a> {
    type Item = EntityTag<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut list = std::mem::take(&mut self.rest);
        while let [b' ' | b'\t' | b',', rest @ ..] = list {
            list = rest;
        }
        let (tag, rest) = EntityTag::split(list)?;
        let rest = trim(rest);
        if !rest.is_empty() {
            self.rest = rest.strip_prefix(b",")?;
        }
        Some(tag)
    }
}

/// The validators of a representation.
#[derive(Clone, Copy, Debug, Default)]
pub struct Validators<'a> {
    /// Its entity tag.
    pub etag: Option<EntityTag<'a>>,
    /// The time of the last change, in seconds since the Unix epoch.
    pub last_modified: Option<u64>,
}

impl Validators<'_> {
    /// The date, if it is a strong validator at `now`: until its second is over, the representation
    /// may change again without changing the date (section 8.8.2.2).
    pub(super) fn strong_date(&self, now: u64) -> Option<u64> {
        self.last_modified.filter(|changed| *changed < now)
    }
}

/// Parses an HTTP date in any of its three forms, as seconds since the Unix epoch (section 5.6.7).
///
/// `None` for anything else: other forms, dates that do not exist, a wrong day of the week, dates
/// before 1970. The two digits of an RFC 850 year mean 1970–2069.
///
/// ```
/// use tremolo_core::representation::parse_date;
///
/// for date in [
///     "Sun, 06 Nov 1994 08:49:37 GMT",
///     "Sunday, 06-Nov-94 08:49:37 GMT",
///     "Sun Nov  6 08:49:37 1994",
/// ] {
///     assert_eq!(parse_date(date.as_bytes()), Some(784_111_777));
/// }
/// assert_eq!(parse_date(b"1994-11-06T08:49:37Z"), None);
/// ```
#[must_use]
pub fn parse_date(value: &[u8]) -> Option<u64> {
    let date = std::str::from_utf8(value).ok()?.parse::<httpdate::HttpDate>().ok()?;
    let since = SystemTime::from(date).duration_since(UNIX_EPOCH).ok()?;
    Some(since.as_secs())
}

const WEAK: &[u8] = b"W/";

/// `etagc` of section 8.8.3: visible characters except the double quote, and obs-text.
fn is_etagc(byte: u8) -> bool {
    byte > b' ' && byte != b'"' && byte != 0x7f
}
