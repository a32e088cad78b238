//! Codings, charsets and kinds of form: tables, and properties for arbitrary bytes.

use bytes::{Bytes, BytesMut};
use proptest::collection::vec;
use proptest::prelude::*;

use super::ContentError as E;
use super::*;
use crate::Config;
use crate::http1::request::{HeadParser, RequestHead};
use crate::query::parse_pairs;

fn head(fields: &[&str]) -> RequestHead {
    let fields: String = fields.iter().map(|field| format!("{field}\r\n")).collect();
    let mut input = BytesMut::from(&*format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n"));
    let mut head = RequestHead::default();
    assert!(HeadParser::default().parse(&mut input, &Config::default(), &mut head).unwrap());
    head
}

fn charset(label: &str) -> Charset {
    Charset::declared(format!("a/b; charset={label}").as_bytes()).unwrap().unwrap()
}

/// RFC 9110 sections 8.4 and 15.5.16.
#[test]
fn every_coding_but_identity_is_refused() {
    for (fields, is_plain) in [
        (&[][..], true),
        (&["Content-Encoding:"], true),
        (&["Content-Encoding: identity"], true),
        (&["content-encoding: Identity , identity"], true),
        (&["Content-Encoding: gzip"], false),
        (&["Content-Encoding: br"], false),
        (&["Content-Encoding: unheard-of"], false),
        (&["Content-Encoding: identity, gzip"], false),
        (&["Content-Encoding: identity", "Content-Encoding: deflate"], false),
    ] {
        let expected = if is_plain { Ok(()) } else { Err(E::Coded) };
        let checked = check_coding(head(fields).fields(), AcceptedCodings::Identity);
        assert_eq!(checked, expected, "{fields:?}");
    }
}

/// RFC 9110 sections 8.4.1 and 8.4.1.3.
#[test]
fn one_known_coding_can_be_decoded() {
    use ContentCoding::{Br, Deflate, Gzip, Zstd};
    for (fields, expected) in [
        (&[][..], Ok(None)),
        (&["Content-Encoding: identity"], Ok(None)),
        (&["Content-Encoding: GZIP"], Ok(Some(Gzip))),
        (&["Content-Encoding: identity, x-gzip"], Ok(Some(Gzip))),
        (&["Content-Encoding: br"], Ok(Some(Br))),
        (&["Content-Encoding: deflate"], Ok(Some(Deflate))),
        (&["Content-Encoding: zstd"], Ok(Some(Zstd))),
        (&["Content-Encoding: compress"], Err(E::UnknownCoding)),
        // Each layer may be larger than the one before: bombs in bombs.
        (&["Content-Encoding: gzip, gzip"], Err(E::UnknownCoding)),
        (&["Content-Encoding: gzip", "Content-Encoding: br"], Err(E::UnknownCoding)),
    ] {
        let head = head(fields);
        assert_eq!(ContentCoding::of(head.fields()), expected, "{fields:?}");
        let checked = check_coding(head.fields(), AcceptedCodings::Decoded);
        assert_eq!(checked, expected.map(|_| ()), "{fields:?}");
    }
}

/// RFC 9110 sections 8.3.2, 12.5.3 and 15.5.16.
#[test]
fn errors_have_a_status_and_a_field() {
    let accepts = Some(("Accept-Encoding", "identity"));
    for (error, status, field, text) in [
        (E::Coded, 415, accepts, "unsupported Content-Encoding"),
        (
            E::UnknownCoding,
            415,
            Some(("Accept-Encoding", "br, deflate, gzip, zstd")),
            "unsupported Content-Encoding",
        ),
        (E::UnknownCharset, 415, None, "unsupported charset"),
        (E::ConflictingCharsets, 400, None, "more than one charset"),
        (E::InvalidText("UTF-8"), 400, None, "the body is not UTF-8"),
    ] {
        assert_eq!((error.status().as_u16(), error.field()), (status, field));
        assert_eq!(error.to_string(), text);
    }
}

/// RFC 9110 section 8.3.2; labels by section 4.2 of the Encoding Standard.
#[test]
fn the_charset_is_declared_in_the_media_type() {
    for (content_type, expected) in [
        ("text/plain", Ok(None)),
        ("", Ok(None)),
        ("text/plain; charset=", Ok(None)),
        ("text/plain; charset=\"\"", Ok(None)),
        ("text/plain; charset=UTF-8", Ok(Some("UTF-8"))),
        ("text/plain;charset=utf8", Ok(Some("UTF-8"))),
        ("text/plain; Charset = \" utf-8 \";", Ok(Some("UTF-8"))),
        ("text/plain; charset='utf-8'", Ok(Some("UTF-8"))),
        ("text/plain; charset=iso-8859-1", Ok(Some("windows-1252"))),
        ("text/plain; charset=us-ascii", Ok(Some("windows-1252"))),
        ("text/plain; charset=Shift_JIS", Ok(Some("Shift_JIS"))),
        ("text/plain; charset=utf-16", Ok(Some("UTF-16LE"))),
        ("text/plain; charset=utf-8; charset=UTF8", Ok(Some("UTF-8"))),
        // Other parameters may be malformed.
        ("text/plain; utf-8", Ok(None)),
        ("text/plain; a b; =c; charset=latin1; x=\"", Ok(Some("windows-1252"))),
        ("text/plain; x=\"; charset=latin1\"", Ok(None)),
        ("text/plain; charset=utf-8; charset=latin1", Err(E::ConflictingCharsets)),
        ("text/plain; charset=unheard-of", Err(E::UnknownCharset)),
        ("text/plain; charset=utf-7", Err(E::UnknownCharset)),
        ("text/plain; charset=hz-gb-2312", Err(E::UnknownCharset)),
        ("text/plain; charset=utf-8, text/plain; x=y", Err(E::UnknownCharset)),
        ("text/plain; charset=\u{fc}", Err(E::UnknownCharset)),
    ] {
        let found = Charset::declared(content_type.as_bytes());
        assert_eq!(found.map(|found| found.map(Charset::name)), expected, "{content_type}");
    }
}

/// Sections 6 and 6.1 of the Encoding Standard.
#[test]
fn text_is_decoded_in_its_charset_without_byte_order_mark() {
    for (label, body, expected) in [
        ("utf-8", &b"caf\xc3\xa9"[..], Ok("caf\u{e9}")),
        ("utf-8", b"\xef\xbb\xbfa\xef\xbb\xbf", Ok("a\u{feff}")),
        ("utf-8", b"\xef\xbb\xbf", Ok("")),
        ("utf-8", b"\xff", Err(E::InvalidText("UTF-8"))),
        ("utf-8", b"\xff\xfea\0", Err(E::InvalidText("UTF-8"))),
        ("latin1", b"caf\xe9\x80", Ok("caf\u{e9}\u{20ac}")),
        ("utf-16", b"\xff\xfea\0", Ok("a")),
        ("utf-16", b"a\0", Ok("a")),
        ("utf-16", b"\xfe\xff\0a", Ok("a")),
        ("utf-16be", b"\0a", Ok("a")),
        ("utf-16", b"a", Err(E::InvalidText("UTF-16LE"))),
        ("shift_jis", b"\x83e", Ok("\u{30c6}")),
        ("shift_jis", b"\x83", Err(E::InvalidText("Shift_JIS"))),
        ("iso-2022-jp", b"\x1b$B%F\x1b(B", Ok("\u{30c6}")),
    ] {
        let text = charset(label).text(Bytes::from_static(body));
        assert_eq!(text.as_deref().map_err(|error| *error), expected, "{label} {body:?}");
    }
}

/// RFC 7578 section 1; WHATWG URL section 5.1.
#[test]
fn there_are_two_kinds_of_form() {
    const URLENCODED: &str = "Content-Type: application/x-www-form-urlencoded";
    let urlencoded = |label| Ok(Some(FormKind::UrlEncoded(charset(label))));
    for (content_type, coding, expected) in [
        (URLENCODED.to_owned(), "identity", urlencoded("utf-8")),
        (URLENCODED.to_uppercase(), "", urlencoded("utf-8")),
        (format!("{URLENCODED} ; charset=latin1"), "", urlencoded("latin1")),
        (format!("{URLENCODED}; charset=utf-16"), "", Err(E::UnknownCharset)),
        (format!("{URLENCODED}; charset=iso-2022-jp"), "", Err(E::UnknownCharset)),
        (format!("{URLENCODED}; charset=x"), "", Err(E::UnknownCharset)),
        (format!("{URLENCODED}; charset=x"), "gzip", Err(E::Coded)),
        ("Content-Type: multipart/form-data; boundary=b".into(), "", Ok(Some(FormKind::Multipart))),
        ("Content-Type: multipart/form-data; charset=x".into(), "", Ok(Some(FormKind::Multipart))),
        ("Content-Type: Multipart/Form-Data".into(), "gzip", Err(E::Coded)),
        ("Content-Type: multipart/mixed".into(), "gzip", Ok(None)),
        (format!("{URLENCODED}x"), "", Ok(None)),
        ("X: y".into(), "", Ok(None)),
    ] {
        let coding = format!("Content-Encoding: {coding}");
        let found =
            FormKind::of(head(&[&content_type, &coding]).fields(), AcceptedCodings::Identity);
        assert_eq!(found, expected, "{content_type} {coding}");
    }
}

#[test]
fn forms_are_converted_to_utf8() {
    for (label, body, expected) in [
        ("utf-8", &b"a=%E9&b=\xe9+c"[..], &b"a=%E9&b=\xe9+c"[..]),
        ("utf-8", b"\xef\xbb\xbfa=b", b"a=b"),
        ("latin1", b"\xef\xbb\xbfa=\xe9", "a=\u{e9}".as_bytes()),
        ("latin1", b"", b""),
        ("latin1", b"a=%E9%26%3d%2b%25+ x&&b==c&", "a=\u{e9}%26%3D%2B%25++x&&b=%3Dc&".as_bytes()),
        ("latin1", b"a=%zz%", b"a=%25zz%25"),
        ("shift_jis", b"\x83e=%83e&%83%65", "\u{30c6}=\u{30c6}&\u{30c6}".as_bytes()),
        ("shift_jis", b"a=\x83&b", "a=\u{fffd}&b".as_bytes()),
        // An invalid sequence of four bytes, of which the second is a digit.
        ("gb18030", b"a=\xfd6\x9a=e", "a=\u{fffd}6\u{fffd}%3De".as_bytes()),
    ] {
        let form = urlencoded_in_utf8(body, charset(label));
        assert_eq!(form.escape_ascii().to_string(), expected.escape_ascii().to_string(), "{label}");
    }
}

#[test]
fn only_the_first_mark_is_skipped() {
    assert_eq!(skip_byte_order_mark(b"\xef\xbb\xbf\xef\xbb\xbfa"), b"\xef\xbb\xbfa");
    assert_eq!(skip_byte_order_mark(b"\xef\xbb"), b"\xef\xbb");
    assert_eq!(skip_byte_order_mark(b""), b"");
}

/// Every character of a text in latin1, percent-encoded.
fn in_latin1(text: &str) -> String {
    text.chars().map(|c| format!("%{:02x}", u32::from(c))).collect()
}

proptest! {
    #[test]
    fn a_form_is_the_same_in_each_charset_with_its_characters(
        pairs in vec(("[a-z\u{e9} &=+%\u{fc}]{1,6}", "[\u{e0}-\u{ff} &=+%a]{0,6}"), 0..5),
    ) {
        let encoded: Vec<String> = pairs
            .iter()
            .map(|(name, value)| format!("{}={}", in_latin1(name), in_latin1(value)))
            .collect();
        let form = encoded.join("&");
        let form = urlencoded_in_utf8(form.as_bytes(), charset("iso-8859-1"));
        let read = parse_pairs(&form, pairs.len()).unwrap();
        prop_assert!(read.into_iter().eq(pairs));
    }

    #[test]
    fn any_form_keeps_its_pairs_and_at_most_triples_its_size(body: Vec<u8>, label in 0..4_usize) {
        let charset = charset(["latin1", "shift_jis", "gb18030", "euc-kr"][label]);
        let form = urlencoded_in_utf8(&body, charset);
        prop_assert!(form.len() <= 3 * body.len());
        let pairs = |body: &[u8]| body.split(|byte| *byte == b'&').filter(|p| !p.is_empty()).count();
        prop_assert_eq!(pairs(&form), pairs(skip_byte_order_mark(&body)));
        prop_assert!(std::str::from_utf8(&form).is_ok());
    }

    #[test]
    fn any_content_type_is_parsed_without_panic(content_type: Vec<u8>) {
        let _ = Charset::declared(&content_type);
    }
}
