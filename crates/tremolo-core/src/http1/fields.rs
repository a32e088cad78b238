//! The fields of a head as a view over its bytes, in wire order.
//!
//! Names compare case-insensitively. Repeated fields stay separate; [`Fields::list`] combines them
//! (RFC 9110 sections 5.1–5.3), and splits lists with respect to quoted strings (section 5.6).
//! Nothing is copied or decoded.

use std::fmt;
use std::net::IpAddr;

use crate::forwarded::{self, Client, Trust};
use crate::http1::grammar::trim;

/// A range of the bytes of a head; 32 bits hold every head that `Config` allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Span {
    /// The span from `start` to `end`. The caller limits heads to less than 4 GiB.
    #[expect(clippy::cast_possible_truncation, reason = "no head is longer than 16 MiB")]
    pub(crate) fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end as u32 }
    }

    pub(crate) fn of_bytes(self, bytes: &[u8]) -> &[u8] {
        bytes.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// The spans of the name and the value of one field.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FieldSpan {
    pub(crate) name: Span,
    pub(crate) value: Span,
}

const _: () = assert!(size_of::<FieldSpan>() == 16);

/// The fields of a message, in wire order.
///
/// ```
/// use bytes::BytesMut;
/// use tremolo_core::Config;
/// use tremolo_core::http1::request::{HeadParser, RequestHead};
///
/// let mut input = BytesMut::from("GET / HTTP/1.1\r\nHost: a\r\nAccept: x, y\r\nAccept: z\r\n\r\n");
/// let mut head = RequestHead::default();
/// HeadParser::default().parse(&mut input, &Config::default(), &mut head)?;
///
/// let fields = head.fields();
/// assert_eq!(fields.get("HOST"), Some(&b"a"[..]));
/// assert_eq!(fields.get_all("accept").count(), 2);
/// assert!(fields.list("accept").eq([b"x", b"y", b"z"]));
/// # Ok::<(), tremolo_core::PeerError>(())
/// ```
#[derive(Clone, Copy)]
pub struct Fields<'a> {
    bytes: &'a [u8],
    spans: &'a [FieldSpan],
}

impl<'a> Fields<'a> {
    /// The fields at `spans` of `bytes`.
    pub(crate) fn new(bytes: &'a [u8], spans: &'a [FieldSpan]) -> Self {
        Self { bytes, spans }
    }

    /// The number of field lines.
    #[must_use]
    pub fn len(self) -> usize {
        self.spans.len()
    }

    /// Whether there are no fields.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.spans.is_empty()
    }

    /// Names as sent, and values without surrounding whitespace.
    #[must_use]
    pub fn iter(self) -> FieldsIter<'a> {
        self.into_iter()
    }

    /// The value of the first field with this name, case-insensitively.
    #[must_use]
    pub fn get(self, name: &str) -> Option<&'a [u8]> {
        self.get_all(name).next()
    }

    /// The values of all fields with this name, case-insensitively.
    #[must_use]
    pub fn get_all<'n>(
        self,
        name: &'n str,
    ) -> impl DoubleEndedIterator<Item = &'a [u8]> + Clone + use<'a, 'n> {
        self.iter()
            .filter(move |(other, _)| other.eq_ignore_ascii_case(name.as_bytes()))
            .map(|(_, value)| value)
    }

    /// The members of the comma-separated list that all fields with this name form together (RFC
    /// 9110 section 5.3), without surrounding whitespace. Empty members are skipped.
    pub fn list<'n>(self, name: &'n str) -> impl Iterator<Item = &'a [u8]> + Clone + use<'a, 'n> {
        self.get_all(name).flat_map(members)
    }

    /// The client behind `peer`, if trusted proxies describe it in these fields; see
    /// [`resolve`](forwarded::resolve).
    #[must_use]
    pub fn client(self, peer: Option<IpAddr>, trust: Trust<'_>) -> Client<'a> {
        // Most requests have none of these fields: one pass over the names shows that.
        if !self.iter().any(|(name, _)| forwarded::is_read(name)) {
            return Client::direct(peer);
        }
        forwarded::resolve(peer, |name| self.get_all(name), trust)
    }
}

impl<'a> IntoIterator for Fields<'a> {
    type Item = (&'a [u8], &'a [u8]);
    type IntoIter = FieldsIter<'a>;

    fn into_iter(self) -> FieldsIter<'a> {
        FieldsIter { bytes: self.bytes, spans: self.spans.iter() }
    }
}

/// Names as sent, and values without surrounding whitespace, in order.
#[derive(Clone)]
pub struct FieldsIter<'a> {
    bytes: &'a [u8],
    spans: std::slice::Iter<'a, FieldSpan>,
}

impl<'a> FieldsIter<'a> {
    fn pair(&self, field: &FieldSpan) -> (&'a [u8], &'a [u8]) {
        (field.name.of_bytes(self.bytes), field.value.of_bytes(self.bytes))
    }
}

impl<'a> Iterator for FieldsIter<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        self.spans.next().map(|field| self.pair(field))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.spans.size_hint()
    }
}

impl DoubleEndedIterator for FieldsIter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.spans.next_back().map(|field| self.pair(field))
    }
}

impl ExactSizeIterator for FieldsIter<'_> {}

impl fmt::Debug for FieldsIter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FieldsIter").field("left", &self.spans.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Fields<'_> {
    /// Only names: values may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.iter().map(|(name, _)| name.escape_ascii().to_string()))
            .finish()
    }
}

/// Splits one field value at its commas.
///
/// Commas inside quoted strings do not separate. Whitespace around members (SP and HTAB only, RFC
/// 9110 section 5.6.3) is removed. Empty members are skipped (section 5.6.1.2). An unterminated
/// quoted string ends with the value.
///
/// ```
/// use tremolo_core::http1::fields::members;
///
/// assert!(members(b"a, b=\"1,2\" ,, c").eq([&b"a"[..], b"b=\"1,2\"", b"c"]));
/// ```
#[must_use]
pub fn members(value: &[u8]) -> Members<'_> {
    Members { rest: value, separator: b',' }
}

/// Splits a member at its semicolons, by the same rules: a name and its parameters (RFC 9110 section
/// 5.6.6).
pub(crate) fn parts(member: &[u8]) -> Members<'_> {
    Members { rest: member, separator: b';' }
}

/// The members of a comma-separated list: see [`members`].
#[derive(Clone, Debug)]
pub struct Members<'a> {
    rest: &'a [u8],
    separator: u8,
}

impl<'a> Iterator for Members<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        while !self.rest.is_empty() {
            let end = member_end(self.rest, self.separator);
            let (member, rest) = self.rest.split_at_checked(end)?;
            self.rest = rest.get(1..).unwrap_or_default();
            let member = trim(member);
            if !member.is_empty() {
                return Some(member);
            }
        }
        None
    }
}

/// The offset of the first separator outside quotes, or the length.
fn member_end(list: &[u8], separator: u8) -> usize {
    let mut at = 0;
    while let Some(rest) = list.get(at..) {
        let Some(found) = memchr::memchr2(separator, b'"', rest) else { break };
        if rest.get(found) == Some(&separator) {
            return at + found;
        }
        let quoted = rest.get(found + 1..).unwrap_or_default();
        let Some(length) = quoted_end(quoted) else { break };
        at += found + 1 + length;
    }
    list.len()
}

/// The offset behind the closing quote; quoted pairs are skipped (RFC 9110 section 5.6.4).
fn quoted_end(quoted: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr::memchr2(b'"', b'\\', quoted.get(at..)?)?;
        if quoted.get(at) == Some(&b'"') {
            return Some(at + 1);
        }
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;
    use proptest::prelude::*;

    use super::*;
    use crate::Config;
    use crate::http1::request::{HeadParser, RequestHead};

    fn split(value: &str) -> Vec<&str> {
        members(value.as_bytes()).map(|m| std::str::from_utf8(m).unwrap()).collect()
    }

    #[test]
    fn only_fields_of_proxies_describe_the_client() {
        let trusted = Config::default();
        let peer = Some([127, 0, 0, 1].into());
        for (fields, ip) in [
            ("Host: a\r\nX-Forwarded-Fox: 192.0.2.1", [127, 0, 0, 1]),
            ("Host: a\r\nX-FORWARDED-For: 192.0.2.1", [192, 0, 2, 1]),
            ("Host: a\r\nX-Forwarded-Proto: https", [127, 0, 0, 1]),
        ] {
            let mut input = BytesMut::from(&*format!("GET / HTTP/1.1\r\n{fields}\r\n\r\n"));
            let mut head = RequestHead::default();
            HeadParser::default().parse(&mut input, &trusted, &mut head).unwrap();
            let client = head.fields().client(peer, (&trusted).into());
            assert_eq!(client.ip, Some(ip.into()), "{fields}");
            assert_eq!(client.scheme.is_some(), fields.contains("https"), "{fields}");
        }
    }

    #[test]
    fn lists_are_split_at_commas_outside_of_quotes() {
        for (value, expected) in [
            ("", &[][..]),
            (",", &[]),
            (" ,\t, ", &[]),
            ("a", &["a"]),
            ("a,b", &["a", "b"]),
            (" a\t,\t b ", &["a", "b"]),
            (",a,,b,", &["a", "b"]),
            ("\"a,b\"", &["\"a,b\""]),
            ("x=\"a,b\";y, z", &["x=\"a,b\";y", "z"]),
            (r#""a\",b", c"#, &[r#""a\",b""#, "c"]),
            (r#""a\\", c"#, &[r#""a\\""#, "c"]),
            (r#"a, "b, c"#, &["a", "\"b, c"]),
            (r#"a, "b\"#, &["a", r#""b\"#]),
            ("\u{b}a", &["\u{b}a"]),
        ] {
            assert_eq!(split(value), expected, "{value:?}");
        }
    }

    proptest! {
        #[test]
        fn members_are_trimmed_parts_of_the_value(value in "[a, \t\"\\\\]{0,24}") {
            for member in members(value.as_bytes()) {
                prop_assert!(!member.is_empty());
                prop_assert_eq!(trim(member), member);
                prop_assert!(member.contains(&b'"') || !member.contains(&b','));
            }
        }
    }
}
