//! Whole heads through the parser: one table per rule, and every split gives the same result.

use super::*;

mod meaning;
mod splits;

/// Passes `input` in pieces that end at `cuts`, as a connection would.
fn parse_in_pieces(
    input: &[u8],
    cuts: &[usize],
    config: &Config,
) -> (Result<bool, PeerError>, RequestHead, BytesMut) {
    let mut parser = HeadParser::default();
    let mut head = RequestHead::default();
    let mut buffer = BytesMut::new();
    let mut start = 0;
    for end in cuts.iter().copied().chain([input.len()]) {
        buffer.extend_from_slice(&input[start..end]);
        start = end;
        let found = parser.parse(&mut buffer, config, &mut head);
        if found != Ok(false) {
            buffer.extend_from_slice(&input[start..]);
            return (found, head, buffer);
        }
    }
    (Ok(false), head, buffer)
}

/// Everything that a head contains.
fn contents(head: &RequestHead) -> impl PartialEq + std::fmt::Debug + use<> {
    let fields: Vec<_> = head.fields().iter().map(|(n, v)| (n.to_vec(), v.to_vec())).collect();
    (
        (head.method().clone(), head.version(), head.url().to_vec(), head.path().to_vec()),
        (head.query().map(<[u8]>::to_vec), head.host().map(<[u8]>::to_vec), fields),
        (head.body_length(), head.keep_alive(), head.expects_continue()),
        head.upgrade().map(<[u8]>::to_vec).collect::<Vec<_>>(),
    )
}

/// Parses at once and at every split in two, and byte by byte; all must agree.
fn parse_with(input: &[u8], config: &Config) -> Result<Option<RequestHead>, PeerError> {
    let (found, head, rest) = parse_in_pieces(input, &[], config);
    let every: Vec<usize> = (1..input.len()).collect();
    for cuts in every.iter().map(std::slice::from_ref).chain([&every[..]]) {
        let (other, other_head, other_rest) = parse_in_pieces(input, cuts, config);
        assert_eq!(other, found, "{} {cuts:?}", input.escape_ascii());
        assert_eq!(contents(&other_head), contents(&head));
        if found == Ok(true) {
            assert_eq!(other_rest, rest);
        }
    }
    Ok(found?.then_some(head))
}

fn parse(input: impl AsRef<[u8]>) -> Result<Option<RequestHead>, PeerError> {
    parse_with(input.as_ref(), &Config::default())
}

fn complete(input: impl AsRef<[u8]>) -> RequestHead {
    parse(input).unwrap().unwrap()
}

#[track_caller]
fn fails(input: impl AsRef<[u8]>, expected: PeerError) {
    let input = input.as_ref();
    assert_eq!(parse(input).map(|_| ()), Err(expected), "{}", input.escape_ascii());
}

#[test]
fn reads_a_whole_head() {
    let head = complete(
        "POST /a/b?c=d HTTP/1.1\r\nHost: example.com:80\r\nX-One:1\r\nX-Empty:\r\nX-Blank: \t \r\n\
         x-one:\t two words \t\r\nContent-Length: 7\r\nExpect: 100-Continue\r\n\
         Connection: Upgrade, close\r\nUpgrade: a/1, websocket\r\n\r\nbody",
    );
    assert_eq!(head.method(), Method::POST);
    assert_eq!(head.version(), Version::Http11);
    assert_eq!((head.url(), head.path()), (&b"/a/b?c=d"[..], &b"/a/b"[..]));
    assert_eq!(head.query(), Some(&b"c=d"[..]));
    assert_eq!(head.host(), Some(&b"example.com:80"[..]));
    assert_eq!(head.fields().len(), 9);
    assert!(head.fields().get_all("X-ONE").eq([&b"1"[..], b"two words"]));
    assert_eq!(head.fields().get("x-empty"), Some(&b""[..]));
    assert_eq!(head.fields().get("x-blank"), Some(&b""[..]));
    assert_eq!(head.fields().get("x-none"), None);
    assert_eq!(head.body_length(), BodyLength::Length(7));
    assert!(head.expects_continue() && !head.keep_alive());
    assert!(head.upgrade().eq([&b"a/1"[..], b"websocket"]));
}

/// A handler may keep a head for long; after an upgrade it lives as long as the connection.
#[test]
fn a_head_keeps_no_buffer() {
    let mut input = BytesMut::with_capacity(4_096);
    input.extend_from_slice(b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /");
    let mut head = RequestHead::default();
    let parsed = HeadParser::default().parse(&mut input, &Config::default(), &mut head);
    assert_eq!((parsed, &input[..]), (Ok(true), &b"GET /"[..]));
    assert!(input.try_reclaim(4_096 - input.len()));
    assert_eq!(head.fields().get("host"), Some(&b"a"[..]));
}

#[test]
fn an_input_without_more_begins_again() {
    let mut input = BytesMut::with_capacity(64);
    let (mut parser, mut head) = (HeadParser::default(), RequestHead::default());
    for _ in 0..4 {
        input.extend_from_slice(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(parser.parse(&mut input, &Config::default(), &mut head), Ok(true));
        assert_eq!((input.len(), input.capacity()), (0, 64));
    }
}

#[test]
fn leaves_what_follows_the_head() {
    let two = b"GET /1 HTTP/1.0\r\n\r\nGET /2 HTTP/1.0\r\nHost: a\r\n\r\n\r\n";
    let (mut parser, mut head) = (HeadParser::default(), RequestHead::default());
    let mut input = BytesMut::from(&two[..]);
    let config = Config::default();
    for url in [b"/1", b"/2"] {
        assert!(parser.started(&input));
        assert_eq!(parser.parse(&mut input, &config, &mut head), Ok(true));
        assert_eq!(head.url(), url);
    }
    assert_eq!(parser.parse(&mut input, &config, &mut head), Ok(false));
    assert!(input.is_empty() && !parser.started(&input));
    assert_eq!(contents(&head), contents(&RequestHead::default()));
}

#[test]
fn a_cleared_head_is_the_default_and_keeps_its_memory() {
    let mut input = BytesMut::from("PUT /a HTTP/1.0\r\nHost: b\r\nConnection: keep-alive\r\n\r\n");
    let (mut head, config) = (RequestHead::default(), Config::default());
    assert_eq!(head.url(), b"/");
    assert_eq!(HeadParser::default().parse(&mut input, &config, &mut head), Ok(true));
    let room = (head.raw.capacity(), head.fields.capacity());
    head.clear();
    assert_eq!((head.raw.capacity(), head.fields.capacity()), room);
    assert_eq!(contents(&head), contents(&RequestHead::default()));
}

/// RFC 9112 section 2.2.
#[test]
fn skips_a_few_empty_lines_before_the_request_line() {
    for lines in 1..=4 {
        let input = "\r\n".repeat(lines) + "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
        assert_eq!(complete(input).url(), b"/a");
    }
    assert!(parse("\r\n\r\n\r\n\r\n\r").unwrap().is_none());
    fails("\r\n\r\n\r\n\r\n\r\n", PeerError::InvalidRequestLine);
    fails("\n", PeerError::InvalidLineEnd);
    fails("\rGET", PeerError::InvalidLineEnd);
    fails("\r\n\nGET", PeerError::InvalidLineEnd);
}

#[test]
fn empty_lines_do_not_start_a_head() {
    let (mut parser, mut head) = (HeadParser::default(), RequestHead::default());
    let (mut input, config) = (BytesMut::new(), Config::default());
    for (piece, started) in
        [("", false), ("\r", false), ("\n", false), ("\r\nG", true), ("E", true)]
    {
        input.extend_from_slice(piece.as_bytes());
        assert_eq!(parser.parse(&mut input, &config, &mut head), Ok(false));
        assert_eq!(parser.started(&input), started, "{piece:?}");
    }
    assert_eq!(input, "GE");
}

/// RFC 9112 section 3.
#[test]
fn rejects_what_is_no_request_line() {
    for line in [
        "GET",
        "GET ",
        "GET /",
        "GET  / HTTP/1.1",
        "GET /  HTTP/1.1",
        "GET /a b HTTP/1.1",
        " GET / HTTP/1.1",
        "GET\t/ HTTP/1.1",
        "GET /\tHTTP/1.1",
        "GET / HTTP/1.1 ",
        "GET HTTP/1.1",
        "GET  HTTP/1.1",
        "GET / HTTP/1.1\t",
        "GET / HTTP/1",
        "GET / HTTP/1.",
        "GET / HTTP/1.10",
        "GET / HTTP/11.1",
        "GET / HTTP/a.1",
        "GET / HTTP/1.x",
        "GET / http/1.1",
        "GET / Http/1.1",
        "GET / HTTPS/1.1",
        "GET / HTTP 1.1",
        "GET /HTTP/1.1",
        "G@T / HTTP/1.1",
        "G(T) / HTTP/1.1",
        "G\u{e9}T / HTTP/1.1",
        "G\0T / HTTP/1.1",
        "GET: / HTTP/1.1",
        "\x0bGET / HTTP/1.1",
        "HTTP/1.1",
        "GET / HTTP/1.1\r",
        "GET / HTTP/1.1\0",
        "GET /\u{b}HTTP/1.1",
        "GET / HTTP/-1.1",
    ] {
        fails(format!("{line}\r\nHost: a\r\n\r\n"), PeerError::InvalidRequestLine);
    }
    for target in ["a", "*", "/\x01", "/#a", "/\x7f", "ftp://a/"] {
        fails(format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n"), PeerError::InvalidTarget);
    }
}

#[test]
fn takes_any_token_as_a_method_and_any_8_bit_byte_in_a_target() {
    for method in ["GET", "get", "QUERY", "M-SEARCH", "!#$%&'*+-.^_`|~09az", &"X".repeat(100)] {
        let head = complete(format!("{method} / HTTP/1.1\r\nHost: a\r\n\r\n"));
        assert_eq!(head.method(), method);
    }
    let head = complete(b"GET /\x80\xff\xc3?\xa9 HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!((head.path(), head.query()), (&b"/\x80\xff\xc3"[..], Some(&b"\xa9"[..])));
}

/// RFC 9110 sections 2.5 and 15.6.6.
#[test]
fn serves_every_minor_version_of_1_and_no_other_major_one() {
    for (version, expected) in [
        ("1.0", Version::Http10),
        ("1.1", Version::Http11),
        ("1.2", Version::Http11),
        ("1.9", Version::Http11),
    ] {
        let head = complete(format!("GET / HTTP/{version}\r\nHost: a\r\n\r\n"));
        assert_eq!(head.version(), expected);
    }
    for version in ["0.9", "2.0", "3.0", "9.9"] {
        fails(format!("GET / HTTP/{version}\r\n\r\n"), PeerError::UnsupportedVersion);
    }
}

#[test]
fn another_protocol_is_refused_before_it_is_complete() {
    fails("PRI * HTTP/2.0\r\n", PeerError::UnsupportedVersion);
    fails(b"\x16\x03\x01\x02\x00\x01\x00\x01", PeerError::InvalidRequestLine);
    fails(b"\x80", PeerError::InvalidRequestLine);
    fails("SSH-2.0-x\r\n", PeerError::InvalidRequestLine);
    fails("PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\n", PeerError::InvalidRequestLine);
    fails("{\"a\"", PeerError::InvalidRequestLine);
    fails("GET / HTTP/1.1\n", PeerError::InvalidLineEnd);
    fails("GET / HTTP/1.1\r\nA: b\n", PeerError::InvalidLineEnd);
}

/// RFC 9112 section 5.2: a server refuses a field line that is folded (obs-fold), or replaces the
/// fold.
#[test]
fn refuses_folded_field_lines() {
    for fold in [" c", "\tc", "  c: d", " ", "\t"] {
        for rest in ["", "Host: a\r\n"] {
            let head = format!("GET / HTTP/1.1\r\nA: b\r\n{fold}\r\n{rest}\r\n");
            fails(head, PeerError::InvalidField);
        }
    }
}

/// RFC 9112 section 2.2, 5.1 and 5.2; RFC 9110 section 5.5.
#[test]
fn rejects_field_lines_that_break_the_grammar() {
    for line in [
        "A",
        "A b",
        ": b",
        "A : b",
        "A\t: b",
        " A: b",
        "\tA: b",
        "A b: c",
        "A@: b",
        "\u{e9}: b",
        "A(: b",
        "\"A\": b",
        "A: \x01",
        "A: \x7f",
        "A: b\x0bc",
        "A: \x1b[0m",
        "A: b\x08",
        "A\x01: b",
    ] {
        for rest in ["", "Host: a\r\n"] {
            fails(format!("GET / HTTP/1.1\r\n{line}\r\n{rest}\r\n"), PeerError::InvalidField);
            fails(format!("GET / HTTP/1.1\r\n{rest}{line}\r\n\r\n"), PeerError::InvalidField);
        }
    }
    // Obsolete folding
    fails("GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n c\r\n\r\n", PeerError::InvalidField);
    fails("GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n\t\r\n\r\n", PeerError::InvalidField);
    let head = complete(b"GET / HTTP/1.1\r\nHost: a\r\nA: \t\x80 \xff\"(\tb\r\n\r\n");
    assert_eq!(head.fields().get("a"), Some(&b"\x80 \xff\"(\tb"[..]));
}

/// RFC 9112 section 2.2.
#[test]
fn rejects_line_ends_other_than_crlf() {
    for input in [
        "GET / HTTP/1.1\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\n",
        "GET / HTTP/1.1\nHost: a\n\n",
        "GET / HTTP/1.1\r\nA:\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nA: \nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nB: b\nC: c\r\n\r\n",
        "GET / HTTP/1.0\r\n\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\r\r\n",
        "GET / HTTP/1.1\r\nHost: a\rB: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n",
        "GET / HTTP/1.1\r\nA:\rb\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\0\r\n\r\n",
        "GET / HTTP/1.1\r\nA\0: a\r\n\r\n",
        "GET /\ra HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.0\r\n\ra\r\n\r\n",
    ] {
        fails(input, PeerError::InvalidLineEnd);
    }
    // Either the name or the CR is wrong, as the pieces come.
    let input = b"GET / HTTP/1.1\r\nHost: a\r\nB\r: b\r\n\r\n";
    for cut in 0..input.len() {
        assert!(parse_in_pieces(input, &[cut], &Config::default()).0.is_err());
    }
}

#[test]
fn the_limit_counts_everything_from_the_request_line_to_the_empty_line() {
    let input = "GET /0123456789 HTTP/1.1\r\nHost: a\r\nX-Fill: 0123456789abcdefghij\r\n\r\n";
    let limit = |client_max_header_size| Config { client_max_header_size, ..Config::default() };
    let full = input.len();
    assert!(parse_with(input.as_bytes(), &limit(full)).unwrap().is_some());
    let after_lines = "\r\n\r\n".to_owned() + input + "body";
    assert!(parse_with(after_lines.as_bytes(), &limit(full)).unwrap().is_some());
    let line = "GET /0123456789 HTTP/1.1\r\n".len();
    for size in 1..full {
        let expected = if size < line { PeerError::TargetTooLong } else { PeerError::HeadTooLarge };
        let found = parse_with(input.as_bytes(), &limit(size));
        assert_eq!(found.map(|_| ()), Err(expected), "{size}");
    }
    // Nothing more will help.
    assert!(parse_with(&input.as_bytes()[..full - 1], &limit(full)).unwrap().is_none());
    let found = parse_with(&input.as_bytes()[..full - 1], &limit(full - 1));
    assert_eq!(found.map(|_| ()), Err(PeerError::HeadTooLarge));
    assert!(parse_with(b"", &limit(0)).unwrap().is_none());
}

#[test]
fn the_number_of_fields_is_limited() {
    for max in [1, 2, 31, 32, 33, 100, 200, usize::MAX] {
        let config = Config { client_max_header_fields: max, ..Config::default() };
        let with = |n: usize| {
            let input =
                "GET / HTTP/1.1\r\nHost: a\r\n".to_owned() + &"a:\r\n".repeat(n - 1) + "\r\n";
            let (found, head, _) = parse_in_pieces(input.as_bytes(), &[], &config);
            found.map(|_| head.fields().len())
        };
        let most = max.min(1000);
        assert_eq!(with(most), Ok(most));
        if max < 1000 {
            assert_eq!(with(max + 1), Err(PeerError::TooManyFields));
        }
    }
}
