//! Query strings and `application/x-www-form-urlencoded` bodies: both have one encoding and so one
//! parser (WHATWG URL section 5.1).
//!
//! The only error is too many pairs. Invalid percent-encoding is kept as it is.

use std::fmt;

use crate::MultiMap;

/// Parses a query string, without its `?`, or a form. Accepts at most `max_fields` pairs.
///
/// `+` becomes a space, and percent-encoding is decoded. Bytes that are then not UTF-8 become
/// U+FFFD. A pair without `=` has an empty value. Empty pairs are ignored.
///
/// # Errors
///
/// [`TooManyFields`] if there are more pairs than `max_fields`.
///
/// ```
/// use tremolo_core::query::parse_pairs;
///
/// let query = parse_pairs(b"q=caf%C3%A9+noir&page=2&q=", 100)?;
/// assert_eq!(query.get("page"), Some("2"));
/// assert!(query.get_all("q").eq(["café noir", ""]));
/// # Ok::<(), tremolo_core::query::TooManyFields>(())
/// ```
pub fn parse_pairs(input: &[u8], max_fields: usize) -> Result<MultiMap, TooManyFields> {
    let mut pairs = form_urlencoded::parse(input);
    let map = pairs.by_ref().take(max_fields).collect();
    if pairs.next().is_some() { Err(TooManyFields) } else { Ok(map) }
}

/// Checks that there are at most `max_fields` pairs, without decoding them. For callers that pass
/// the input to another parser.
///
/// # Errors
///
/// [`TooManyFields`] if there are more pairs than `max_fields`.
pub fn check_fields(input: &[u8], max_fields: usize) -> Result<(), TooManyFields> {
    let pairs = input.split(|&b| b == b'&').filter(|pair| !pair.is_empty());
    if pairs.take(max_fields.saturating_add(1)).count() > max_fields {
        return Err(TooManyFields);
    }
    Ok(())
}

/// A query string or a form has more pairs than the caller allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyFields;

impl fmt::Display for TooManyFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("too many fields in a query string or form")
    }
}

impl std::error::Error for TooManyFields {}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn assert_pairs(input: &[u8], pairs: &[(&str, &str)]) {
        assert!(parse_pairs(input, 100).unwrap().iter().eq(pairs.iter().copied()), "{input:?}");
    }

    #[test]
    fn decodes_pairs() {
        assert_pairs(b"", &[]);
        assert_pairs(b"a", &[("a", "")]);
        assert_pairs(b"a=", &[("a", "")]);
        assert_pairs(b"=a", &[("", "a")]);
        assert_pairs(b"=", &[("", "")]);
        assert_pairs(b"a=b=c", &[("a", "b=c")]);
        assert_pairs(b"a+b=c+d%2B", &[("a b", "c d+")]);
        assert_pairs(b"%61%3d=%26", &[("a=", "&")]);
        assert_pairs(b"a=%C3%A9", &[("a", "\u{e9}")]);
        assert_pairs(b"a=1;b=2", &[("a", "1;b=2")]);
    }

    #[test]
    fn keeps_order_and_repetition() {
        assert_pairs(b"b=1&a=2&b=3&b", &[("b", "1"), ("a", "2"), ("b", "3"), ("b", "")]);
    }

    #[test]
    fn leaves_out_empty_pairs() {
        assert_pairs(b"&&a=1&&&b=2&", &[("a", "1"), ("b", "2")]);
    }

    #[test]
    fn keeps_invalid_percent_encoding() {
        assert_pairs(
            b"a=%&b=%4&c=%zz&d=%%41",
            &[("a", "%"), ("b", "%4"), ("c", "%zz"), ("d", "%A")],
        );
        assert_pairs(b"a=%FF\x80", &[("a", "\u{fffd}\u{fffd}")]);
        assert_pairs(b"a=%00%0D%0A", &[("a", "\0\r\n")]);
    }

    #[test]
    fn limits_the_number_of_pairs() {
        assert_eq!(parse_pairs(b"a&b&c", 3).unwrap().len(), 3);
        assert_eq!(parse_pairs(b"a&b&c", 2), Err(TooManyFields));
        assert_eq!(parse_pairs(b"a", 0), Err(TooManyFields));
        assert_eq!(parse_pairs(b"&&&", 0), Ok(MultiMap::default()));
        assert_eq!(parse_pairs(b"a&b&&&", 2).unwrap().len(), 2);
    }

    proptest! {
        #[test]
        fn parses_what_a_browser_writes(pairs in vec(any::<(String, String)>(), 0..8)) {
            let mut form = form_urlencoded::Serializer::new(String::new());
            let form = form.extend_pairs(&pairs).finish();
            let parsed = parse_pairs(form.as_bytes(), pairs.len()).unwrap();
            prop_assert!(parsed.into_iter().eq(pairs));
        }

        #[test]
        fn counting_agrees_with_parsing(input in "[a&=%]{0,12}", max in 0..6_usize) {
            let parsed = parse_pairs(input.as_bytes(), max).map(|_| ());
            prop_assert_eq!(check_fields(input.as_bytes(), max), parsed);
        }

        #[test]
        fn accepts_any_bytes(input: Vec<u8>) {
            prop_assert!(parse_pairs(&input, input.len()).is_ok());
        }
    }
}
