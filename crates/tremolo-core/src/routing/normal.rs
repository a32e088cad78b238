//! The normal form of a URL, for comparing it with routes (RFC 3986 section 6.2.2, RFC 9110 section
//! 4.2.3).
//!
//! Percent-encoded unreserved characters are decoded, other encoded bytes get upper-case digits,
//! and bytes that are not allowed in a URL are encoded. `%2F` is not equal to `/`, and dot segments
//! are kept. Only routing uses this form. Handlers get the URL as it was sent, so offsets in the
//! normal form can be converted back.

#[cfg(feature = "regex")]
mod literal;

use std::borrow::Cow;

#[cfg(feature = "regex")]
pub(super) use self::literal::normal_literal;
use crate::http1::grammar::all;

/// The normal form of a path, or of a path with its query. A percent sign without two digits
/// becomes `%25`, so that no two URLs with different meanings have the same form.
///
/// If the input is in its normal form, nothing is allocated. Control characters and spaces are not
/// looked for: a request target cannot contain them.
#[inline]
pub(super) fn normal(url: &[u8]) -> Cow<'_, [u8]> {
    let is_plain = all(url, |byte| byte != b'%' && byte.is_ascii());
    if is_plain { Cow::Borrowed(url) } else { normal_text(url) }
}

/// The same for the path of a route, which may contain characters that a URL cannot.
#[inline(never)]
pub(super) fn normal_text(text: &[u8]) -> Cow<'_, [u8]> {
    if Units(text).all(|(sent, form)| sent.iter().copied().eq(form.bytes())) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(Units(text).flat_map(|(_, form)| form.bytes()).collect())
}

/// Converts an offset in the normal form to an offset in the URL as sent. An offset within the
/// normal form of one byte becomes the offset of that byte, or with `is_end` that of the next byte.
pub(super) fn sent_offset(sent: &[u8], offset: usize, is_end: bool) -> usize {
    let (mut behind_sent, mut behind) = (0, 0);
    for (unit, form) in Units(sent) {
        let Some(within) = offset.checked_sub(behind).filter(|within| *within > 0) else { break };
        if within < form.length {
            return match unit.len() {
                length if length == form.length => behind_sent + within,
                length if is_end => behind_sent + length,
                _ => behind_sent,
            };
        }
        behind_sent += unit.len();
        behind += form.length;
    }
    behind_sent
}

/// Splits a URL into parts that stand for one byte each, with their normal forms.
struct Units<'u>(&'u [u8]);

impl<'u> Iterator for Units<'u> {
    type Item = (&'u [u8], Form);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (length, form) = match *self.0 {
            [] => return None,
            [b'%', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                let byte = value(high) << 4 | value(low);
                (3, if is_unreserved(byte) { Form::of_byte(byte) } else { Form::encoded(byte) })
            }
            [byte, ..] if byte != b'%' && byte.is_ascii_graphic() => (1, Form::of_byte(byte)),
            [byte, ..] => (1, Form::encoded(byte)),
        };
        let (unit, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some((unit, form))
    }
}

/// The representation of a byte: itself, or its percent-encoding.
#[derive(Clone, Copy)]
struct Form {
    bytes: [u8; 3],
    length: usize,
}

impl Form {
    fn of_byte(byte: u8) -> Self {
        Self { bytes: [byte, 0, 0], length: 1 }
    }

    fn encoded(byte: u8) -> Self {
        let digit = |value: u8| if value < 10 { b'0' + value } else { b'A' + value - 10 };
        Self { bytes: [b'%', digit(byte >> 4), digit(byte & 15)], length: 3 }
    }

    fn bytes(self) -> impl Iterator<Item = u8> {
        self.bytes.into_iter().take(self.length)
    }
}

/// The value of a hexadecimal digit.
fn value(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}

/// RFC 3986 section 2.3.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// RFC 3986 sections 2.1, 2.3, 6.2.2.1 and 6.2.2.2.
    #[test]
    fn equivalent_urls_have_one_form() {
        for (sent, expected) in [
            ("/", "/"),
            ("/hello?a=b", "/hello?a=b"),
            ("/%68ello", "/hello"),
            ("/%7Euser/%2d%2E%5f", "/~user/-._"),
            ("/caf%c3%a9", "/caf%C3%A9"),
            ("/caf\u{e9}", "/caf%C3%A9"),
            ("/a b", "/a%20b"),
            ("/a%20b", "/a%20b"),
            // Reserved characters keep their encoding (section 2.2).
            ("/a%2fb%3F%23%25", "/a%2Fb%3F%23%25"),
            ("/a:b@c!$&'()*+,;=[]|\"", "/a:b@c!$&'()*+,;=[]|\""),
            // Section 6.2.2.3 is not applied: dot segments are ordinary segments.
            ("/a/%2e%2e/b/./c", "/a/../b/./c"),
            // Invalid digits; and nothing is decoded twice.
            ("/100%", "/100%25"),
            ("/%4", "/%254"),
            ("/%4g%zz", "/%254g%25zz"),
            ("/%2541", "/%2541"),
            ("/%%34%31", "/%2541"),
            ("/a?b=%7e%e4", "/a?b=~%E4"),
        ] {
            assert_eq!(normal_text(sent.as_bytes()), expected.as_bytes(), "{sent}");
            if !sent.contains(' ') {
                assert_eq!(normal(sent.as_bytes()), expected.as_bytes(), "{sent}");
            }
        }
    }

    #[test]
    fn normal_input_is_not_copied() {
        for sent in ["/", "/hello?a=b", "/a%20b/%C3%A9?c=%2F"] {
            assert!(matches!(normal(sent.as_bytes()), Cow::Borrowed(_)), "{sent}");
        }
    }

    #[test]
    fn offsets_are_converted_back() {
        let sent = "/%41\u{e9}%c3x".as_bytes();
        assert_eq!(normal(sent), &b"/A%C3%A9%C3x"[..]);
        let offsets = |is_end| (0..=12).map(|at| sent_offset(sent, at, is_end)).collect::<Vec<_>>();
        assert_eq!(offsets(false), [0, 1, 4, 4, 4, 5, 5, 5, 6, 7, 8, 9, 10]);
        assert_eq!(offsets(true), [0, 1, 4, 5, 5, 5, 6, 6, 6, 7, 8, 9, 10]);
    }

    proptest! {
        #[test]
        fn normalization_is_idempotent(url in prop::collection::vec(any::<u8>(), 0..40)) {
            let form = normal_text(&url).into_owned();
            prop_assert_eq!(normal(&form), &form[..]);
            prop_assert_eq!(normal_text(&form), &form[..]);
            prop_assert_eq!(sent_offset(&url, form.len(), true), url.len());
            prop_assert_eq!(sent_offset(&url, usize::MAX, false), url.len());
        }

        #[test]
        fn converted_ranges_have_the_same_normal_form(
            url in "[%4aé/2fF]{0,12}",
            ends in any::<(prop::sample::Index, prop::sample::Index)>(),
        ) {
            let url = url.as_bytes();
            let form = normal(url);
            let (a, b) = (ends.0.index(form.len() + 1), ends.1.index(form.len() + 1));
            let (start, end) = (a.min(b), a.max(b));
            let sent = sent_offset(url, start, false)..sent_offset(url, end, true);
            // A range that starts or ends within one byte is widened to the whole byte.
            let is_whole = |at: usize| Units(&form).scan(0, |behind, (unit, _)| {
                *behind += unit.len();
                Some(*behind)
            }).chain([0]).any(|whole| whole == at);
            if is_whole(start) && is_whole(end) {
                prop_assert_eq!(normal(&url[sent]), &form[start..end]);
            }
        }
    }
}
