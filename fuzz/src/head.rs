//! Request heads from arbitrary bytes: an accepted head is valid, at every split (RFC 9112 sections
//! 2 to 6).
//!
//! An accepted head is parsed again by `httparse` and by a naive parser of the framing fields:
//! request smuggling needs two parsers that understand a head differently (section 11.2).

use bytes::BytesMut;
use tremolo_core::http1::request::{BodyLength, HeadParser, RequestHead, Version};
use tremolo_core::{Config, PeerError};

use crate::script::Script;

/// `[limits][cuts][bytes]`: a head in one piece and in several, compared with other parsers.
pub fn head(data: &[u8]) {
    let mut script = Script::new(data);
    let config = Config {
        client_max_header_size: script.pick(&[8_192, 64, 200]),
        client_max_header_fields: script.pick(&[100, 1, 5, 40]),
        ..Config::default()
    };
    let mut pieces = script.pieces();
    // Some faults are found only at the end of the head, so the input gets an end.
    pieces.push(b"\r\n\r\n");
    let whole = pieces.concat();
    let (found, head, rest) = parse(&[&whole], &config);
    let (other, other_head, other_rest) = parse(&pieces, &config);
    // If there are several faults, another one may be found first.
    assert_eq!(found.ok(), other.ok(), "{found:?} in one piece, {other:?} in several");
    if found == Ok(true) {
        assert_eq!(outcome(&head), outcome(&other_head));
        assert_eq!(rest, other_rest);
        check(&head, &whole, &rest);
    } else {
        assert_eq!(outcome(&head), outcome(&RequestHead::default()));
    }
}

type Parsed = (Result<bool, PeerError>, RequestHead, Vec<u8>);

fn parse(pieces: &[&[u8]], config: &Config) -> Parsed {
    let (mut parser, mut head) = (HeadParser::default(), RequestHead::default());
    let (mut input, mut found) = (BytesMut::new(), Ok(false));
    for piece in pieces {
        input.extend_from_slice(piece);
        if found == Ok(false) {
            found = parser.parse(&mut input, config, &mut head);
        }
    }
    (found, head, input.to_vec())
}

type Outcome<'a> = (&'a [u8], &'a str, Option<&'a [u8]>, Vec<(&'a [u8], &'a [u8])>, BodyLength);

fn outcome(head: &RequestHead) -> Outcome<'_> {
    let fields = head.fields().iter().collect();
    (head.url(), head.method().as_str(), head.host(), fields, head.body_length())
}

fn check(head: &RequestHead, whole: &[u8], rest: &[u8]) {
    assert!(whole.ends_with(rest));
    let mut raw = &whole[..whole.len() - rest.len()];
    while let Some(after) = raw.strip_prefix(b"\r\n") {
        raw = after;
    }
    check_lines(raw);
    assert!(head.url().starts_with(head.path()) && !head.url().is_empty());
    assert!(head.url().iter().all(|b| *b > b' ' && *b != 0x7f && *b != b'#'));
    assert_eq!(
        head.query().map_or(0, |query| query.len() + 1) + head.path().len(),
        head.url().len()
    );
    assert!(head.version() == Version::Http10 || head.host().is_some());
    for (name, value) in head.fields().iter() {
        assert!(!name.is_empty() && !name.iter().any(|b| b" \t:".contains(b)));
        assert_eq!(value, value.trim_ascii());
        assert!(value.iter().all(|b| *b == b'\t' || (*b >= b' ' && *b != 0x7f)));
    }
    let mut room = vec![httparse::EMPTY_HEADER; 128];
    let lines = &raw[raw.iter().position(|b| *b == b'\n').expect("a request line ends") + 1..];
    let Ok(httparse::Status::Complete((length, fields))) =
        httparse::parse_headers(lines, &mut room)
    else {
        panic!("httparse does not take the fields");
    };
    assert_eq!(length, lines.len());
    assert!(head.fields().iter().eq(fields.iter().map(|f| (f.name.as_bytes(), f.value))));
    check_framing(head);
}

/// Every line ends with CRLF, and there is no other CR, LF or NUL (RFC 9112 section 2.2).
fn check_lines(raw: &[u8]) {
    assert!(raw.ends_with(b"\r\n\r\n"));
    let text = raw.strip_suffix(b"\r\n\r\n").unwrap_or_default();
    for line in text.split(|b| *b == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        assert!(!line.iter().any(|b| b"\r\0".contains(b)));
    }
    assert_eq!(
        memchr::memchr_iter(b'\n', raw).count(),
        memchr::memmem::find_iter(raw, "\r\n").count()
    );
}

fn check_framing(head: &RequestHead) {
    let lengths: Vec<_> = head.fields().get_all("content-length").collect();
    let codings: Vec<_> = head.fields().get_all("transfer-encoding").collect();
    match head.body_length() {
        BodyLength::None => {
            assert!(codings.is_empty());
            assert!(lengths.iter().all(|value| value.iter().all(|b| b"0, \t".contains(b))));
        }
        BodyLength::Length(length) => {
            assert!(codings.is_empty() && !lengths.is_empty() && length > 0);
            for number in lengths.iter().flat_map(|value| value.split(|b| *b == b',')) {
                let digits = number.trim_ascii();
                assert!(digits.iter().all(u8::is_ascii_digit));
                assert_eq!(
                    std::str::from_utf8(digits).ok().and_then(|d| d.parse().ok()),
                    Some(length)
                );
            }
        }
        BodyLength::Chunked => {
            assert!(lengths.is_empty() && head.version() == Version::Http11);
            let list = codings.join(&b","[..]);
            let mut named =
                list.split(|b| *b == b',').map(<[u8]>::trim_ascii).filter(|name| !name.is_empty());
            assert!(named.next().is_some_and(|name| name.eq_ignore_ascii_case(b"chunked")));
            assert_eq!(named.next(), None);
        }
    }
}
