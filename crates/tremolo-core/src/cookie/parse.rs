//! The cookies of a request: `Cookie` fields (RFC 6265 sections 4.2 and 5.4). Parsing is lenient,
//! so that one malformed cookie does not hide the others.

use memchr::memchr;
use percent_encoding::percent_decode;

use crate::MultiMap;

/// Cookies that are read from one request; further cookies are ignored.
///
/// 256: browsers store at most 180 per site.
pub const MAX_COOKIES: usize = 256;

/// Parses the cookies of all `Cookie` fields of a request, in the order of the wire.
///
/// Quotes around a value are removed. Percent-encoding is decoded; bytes that are then not UTF-8
/// become U+FFFD. A pair without a name or without `=` is ignored, as are all cookies after
/// [`MAX_COOKIES`].
///
/// ```
/// use tremolo_core::cookie::parse_cookies;
///
/// let fields: [&[u8]; 2] = [b"theme=dark%20blue; id=\"7f3a\"", b"id=9"];
/// let cookies = parse_cookies(fields);
/// assert_eq!(cookies.get("theme"), Some("dark blue"));
/// assert!(cookies.get_all("id").eq(["7f3a", "9"]));
/// ```
pub fn parse_cookies<'a>(field_values: impl IntoIterator<Item = &'a [u8]>) -> MultiMap {
    field_values
        .into_iter()
        .flat_map(|value| value.split(|&b| b == b';'))
        .filter_map(parse_pair)
        .take(MAX_COOKIES)
        .collect()
}

fn parse_pair(pair: &[u8]) -> Option<(String, String)> {
    let (name, value) = pair.split_at_checked(memchr(b'=', pair)?)?;
    let (name, value) = (name.trim_ascii(), value.strip_prefix(b"=")?.trim_ascii());
    if name.is_empty() {
        return None;
    }
    let unquoted = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\""));
    let value = percent_decode(unquoted.unwrap_or(value)).decode_utf8_lossy();
    Some((String::from_utf8_lossy(name).into_owned(), value.into_owned()))
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::cookie::SetCookie;

    #[track_caller]
    fn assert_cookies(fields: &[&[u8]], cookies: &[(&str, &str)]) {
        let parsed = parse_cookies(fields.iter().copied());
        assert!(parsed.iter().eq(cookies.iter().copied()), "{parsed:?}");
    }

    #[test]
    fn reads_pairs_in_the_order_of_the_wire() {
        assert_cookies(&[], &[]);
        assert_cookies(&[b"a=1"], &[("a", "1")]);
        assert_cookies(&[b"b=1; a=2; b=3"], &[("b", "1"), ("a", "2"), ("b", "3")]);
        assert_cookies(&[b"a=1;b=2", b"a=3"], &[("a", "1"), ("b", "2"), ("a", "3")]);
        assert_cookies(&[b" a = 1 ;\tb\t=\t2\t"], &[("a", "1"), ("b", "2")]);
        assert_cookies(&[b"a=b=c"], &[("a", "b=c")]);
        assert_cookies(&[b"a="], &[("a", "")]);
    }

    #[test]
    fn leaves_out_what_is_no_cookie() {
        assert_cookies(&[b"", b";", b"; ;", b"lonely", b"=nameless", b" =x"], &[]);
        assert_cookies(&[b"lonely; a=1;; =x; b=2;"], &[("a", "1"), ("b", "2")]);
    }

    #[test]
    fn takes_off_one_pair_of_quotes() {
        assert_cookies(&[b"a=\"1 2\""], &[("a", "1 2")]);
        assert_cookies(&[b"a=\"\""], &[("a", "")]);
        assert_cookies(&[b"a=\"\"1\"\""], &[("a", "\"1\"")]);
        assert_cookies(&[b"a=\"; b=\"1; c=1\""], &[("a", "\""), ("b", "\"1"), ("c", "1\"")]);
        assert_cookies(&[b"a=%221%22"], &[("a", "\"1\"")]);
    }

    #[test]
    fn decodes_values_and_only_these() {
        assert_cookies(&[b"a=%C3%A9%3B+%zz%"], &[("a", "\u{e9};+%zz%")]);
        assert_cookies(&[b"%61=%FF\xff"], &[("%61", "\u{fffd}\u{fffd}")]);
        assert_cookies(&[b"\xff=1"], &[("\u{fffd}", "1")]);
    }

    #[test]
    fn holds_its_bound() {
        let field = "a=1;".repeat(MAX_COOKIES);
        assert_eq!(parse_cookies([field.as_bytes()]).len(), MAX_COOKIES);
        let cookies = parse_cookies([field.as_bytes(), b"b=2"]);
        assert_eq!((cookies.len(), cookies.get("b")), (MAX_COOKIES, None));
    }

    proptest! {
        #[test]
        fn reads_back_what_was_set(value: String) {
            let mut field = Vec::new();
            SetCookie::new("a", value.as_str()).path("").write_to(0, &mut field).unwrap();
            prop_assert!(parse_cookies([field.as_slice()]).iter().eq([("a", value.as_str())]));
        }

        #[test]
        fn reads_anything(fields in vec(any::<Vec<u8>>(), 0..4)) {
            let cookies = parse_cookies(fields.iter().map(Vec::as_slice));
            prop_assert!(cookies.iter().all(|(name, _)| !name.is_empty()));
        }
    }
}
