//! Body decoding: tables by section of RFC 9112, and properties over every split of the input.

use bytes::BytesMut;
use proptest::prelude::*;

use super::{Decoded, Decoder, Limits};
use crate::PeerError;
use crate::http1::response::{CHUNK_END, LAST_CHUNK, push_chunk_prefix, push_last_chunk};

const LIMITS: Limits = Limits { body_size: 1 << 20, trailer_size: 256, trailer_fields: 4 };

/// Everything that can be seen of a decoder, independent of where pieces begin and end.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    data: Vec<u8>,
    outcome: Result<Decoded, PeerError>,
    rest: Vec<u8>,
    received: u64,
    trailers: Vec<(String, Vec<u8>)>,
}

type Method = fn(&mut Decoder, &mut BytesMut, usize, &Limits) -> Result<Decoded, PeerError>;

fn run(mut body: Decoder, method: Method, pieces: &[&[u8]], max: usize, limits: &Limits) -> Seen {
    let mut input = BytesMut::new();
    let (mut data, mut outcome) = (Vec::new(), Ok(Decoded::NeedInput));
    for piece in pieces {
        input.extend_from_slice(piece);
        while !matches!(outcome, Ok(Decoded::End) | Err(_)) {
            outcome = method(&mut body, &mut input, max, limits);
            match &outcome {
                Ok(Decoded::Data(bytes)) => {
                    assert!(!bytes.is_empty() && bytes.len() <= max.max(1));
                    data.extend_from_slice(bytes);
                }
                Ok(Decoded::NeedInput) => break,
                Ok(Decoded::End) | Err(_) => {}
            }
        }
    }
    assert_eq!(method(&mut body, &mut input, max, limits), outcome, "the end repeats itself");
    assert_eq!(body.is_done(), outcome == Ok(Decoded::End));
    assert_eq!(body.on_eof().is_ok(), body.is_done());
    let trailers = body.trailers().map_or_else(Vec::new, |trailers| {
        trailers.iter().map(|(name, value)| (name.to_owned(), value.to_vec())).collect()
    });
    Seen { data, outcome, rest: input.to_vec(), received: body.received(), trailers }
}

fn whole(wire: &[u8]) -> Seen {
    run(Decoder::chunked(), Decoder::decode, &[wire], usize::MAX, &LIMITS)
}

fn bytewise(wire: &[u8]) -> Seen {
    let pieces: Vec<&[u8]> = wire.chunks(1).collect();
    run(Decoder::chunked(), Decoder::decode, &pieces, usize::MAX, &LIMITS)
}

/// A chunked body that must be taken, at once and byte by byte, with this payload.
fn accepts(wire: &[u8], payload: &[u8]) -> Seen {
    let shown = wire.escape_ascii();
    let mut wire = wire.to_vec();
    wire.extend_from_slice(b"GET");
    let mut seen = whole(&wire);
    assert_eq!(seen.outcome, Ok(Decoded::End), "{shown}");
    assert_eq!(seen.data, payload, "{shown}");
    assert_eq!(seen.received, payload.len() as u64, "{shown}");
    assert_eq!(seen.rest, b"GET", "{shown}");
    let slow = bytewise(&wire);
    assert_eq!(slow.rest, b"GET", "{shown}");
    assert_eq!(slow, seen, "{shown}");
    seen.rest.clear();
    seen
}

/// A chunked body that must be refused, at once and byte by byte.
fn refuses(wire: &[u8], error: PeerError) {
    let shown = wire.escape_ascii();
    assert_eq!(whole(wire).outcome, Err(error), "{shown}");
    assert_eq!(bytewise(wire).outcome, Err(error), "{shown}, byte by byte");
}

#[test]
fn no_body_is_over_at_once() {
    let seen = run(Decoder::none(), Decoder::decode, &[b"GET"], 10, &LIMITS);
    assert_eq!((seen.outcome, seen.rest), (Ok(Decoded::End), b"GET".to_vec()));
    assert_eq!(Decoder::none().remaining(), Some(0));
}

// Section 6.2.
#[test]
fn counted_body_ends_after_its_length() {
    for method in [Decoder::decode as Method, Decoder::decode_raw] {
        for max in [0, 1, 2, 5, 100] {
            let seen = run(Decoder::length(5), method, &[b"he", b"", b"lloGET"], max, &LIMITS);
            assert_eq!(seen.data, b"hello");
            assert_eq!(seen.outcome, Ok(Decoded::End));
            assert_eq!(seen.rest, b"GET");
            assert_eq!(seen.received, 5);
        }
    }
    let mut body = Decoder::length(5);
    assert_eq!(body.decode(&mut "he".into(), 9, &LIMITS), Ok(Decoded::Data("he".into())));
    assert_eq!((body.received(), body.remaining()), (2, Some(3)));
    assert!(Decoder::length(0).is_done());
}

// Section 8.
#[test]
fn cut_short_body_is_no_whole_body() {
    for wire in ["", "5", "5\r\n", "5\r\nhello", "5\r\nhello\r\n0\r\n", "0\r\na: b\r\n"] {
        let seen = whole(wire.as_bytes());
        assert_eq!(seen.outcome, Ok(Decoded::NeedInput), "{wire:?}");
        assert!(seen.trailers.is_empty());
    }
    assert_eq!(Decoder::chunked().on_eof(), Err(PeerError::BodyCutShort));
    assert_eq!(Decoder::length(1).on_eof(), Err(PeerError::BodyCutShort));
    assert_eq!(Decoder::length(0).on_eof(), Ok(()));
}

// RFC 9110 section 15.5.14: payload only, at once, and with the limit of the moment.
#[test]
fn counted_body_over_the_limit_is_refused_before_its_first_byte() {
    let limits = |body_size| Limits { body_size, ..LIMITS };
    let mut body = Decoder::length(5);
    let mut input = BytesMut::from("hello");
    assert_eq!(body.decode(&mut input, 9, &limits(4)), Err(PeerError::BodyTooLarge));
    assert_eq!(&input[..], b"hello");
    assert_eq!(body.decode(&mut input, 2, &limits(5)), Ok(Decoded::Data("he".into())));
    assert_eq!(body.decode(&mut input, 2, &limits(4)), Err(PeerError::BodyTooLarge));
    assert_eq!(body.decode(&mut input, 9, &limits(5)), Ok(Decoded::Data("llo".into())));
    assert_eq!(body.decode(&mut input, 9, &limits(0)), Ok(Decoded::End));
    let mut huge = Decoder::length(u64::MAX);
    assert_eq!(huge.decode(&mut input, 9, &limits(u64::MAX)), Ok(Decoded::NeedInput));
}

#[test]
fn chunk_size_over_the_limit_is_refused_without_waiting() {
    let limits = Limits { body_size: 20, ..LIMITS };
    for (wire, wanted) in [
        ("14\r\n01234567890123456789\r\n0;framing=does-not-count\r\n\r\n", Ok(Decoded::End)),
        ("a\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n", Ok(Decoded::End)),
        ("15", Err(PeerError::BodyTooLarge)),
        ("0000000000000015", Err(PeerError::BodyTooLarge)),
        ("FFFFFFFFFFFFFFFF", Err(PeerError::BodyTooLarge)),
        ("a\r\n0123456789\r\nb", Err(PeerError::BodyTooLarge)),
        ("14\r\n01234567890123456789\r\n1", Err(PeerError::BodyTooLarge)),
    ] {
        for size in [1, 3, 1000] {
            let pieces: Vec<&[u8]> = wire.as_bytes().chunks(size).collect();
            let seen = run(Decoder::chunked(), Decoder::decode, &pieces, 100, &limits);
            assert_eq!(seen.outcome, wanted, "{wire:?} by {size}");
        }
    }
    let endless = Limits { body_size: u64::MAX, ..LIMITS };
    for (wire, wanted) in [
        ("FFFFFFFFFFFFFFFF\r\n", Ok(Decoded::NeedInput)),
        ("1\r\na\r\nFFFFFFFFFFFFFFFF", Err(PeerError::BodyTooLarge)),
    ] {
        let pieces: [&[u8]; 1] = [wire.as_bytes()];
        let seen = run(Decoder::chunked(), Decoder::decode, &pieces, 100, &endless);
        assert_eq!(seen.outcome, wanted, "{wire:?}");
    }
}

#[test]
fn limit_may_change_in_the_middle_of_a_chunk() {
    let limits = |body_size| Limits { body_size, ..LIMITS };
    let mut body = Decoder::chunked();
    let mut input = BytesMut::from("5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n");
    assert_eq!(body.decode(&mut input, 2, &limits(4)), Err(PeerError::BodyTooLarge));
    assert_eq!(body.decode(&mut input, 2, &limits(5)), Ok(Decoded::Data("he".into())));
    assert_eq!(body.decode(&mut input, 2, &limits(4)), Err(PeerError::BodyTooLarge));
    assert_eq!(body.decode(&mut input, 9, &limits(5)), Ok(Decoded::Data("llo".into())));
    assert_eq!(body.decode(&mut input, 9, &limits(5)), Err(PeerError::BodyTooLarge));
    assert_eq!(body.decode(&mut input, 9, &limits(6)), Ok(Decoded::Data("!".into())));
    assert_eq!(body.decode(&mut input, 9, &limits(0)), Ok(Decoded::End));
}

// Section 7.1.
#[test]
fn chunk_sizes_follow_the_grammar() {
    for wire in [
        "5\r\nhello\r\n0\r\n\r\n",
        "005\r\nhello\r\n000\r\n\r\n",
        "0000000000000005\r\nhello\r\n0000000000000000\r\n\r\n",
        "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
        "1\r\nh\r\n1\r\ne\r\n1\r\nl\r\n1\r\nl\r\n1\r\no\r\n0\r\n\r\n",
    ] {
        accepts(wire.as_bytes(), b"hello");
    }
    accepts(b"0\r\n\r\n", b"");
    for size in ["1a", "1A", "01a", "1a;x"] {
        let wire = format!("{size}\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n");
        accepts(wire.as_bytes(), b"abcdefghijklmnopqrstuvwxyz");
    }
    for size in [
        "",
        "+5",
        "-5",
        "0x5",
        "5x",
        "g",
        " 5",
        "\t5",
        "5 ",
        "5 5",
        "5\t",
        "1_0",
        "5,",
        "00000000000000005",
        "00000000000000000",
        "\u{665}",
        "5\0",
        "\r\n5",
        "\n",
        ";a",
    ] {
        refuses(format!("{size}\r\nhello\r\n0\r\n\r\n").as_bytes(), PeerError::InvalidChunkSize);
    }
}

// Sections 2.2 and 7.1: a lenient line end is a way to smuggle a request.
#[test]
fn bare_line_ends_in_framing_are_refused() {
    for wire in ["5\nhello", "5\rhello", "5\r\rhello", "5;a\nhello", "5;a=\"\n\"", "5;a=\"\r\n\""] {
        refuses(wire.as_bytes(), PeerError::InvalidChunkSize);
    }
    for wire in ["5\r\nhello\n0\r\n", "5\r\nhello\r0", "5\r\nhello0\r\n", "5\r\nhellox\r\n"] {
        refuses(wire.as_bytes(), PeerError::InvalidChunkEnd);
    }
    for wire in ["0\r\n\n", "0\r\n\rx", "0\r\na: b\n\r\n", "0\r\na: b\r\n\n", "0\r\na: b\rc\r\n"] {
        refuses(wire.as_bytes(), PeerError::InvalidTrailer);
    }
}

// Section 7.1.1.
#[test]
fn extensions_are_parsed_over() {
    for extension in [
        ";a",
        ";a=b",
        ";a;b;c=d",
        " ;a",
        "\t ; a",
        " ; a = b ; c",
        ";a=\"\"",
        ";a=\"x y;z\"",
        ";a=\"\\\"\\\\\"",
        ";a=\"\x7c\t\u{e9}\"",
        ";a=\"b\" ;c",
        ";!#$%&'*+-.^_`|~=1",
    ] {
        let wire = format!("5{extension}\r\nhello\r\n0{extension}\r\n\r\n");
        accepts(wire.as_bytes(), b"hello");
    }
    for extension in [
        ";",
        "; ",
        ";;a",
        ";a ",
        ";a b",
        ";a=",
        ";a= ",
        ";a=b ",
        ";a=b c",
        ";a==b",
        ";=b",
        ";a=\"b",
        ";a=\"b\"c",
        ";a=\"b\" ",
        ";a=b\"c\"",
        ";a=\"\0\"",
        ";a=\"\\\x01\"",
        ";a=\"\x7f\"",
        ";\u{e9}",
        ";a\0",
        " x",
        " 5;a",
        "a b;c",
    ] {
        let wire = format!("5{extension}\r\nhello\r\n0\r\n\r\n");
        refuses(wire.as_bytes(), PeerError::InvalidChunkSize);
    }
}

#[test]
fn extensions_are_bounded_by_the_payload_plus_an_allowance() {
    let long = |bytes: usize| format!("1;{}", "x".repeat(bytes - 1));
    let allowance = 16 << 10;
    accepts(format!("{}\r\na\r\n0\r\n\r\n", long(allowance)).as_bytes(), b"a");
    refuses(long(allowance + 1).as_bytes(), PeerError::ChunkOverheadTooLarge);
    refuses(format!("1;a=\"{}", "\t".repeat(allowance)).as_bytes(), {
        PeerError::ChunkOverheadTooLarge
    });
    refuses(format!("1{}", " ".repeat(allowance + 1)).as_bytes(), PeerError::ChunkOverheadTooLarge);
    // In small portions as well: one byte of payload pays for one byte of extension, not for two.
    refuses("1;a\r\nx\r\n".repeat(allowance + 1).as_bytes(), PeerError::ChunkOverheadTooLarge);
    let signed = format!("64;sig={}\r\n{}\r\n", "f".repeat(64), "x".repeat(100)).repeat(1_000);
    accepts(format!("{signed}0\r\n\r\n").as_bytes(), "x".repeat(100_000).as_bytes());
}

// Section 7.1.2.
#[test]
fn trailers_are_read() {
    let wire =
        b"5\r\nhello\r\n0\r\nETag: \"x\"\r\nx-sum:\t 1 2 \t\r\nX-Empty:\r\nX-SUM: \xe9\r\n\r\n";
    let seen = accepts(wire, b"hello");
    let wanted: [(&str, &[u8]); 4] =
        [("etag", b"\"x\""), ("x-sum", b"1 2"), ("x-empty", b""), ("x-sum", b"\xe9")];
    assert_eq!(seen.trailers, wanted.map(|(name, value)| (name.to_owned(), value.to_vec())));

    let mut body = Decoder::chunked();
    let mut input = BytesMut::from(&wire[..]);
    assert_eq!(body.decode(&mut input, 4, &LIMITS), Ok(Decoded::Data("hell".into())));
    assert!(body.take_trailers().is_none());
    assert_eq!(body.decode(&mut input, 4, &LIMITS), Ok(Decoded::Data("o".into())));
    assert_eq!(body.decode(&mut input, 4, &LIMITS), Ok(Decoded::End));
    assert_eq!(body.trailers().and_then(|trailers| trailers.get("X-Sum")), Some(&b"1 2"[..]));
    let trailers = body.take_trailers().unwrap();
    assert_eq!((trailers.len(), trailers.get("sum")), (4, None));
    assert!(body.trailers().is_none() && body.take_trailers().is_none());
}

#[test]
fn trailers_break_no_rule_of_fields() {
    for line in [
        "a",
        ": b",
        "a : b",
        " a: b",
        "\ta: b",
        "a b: c",
        "a: b\0",
        "a: \x01",
        "a: \x7f",
        "a: b\r\n c",
        "\u{e9}: b",
        "a(: b",
    ] {
        refuses(format!("0\r\n{line}\r\n\r\n").as_bytes(), PeerError::InvalidTrailer);
        refuses(format!("0\r\nok: ok\r\n{line}\r\n\r\n").as_bytes(), PeerError::InvalidTrailer);
    }
}

// RFC 9110 section 6.5.1.
#[test]
fn trailers_that_come_too_late_are_dropped() {
    for name in [
        "Content-Length",
        "transfer-encoding",
        "TRAILER",
        "Host",
        "Content-Type",
        "Content-Encoding",
        "Connection",
        "Authorization",
        "Proxy-Authorization",
        "Cookie",
        "If-None-Match",
        "Range",
        "Expect",
        "Cache-Control",
        "Sec-WebSocket-Key",
        "X-Forwarded-For",
    ] {
        let wire = format!("0\r\n{name}: 1\r\nx-kept: 2\r\n{name}: 3\r\n\r\n");
        assert_eq!(accepts(wire.as_bytes(), b"").trailers, [("x-kept".into(), b"2".to_vec())]);
        assert!(accepts(format!("0\r\n{name}: 1\r\n\r\n").as_bytes(), b"").trailers.is_empty());
    }
    for name in ["content-digest", "repr-digest", "etag", "server-timing", "x-hosts", "hosts"] {
        let wire = format!("0\r\n{name}: 1\r\n\r\n");
        assert_eq!(accepts(wire.as_bytes(), b"").trailers, [(name.into(), b"1".to_vec())]);
    }
}

#[test]
fn trailers_are_bounded() {
    let line = |bytes: usize| format!("0\r\na:{}\r\n\r\n", "x".repeat(bytes - 4));
    accepts(line(256).as_bytes(), b"");
    refuses(line(257).as_bytes(), PeerError::ChunkOverheadTooLarge);
    let endless = format!("0\r\n{}", "x".repeat(257));
    refuses(endless.as_bytes(), PeerError::ChunkOverheadTooLarge);
    let long = format!("0\r\n{}\r\n", format!("te:{}\r\n", "x".repeat(123)).repeat(3));
    refuses(long.as_bytes(), PeerError::ChunkOverheadTooLarge);
    accepts(format!("0\r\n{}\r\n", "a:\r\n".repeat(4)).as_bytes(), b"");
    // Fields that are dropped count as well.
    let many = format!("0\r\n{}\r\n", "te:\r\n".repeat(5));
    refuses(many.as_bytes(), PeerError::ChunkOverheadTooLarge);
}

#[test]
fn payload_comes_out_where_it_lay() {
    let mut input = BytesMut::from("8;a=b\r\nabcdefgh\r\n1000\r\n");
    let lies = input.as_ptr().wrapping_add(7);
    let mut body = Decoder::chunked();
    let Ok(Decoded::Data(data)) = body.decode(&mut input, 6, &LIMITS) else { panic!() };
    assert_eq!((data.as_ptr(), &data[..]), (lies, &b"abcdef"[..]));
    // A large chunk is not moved next to the one before it.
    input.extend_from_slice(&[b'x'; 4096]);
    assert_eq!(body.decode(&mut input, 9_999, &LIMITS), Ok(Decoded::Data("gh".into())));
    let Ok(Decoded::Data(data)) = body.decode(&mut input, 9_999, &LIMITS) else { panic!() };
    assert_eq!(data.len(), 4096);
}

#[test]
fn many_tiny_chunks_come_in_few_pieces() {
    let wire = "1\r\nx\r\n".repeat(100_000) + "0\r\n\r\n";
    let mut input = BytesMut::from(wire.as_bytes());
    let mut body = Decoder::chunked();
    for _ in 0..10 {
        let Ok(Decoded::Data(data)) = body.decode(&mut input, 10_000, &LIMITS) else { panic!() };
        assert_eq!(data.len(), 10_000);
    }
    assert_eq!(body.decode(&mut input, 10_000, &LIMITS), Ok(Decoded::End));
}

#[test]
fn payload_before_a_fault_is_handed_out() {
    for method in [Decoder::decode as Method, Decoder::decode_raw] {
        let mut body = Decoder::chunked();
        let mut input = BytesMut::from("1\r\na\r\n1\r\nb\r\nx\r\n");
        let Ok(Decoded::Data(_)) = method(&mut body, &mut input, 99, &LIMITS) else { panic!() };
        for _ in 0..2 {
            let again = method(&mut body, &mut input, 99, &LIMITS);
            assert_eq!(again, Err(PeerError::InvalidChunkSize));
            assert_eq!(&input[..], b"x\r\n");
        }
    }
}

#[test]
fn decoded_and_undecoded_reading_go_on_where_the_other_stopped() {
    let mut body = Decoder::chunked();
    let mut input = BytesMut::from("5\r\nhello\r\n1;a=b\r\n!\r\n0\r\nx-y: z\r\n\r\nGET");
    assert_eq!(body.decode(&mut input, 2, &LIMITS), Ok(Decoded::Data("he".into())));
    assert_eq!(body.decode_raw(&mut input, 7, &LIMITS), Ok(Decoded::Data("llo\r\n1;".into())));
    assert_eq!(body.decode(&mut input, 9, &LIMITS), Ok(Decoded::Data("!".into())));
    assert_eq!(body.received(), 6);
    assert_eq!(body.decode_raw(&mut input, 9, &LIMITS), Ok(Decoded::End));
    assert_eq!(&input[..], b"GET");
    assert_eq!(body.trailers().and_then(|trailers| trailers.get("x-y")), Some(&b"z"[..]));
}

/// A valid chunked body on the wire, its payload, and its trailers.
fn chunked_body() -> impl Strategy<Value = (Vec<u8>, Vec<u8>, Vec<(String, String)>)> {
    let extension = prop_oneof![
        4 => Just(String::new()),
        1 => "[ \t]{0,2};[ \t]{0,2}[a-z!#$]{1,5}([ \t]?=[ \t]?([a-z0-9]{1,5}|\"([ -!#-\\[\\]-~\t]|\\\\[ -~]){0,8}\"))?",
    ];
    let data = prop_oneof![
        8 => prop::collection::vec(any::<u8>(), 1..20),
        1 => prop::collection::vec(any::<u8>(), 900..1200),
    ];
    let chunk = (0..4usize, any::<bool>(), extension.clone(), data);
    let trailers = prop::collection::vec(("x-[a-z]{1,8}", "([!-~]([ -~]{0,10}[!-~])?)?"), 0..4);
    (prop::collection::vec(chunk, 0..12), extension, trailers).prop_map(
        |(chunks, extension, trailers)| {
            let (mut wire, mut payload) = (Vec::new(), Vec::new());
            for (zeros, upper, extension, data) in chunks {
                let size = format!("{}{:x}", "0".repeat(zeros), data.len());
                let size = if upper { size.to_uppercase() } else { size };
                wire.extend_from_slice(format!("{size}{extension}\r\n").as_bytes());
                wire.extend_from_slice(&data);
                wire.extend_from_slice(b"\r\n");
                payload.extend_from_slice(&data);
            }
            wire.extend_from_slice(format!("0{extension}\r\n").as_bytes());
            for (name, value) in &trailers {
                wire.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
            }
            wire.extend_from_slice(b"\r\n");
            (wire, payload, trailers)
        },
    )
}

/// Bytes that look enough like framing to reach every state.
fn almost_chunked() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        3 => prop::sample::select(vec![
            "\r\n", "1\r\nx\r\n", "3\r\n", "0\r\n", "abc", ";", "=", "\"", "\\", " ", "a: b\r\n",
            "te: b\r\n", "fffffff", "\n", "\r", "2;a=\"b\"\r\n", "xy\r\n", ":",
        ])
        .prop_map(|piece| piece.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 1..3),
    ];
    prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

/// Cuts `wire` at the given places, taken modulo its length.
fn cut<'a>(wire: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut at: Vec<usize> = cuts.iter().map(|cut| cut % (wire.len() + 1)).collect();
    at.extend([0, wire.len()]);
    at.sort_unstable();
    at.windows(2).map(|pair| &wire[pair[0]..pair[1]]).collect()
}

proptest! {
    #[test]
    fn every_split_decodes_alike(
        (wire, payload, trailers) in chunked_body(),
        cuts in prop::collection::vec(any::<usize>(), 0..8),
        max in prop_oneof![1..10usize, Just(usize::MAX)],
    ) {
        let limits = Limits { body_size: payload.len() as u64, ..LIMITS };
        let at_once = run(Decoder::chunked(), Decoder::decode, &[&wire], usize::MAX, &limits);
        prop_assert_eq!(&at_once.data, &payload);
        prop_assert_eq!(&at_once.outcome, &Ok(Decoded::End));
        prop_assert_eq!(at_once.received, payload.len() as u64);
        let names = trailers.iter().map(|(name, value)| (name.clone(), value.clone().into_bytes()));
        prop_assert_eq!(&at_once.trailers, &names.collect::<Vec<_>>());
        let pieces = cut(&wire, &cuts);
        prop_assert_eq!(&run(Decoder::chunked(), Decoder::decode, &pieces, max, &limits), &at_once);
        // One cut, everywhere.
        for at in 0..=wire.len() {
            let pieces = [&wire[..at], &wire[at..]];
            let split = run(Decoder::chunked(), Decoder::decode, &pieces, usize::MAX, &limits);
            prop_assert_eq!(&split, &at_once);
        }
    }

    #[test]
    fn undecoded_bytes_are_the_input(
        (wire, payload, _) in chunked_body(),
        cuts in prop::collection::vec(any::<usize>(), 0..8),
        max in prop_oneof![1..10usize, Just(usize::MAX)],
    ) {
        let mut with_next = wire.clone();
        with_next.extend_from_slice(b"0\r\n\r\n");
        let pieces = cut(&with_next, &cuts);
        let mut seen = run(Decoder::chunked(), Decoder::decode_raw, &pieces, max, &LIMITS);
        prop_assert_eq!(&seen.data, &wire);
        prop_assert_eq!(seen.received, payload.len() as u64);
        let decoded = run(Decoder::chunked(), Decoder::decode, &pieces, max, &LIMITS);
        seen.data = decoded.data.clone();
        prop_assert_eq!(seen, decoded);
    }

    #[test]
    fn hostile_bytes_are_judged_alike_in_every_split(
        wire in prop_oneof![almost_chunked(), prop::collection::vec(any::<u8>(), 0..40)],
        cuts in prop::collection::vec(any::<usize>(), 0..8),
        max in 0..10usize,
        body_size in prop_oneof![0..8u64, Just(u64::MAX)],
        trailer_size in 0..30usize,
    ) {
        let limits = Limits { body_size, trailer_size, trailer_fields: 2 };
        let body = Decoder::chunked;
        let at_once = run(body(), Decoder::decode, &[&wire], usize::MAX, &limits);
        let raw = run(body(), Decoder::decode_raw, &[&wire], max, &limits);
        let split = run(body(), Decoder::decode, &cut(&wire, &cuts), max, &limits);
        prop_assert_eq!(&at_once.outcome, &split.outcome);
        prop_assert_eq!(&at_once.outcome, &raw.outcome);
        prop_assert_eq!(&at_once.data, &split.data);
        prop_assert_eq!(&at_once.trailers, &split.trailers);
        prop_assert_eq!([raw.data, raw.rest].concat(), wire);
    }

    #[test]
    fn what_is_encoded_decodes_to_the_same(
        chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..3000), 0..6),
        trailers in prop::collection::vec(("x-[a-z]{1,8}", "[!-~]{0,9}"), 0..4),
    ) {
        let mut wire = Vec::new();
        for chunk in &chunks {
            push_chunk_prefix(&mut wire, chunk.len() as u64);
            wire.extend_from_slice(chunk);
            wire.extend_from_slice(CHUNK_END);
        }
        if trailers.is_empty() {
            wire.extend_from_slice(LAST_CHUNK);
        } else {
            let fields = trailers.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
            push_last_chunk(&mut wire, fields);
        }
        let seen = whole(&wire);
        prop_assert_eq!(seen.outcome, Ok(Decoded::End));
        prop_assert_eq!(seen.data, chunks.concat());
        let names = trailers.into_iter().map(|(name, value)| (name, value.into_bytes()));
        prop_assert_eq!(seen.trailers, names.collect::<Vec<_>>());
    }
}
