//! Cases of RFC 2046 section 5.1.1 and RFC 7578, each decoded at every split.

mod heads;
mod recorded;
mod splits;

use bytes::Bytes;

use super::MultipartError as E;
use super::{Boundary, Decoder, Event, Limits, MultipartError, PartHead, boundary_of};

/// A decoded part: name, file name, data.
type Part = (String, Option<String>, Vec<u8>);

fn decoder(boundary: &[u8], limits: Limits) -> Decoder {
    Decoder::new(Boundary::new(boundary).unwrap(), limits)
}

/// Feeds each piece when it is needed, and checks the order of the events.
fn decode<'a>(
    mut decoder: Decoder,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Vec<Part>, MultipartError> {
    let mut pieces = pieces.into_iter();
    let (mut parts, mut open): (Vec<Part>, _) = (Vec::new(), false);
    loop {
        match decoder.poll()? {
            Event::Part(head) => {
                assert!(!std::mem::replace(&mut open, true));
                let filename = head.filename().map(str::to_owned);
                parts.push((head.name().to_owned(), filename, Vec::new()));
            }
            Event::Data(data) => {
                assert!(open && !data.is_empty());
                parts.last_mut().unwrap().2.extend_from_slice(&data);
            }
            Event::PartEnd => assert!(std::mem::replace(&mut open, false)),
            Event::End => {
                assert!(!open);
                return Ok(parts);
            }
            Event::NeedInput => match pieces.next() {
                Some(piece) => decoder.feed(Bytes::copy_from_slice(piece)),
                None => decoder.finish(),
            },
        }
    }
}

/// Decodes in one piece, byte by byte, and at every split in two: the result must be the same.
fn decode_everywhere(
    boundary: &[u8],
    limits: Limits,
    body: &[u8],
) -> Result<Vec<Part>, MultipartError> {
    let whole = decode(decoder(boundary, limits), [body]);
    assert_eq!(decode(decoder(boundary, limits), body.chunks(1)), whole, "byte by byte");
    for at in 0..=body.len() {
        let (left, right) = body.split_at(at);
        assert_eq!(decode(decoder(boundary, limits), [left, right]), whole, "split at {at}");
    }
    whole
}

fn head(name: &str) -> String {
    format!("Content-Disposition: form-data; name=\"{name}\"\r\n\r\n")
}

fn part(name: &str, data: &[u8]) -> Part {
    (name.to_owned(), None, data.to_vec())
}

#[test]
fn finds_the_boundary_of_a_content_type() {
    let long = "x".repeat(300);
    let cases: &[(&str, Result<&str, MultipartError>)] = &[
        ("multipart/form-data; boundary=b", Ok("b")),
        ("MultiPart/Form-Data ;\t BOUNDARY=b", Ok("b")),
        ("multipart/form-data; charset=utf-8; boundary=b;", Ok("b")),
        ("multipart/form-data;; boundary=b ; x=y", Ok("b")),
        ("multipart/form-data; boundary=\"a b\"", Ok("a b")),
        ("multipart/form-data; boundary=\"b;x=y\"", Err(E::InvalidBoundary)),
        ("multipart/form-data; x=\"; boundary=c\"; boundary=b", Ok("b")),
        ("multipart/form-data; boundary=----=_Part_1:2/3", Ok("----=_Part_1:2/3")),
        // Outside of the grammar of RFC 2046, with one possible reading.
        (&format!("multipart/form-data; boundary={long}"), Ok(&long)),
        ("multipart/form-data; boundary=*****", Ok("*****")),
        ("multipart/form-data; boundary=a&b", Ok("a&b")),
        ("multipart/form-data; boundary={0a1b-2c}", Ok("{0a1b-2c}")),
        ("multipart/form-data; boundary=\"{0a1b-2c}\"", Ok("{0a1b-2c}")),
        ("multipart/form-data; boundary=[a]#b|c~d%e^f`g@h!$<>", Ok("[a]#b|c~d%e^f`g@h!$<>")),
        ("multipart/form-data; boundary = b", Ok("b")),
        ("multipart/form-data; boundary=\t\"a b\" ; x = y", Ok("a b")),
        ("multipart/form-data; x=; boundary=b", Ok("b")),
        ("multipart/form-data; boundary=a\\b", Err(E::InvalidBoundary)),
        ("multipart/form-data; boundary=\"a\\b\"", Err(E::InvalidBoundary)),
        ("multipart/form-data; boundary=\"a\\\"b\"", Err(E::InvalidBoundary)),
        ("multipart/form-data; boundary=a\tb", Err(E::InvalidBoundary)),
        ("multipart/form-data; boundary=a, multipart/form-data; x=y", Err(E::InvalidBoundary)),
        ("multipart/form-data; boundary=a; boundary=b", Err(E::InvalidBoundary)),
        ("multipart/form-data; boundary=\"b \"", Err(E::InvalidBoundary)),
        ("multipart/form-data; boundary=\"\"", Err(E::InvalidBoundary)),
        ("multipart/form-data; boundary=", Err(E::InvalidBoundary)),
        ("multipart/form-data; boundary=\"b", Err(E::InvalidBoundary)),
        ("multipart/form-data; boundary=\"b\"c", Err(E::InvalidBoundary)),
        ("multipart/form-data; boundary=a b", Err(E::InvalidBoundary)),
        ("multipart/form-data; boundary=a\"b", Err(E::InvalidBoundary)),
        ("multipart/form-data; boundary= b", Ok("b")),
        ("multipart/form-data; boundary=bü", Err(E::InvalidBoundary)),
        ("multipart/form-data; boundary=a; boundary=a", Err(E::InvalidBoundary)),
        ("multipart/form-data; boundary", Err(E::InvalidBoundary)),
        ("multipart/form-data; =b", Err(E::InvalidBoundary)),
        ("multipart/form-data", Err(E::MissingBoundary)),
        ("multipart/form-data; xboundary=b", Err(E::MissingBoundary)),
        ("multipart/mixed; boundary=b", Err(E::NotFormData)),
        ("text/plain", Err(E::NotFormData)),
        ("", Err(E::NotFormData)),
    ];
    for (content_type, expected) in cases {
        let found = boundary_of(content_type.as_bytes());
        let found = found.as_ref().map(|b| std::str::from_utf8(b.as_bytes()).unwrap());
        assert_eq!(found, expected.as_ref().copied(), "{content_type}");
    }
}

#[test]
fn decodes_bodies_at_every_split() {
    let (a, b) = (head("a"), head("b"));
    let cases: &[(&str, String, Vec<Part>)] = &[
        ("one part", format!("--B\r\n{a}x\r\n--B--\r\n"), vec![part("a", b"x")]),
        (
            "two parts",
            format!("--B\r\n{a}x\r\n--B\r\n{b}y\r\n--B--"),
            vec![part("a", b"x"), part("b", b"y")],
        ),
        ("preamble", format!("ignore\r\n--A\r\n--B\r\n{a}x\r\n--B--"), vec![part("a", b"x")]),
        ("preamble of one line end", format!("\r\n--B\r\n{a}x\r\n--B--"), vec![part("a", b"x")]),
        // RFC 2046 section 5.1.1: a delimiter starts a line, the first one too.
        ("preamble that does not end its line", format!("x--B\r\n{a}x\r\n--B--"), vec![]),
        (
            "preamble with the boundary inside a line",
            format!("x--B\r\n--B\r\n{a}x\r\n--B--"),
            vec![part("a", b"x")],
        ),
        ("epilogue", format!("--B\r\n{a}x\r\n--B--\r\n--B\r\nignored"), vec![part("a", b"x")]),
        (
            "transport padding",
            format!("--B \t \r\n{a}x\r\n--B\t\r\n{b}y\r\n--B-- \t\r\n"),
            vec![part("a", b"x"), part("b", b"y")],
        ),
        ("empty part", format!("--B\r\n{a}\r\n--B--"), vec![part("a", b"")]),
        (
            "part without the empty line's own CRLF",
            format!("--B\r\n{a}--B--"),
            vec![part("a", b"")],
        ),
        (
            "line ends before the delimiter",
            format!("--B\r\n{a}\r\n\r\r\n\r\n--B--"),
            vec![part("a", b"\r\n\r\r\n")],
        ),
        ("only a CR", format!("--B\r\n{a}\r\r\n--B--"), vec![part("a", b"\r")]),
        (
            "LF before the boundary is data",
            format!("--B\r\n{a}x\n--B\r\n--B--"),
            vec![part("a", b"x\n--B")],
        ),
        (
            "look-alikes",
            format!("--B\r\n{a}\r\n--\r\n-\r\n--b\r\r\n--A--\r\n--B--"),
            vec![part("a", b"\r\n--\r\n-\r\n--b\r\r\n--A--")],
        ),
        ("closing delimiter alone", "--B--\r\n".into(), vec![]),
        (
            "the charset field is a part like any other",
            format!("--B\r\n{}utf-8\r\n--B--", head("_charset_")),
            vec![part("_charset_", b"utf-8")],
        ),
    ];
    for (what, body, expected) in cases {
        let decoded = decode_everywhere(b"B", Limits::default(), body.as_bytes());
        assert_eq!(decoded.as_ref(), Ok(expected), "{what}");
    }
}

#[test]
fn refuses_broken_bodies_at_every_split() {
    let a = head("a");
    let cases: &[(&str, String, MultipartError)] = &[
        ("nothing", String::new(), E::CutShort),
        ("no delimiter", "just text".into(), E::CutShort),
        ("another boundary", format!("--A\r\n{a}x\r\n--A--"), E::CutShort),
        ("end in a delimiter", format!("--B\r\n{a}x\r\n--B"), E::CutShort),
        ("end in the closing hyphens", format!("--B\r\n{a}x\r\n--B-"), E::CutShort),
        (
            "end in a head",
            "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n".into(),
            E::CutShort,
        ),
        ("no closing delimiter", format!("--B\r\n{a}x\r\n"), E::CutShort),
        ("LF behind a delimiter", format!("--B\n{a}x\r\n--B--"), E::InvalidLineEnd),
        ("LF behind padding", format!("--B \n{a}x\r\n--B--"), E::InvalidLineEnd),
        ("CR alone behind a delimiter", format!("--B\r{a}x\r\n--B--"), E::InvalidDelimiter),
        ("longer boundary", format!("--Bx\r\n{a}x\r\n--B--"), E::InvalidDelimiter),
        ("delimiter in the data", format!("--B\r\n{a}\r\n--Bx\r\n--B--"), E::InvalidDelimiter),
        ("one hyphen", format!("--B\r\n{a}x\r\n--B-\r\n"), E::InvalidDelimiter),
        ("no fields", "--B\r\n\r\nx\r\n--B--".into(), E::MissingDisposition),
    ];
    for (what, body, expected) in cases {
        let decoded = decode_everywhere(b"B", Limits::default(), body.as_bytes());
        assert_eq!(decoded, Err(*expected), "{what}");
    }
}

#[test]
fn limits_the_number_of_parts() {
    let body = format!("--B\r\n{0}x\r\n--B\r\n{0}y\r\n--B--", head("a"));
    let limits = |max_parts| Limits { max_parts, ..Limits::default() };
    assert_eq!(decode_everywhere(b"B", limits(2), body.as_bytes()).map(|p| p.len()), Ok(2));
    assert_eq!(decode_everywhere(b"B", limits(1), body.as_bytes()), Err(E::TooManyParts));
    assert_eq!(decode_everywhere(b"B", limits(0), b"--B--"), Ok(vec![]));
}

#[test]
fn limits_the_head_of_a_part_exactly() {
    let fields = head("a");
    let body = format!("--B\r\n{fields}x\r\n--B--");
    let limits = |part_head_bytes| Limits { part_head_bytes, ..Limits::default() };
    let exact = decode_everywhere(b"B", limits(fields.len()), body.as_bytes());
    assert_eq!(exact, Ok(vec![part("a", b"x")]));
    for less in [fields.len() - 1, 2, 1, 0] {
        let decoded = decode_everywhere(b"B", limits(less), body.as_bytes());
        assert_eq!(decoded, Err(E::HeadTooLarge), "{less}");
    }
}

#[test]
fn keeps_no_more_of_an_endless_head_than_its_limit() {
    let mut decoder = decoder(b"B", Limits { part_head_bytes: 100, ..Limits::default() });
    decoder.feed(Bytes::from_static(b"--B\r\n"));
    for fed in 1..=100 {
        assert_eq!(decoder.poll(), Ok(Event::NeedInput));
        assert_eq!(decoder.buffered(), fed - 1);
        decoder.feed(Bytes::from_static(b"x"));
    }
    assert_eq!(decoder.poll(), Err(E::HeadTooLarge));
    assert_eq!(decoder.buffered(), 0);
}

#[test]
fn returns_data_immediately_and_without_copying() {
    let piece = Bytes::from(format!("--B\r\n{}data\r\n--", head("a")));
    let mut decoder = decoder(b"B", Limits::default());
    decoder.feed(piece.clone());
    assert!(matches!(decoder.poll(), Ok(Event::Part(_))));
    let Ok(Event::Data(data)) = decoder.poll() else { panic!("no data") };
    assert_eq!(data, "data");
    assert!(piece.as_ptr_range().contains(&data.as_ptr()));
    assert_eq!(decoder.poll(), Ok(Event::NeedInput));

    decoder.feed(Bytes::from_static(b"A"));
    assert_eq!(decoder.poll(), Ok(Event::Data(Bytes::from_static(b"\r\n--"))));
    assert_eq!(decoder.poll(), Ok(Event::Data(Bytes::from_static(b"A"))));
    assert_eq!(decoder.poll(), Ok(Event::NeedInput));
}

#[test]
fn joins_a_piece_fed_before_the_last_is_used_up() {
    let body = format!("--B\r\n{}data\r\n--B--", head("a"));
    let mut early = decoder(b"B", Limits::default());
    for piece in body.as_bytes().chunks(7) {
        early.feed(Bytes::copy_from_slice(piece));
    }
    assert_eq!(decode(early, []), Ok(vec![part("a", b"data")]));
}

#[test]
fn repeats_end_and_keeps_nothing_of_the_epilogue() {
    let mut decoder = decoder(b"B", Limits::default());
    decoder.feed(Bytes::from_static(b"--B--\r\nepilogue"));
    assert_eq!(decoder.poll(), Ok(Event::End));
    decoder.feed(Bytes::from_static(b"--B\r\n"));
    decoder.finish();
    assert_eq!(decoder.poll(), Ok(Event::End));
    assert_eq!(decoder.buffered(), 0);
}

#[test]
fn repeats_an_error_for_all_later_input() {
    let mut decoder = decoder(b"B", Limits::default());
    decoder.feed(Bytes::from_static(b"--B\n"));
    assert_eq!(decoder.poll(), Err(E::InvalidLineEnd));
    decoder.feed(Bytes::from_static(b"--B--"));
    decoder.finish();
    assert_eq!(decoder.poll(), Err(E::InvalidLineEnd));
    assert_eq!(decoder.buffered(), 0);
}

#[test]
fn limits_have_status_413_and_other_errors_400() {
    let cases = [
        (E::NotFormData, 400, "content type is not multipart/form-data"),
        (E::MissingBoundary, 400, "missing multipart boundary"),
        (E::InvalidBoundary, 400, "invalid multipart boundary"),
        (E::InvalidDelimiter, 400, "invalid multipart delimiter"),
        (E::InvalidLineEnd, 400, "invalid line end in a part"),
        (E::InvalidField, 400, "invalid field line in a part"),
        (E::RepeatedField, 400, "repeated field in a part"),
        (E::MissingDisposition, 400, "part without Content-Disposition"),
        (E::InvalidDisposition, 400, "invalid Content-Disposition"),
        (E::MissingName, 400, "part without a name"),
        (E::HeadTooLarge, 413, "part head too large"),
        (E::TooManyParts, 413, "too many parts"),
        (E::CutShort, 400, "multipart body cut short"),
    ];
    for (error, status, text) in cases {
        assert_eq!((error.status().as_u16(), error.to_string().as_str()), (status, text));
    }
}
