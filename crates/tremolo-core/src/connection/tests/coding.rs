//! Content codings on the way out (RFC 9110 sections 8.4 and 12.5.3), with a coding that can be
//! read: `aaab` goes out as `3a1b`, and the end as `.`.

use proptest::prelude::*;

use super::Say::{
    Chunked, Close, CloseKeepAlive, End, Send, Set, Status, Trailer, Write, WriteNone, Yield,
};
use super::*;
use crate::connection::{Codecs, CodingFailed, ContentEncoder, FileRegion};
use crate::error::Misuse;
use crate::exchange::ServerSentEvents;
use crate::negotiation::Coding;

/// Offers a coding for gzip, one that fails for br, and cannot make the one for zstd.
#[derive(Debug)]
struct Runs {
    offered: &'static [Coding],
}

#[derive(Debug)]
struct RunEncoder {
    fails: bool,
}

impl Codecs for Runs {
    fn decoder(&self, _: crate::content::ContentCoding) -> Option<Box<dyn crate::ContentDecoder>> {
        None
    }

    fn offered(&self) -> &[Coding] {
        self.offered
    }

    fn encoder(&self, coding: Coding) -> Option<Box<dyn ContentEncoder>> {
        (coding != Coding::Zstd).then(|| Box::new(RunEncoder { fails: coding == Coding::Br }) as _)
    }
}

impl ContentEncoder for RunEncoder {
    fn encode(&mut self, piece: &[u8], out: &mut Vec<u8>) -> Result<(), CodingFailed> {
        for run in piece.chunk_by(|a, b| a == b) {
            out.extend_from_slice(run.len().to_string().as_bytes());
            out.push(run[0]);
        }
        if self.fails { Err(CodingFailed) } else { Ok(()) }
    }

    fn finish(&mut self, last: &[u8], out: &mut Vec<u8>) -> Result<(), CodingFailed> {
        self.encode(last, out)?;
        out.push(b'.');
        Ok(())
    }
}

static GZIP: Runs = Runs { offered: &[Coding::Gzip] };
static ALL: Runs = Runs { offered: &[Coding::Zstd, Coding::Gzip, Coding::Br] };

fn wire(codecs: &'static Runs) -> Wire {
    let config = Config { compression: true, compression_min_size: 8, ..Config::default() };
    Wire::of(Settings::new(config).unwrap().with_codecs(codecs))
}

/// What goes out, without what is always there.
fn answer(wire: &mut Wire, request: &str, script: &[Say]) -> String {
    wire.feed(format!("{}\r\n\r\n", request.replace('|', "\r\n")).as_bytes());
    wire.say(script);
    wire.brief().replace("Connection: keep-alive|", "").replace("HTTP/1.1 200 OK|", "")
}

fn check(rows: &[(&str, &[Say], &str)]) {
    for &(request, script, expected) in rows {
        assert_eq!(answer(&mut wire(&GZIP), request, script), expected, "{request} {script:?}");
    }
}

const TAKES: &str = "GET / HTTP/1.1|Host: a|Accept-Encoding: gzip";
const TAKES_NOT: &str = "GET / HTTP/1.1|Host: a";
const HEAD: &str = "HEAD / HTTP/1.1|Host: a|Accept-Encoding: gzip";
const V10: &str = "GET / HTTP/1.0|Accept-Encoding: gzip";
const LONG: &str = "aaaaaaaaaabb";

#[test]
fn whole_bodies_have_the_length_of_what_goes_out() {
    let plain = "Vary: Accept-Encoding|Content-Length: 12||aaaaaaaaaabb";
    check(&[
        (
            TAKES,
            &[End(LONG)],
            "Vary: Accept-Encoding|Content-Encoding: gzip|Content-Length: 6||10a2b.",
        ),
        // Section 12.5.5: the response to a client that accepts none has `Vary` as well.
        (TAKES_NOT, &[End(LONG)], plain),
        ("GET / HTTP/1.1|Host: a|Accept-Encoding: br, gzip;q=0", &[End(LONG)], plain),
        ("GET / HTTP/1.1|Host: a|Accept-Encoding: identity, gzip;q=0.5", &[End(LONG)], plain),
        // Section 9.3.2: HEAD has the fields of GET.
        (HEAD, &[End(LONG)], "Vary: Accept-Encoding|Content-Encoding: gzip|Content-Length: 6||"),
        (
            HEAD,
            &[Set("Content-Length", "12"), End("")],
            "Vary: Accept-Encoding|Content-Encoding: gzip|Transfer-Encoding: chunked||",
        ),
        (
            V10,
            &[End(LONG)],
            "HTTP/1.0 200 OK|Vary: Accept-Encoding|Content-Encoding: gzip|Content-Length: 6|\
             Connection: close||10a2b.",
        ),
        (
            TAKES,
            &[Set("Content-Length", "12"), End(LONG)],
            "Vary: Accept-Encoding|Content-Encoding: gzip|Content-Length: 6||10a2b.",
        ),
        (
            TAKES,
            &[Chunked(true), End(LONG)],
            "Vary: Accept-Encoding|Content-Encoding: gzip|Transfer-Encoding: chunked||\
             6|10a2b.|0||",
        ),
        // It would grow, here or at the threshold.
        (TAKES, &[End("abcdefgh")], "Vary: Accept-Encoding|Content-Length: 8||abcdefgh"),
        (
            TAKES,
            &[End("aaaaaaaa")],
            "Vary: Accept-Encoding|Content-Encoding: gzip|\
             Content-Length: 3||8a.",
        ),
        (TAKES, &[End("aaaaaaa")], "Content-Length: 7||aaaaaaa"),
        (TAKES, &[End("")], "Content-Length: 0||"),
        (
            TAKES,
            &[Status(404), End(LONG)],
            "HTTP/1.1 404 Not Found|Vary: Accept-Encoding|Content-Encoding: gzip|\
             Content-Length: 6||10a2b.",
        ),
        // Less than declared is cut, as without a coding.
        (TAKES, &[Set("Content-Length", "13"), End(LONG)], "Content-Length: 13||aaaaaaaaaabb"),
    ]);
}

#[test]
fn streams_are_flushed_with_every_piece_and_lose_their_length() {
    let coded = "Vary: Accept-Encoding|Content-Encoding: gzip|Transfer-Encoding: chunked||";
    let rows: &[(&[Say], &str)] = &[
        (&[Yield("aa"), Yield(""), Yield("b")], "2|2a|2|1b|1|.|0||"),
        (&[Write("aa"), Write("")], "2|2a|1|.|0||"),
        (&[Write("aa"), Write(""), End("")], "2|2a|1|.|0||"),
        (&[Write("aa"), WriteNone], "2|2a|1|.|0||"),
        (&[Write("aa"), CloseKeepAlive], "2|2a|1|.|0||"),
        (&[Write("aa"), End("b")], "2|2a|2|1b|1|.|0||"),
        (&[Write("")], "1|.|0||"),
        // The declared length is checked, though it is not sent.
        (
            &[Set("Content-Length", "9"), Write("aaaaaaaa"), Write(""), Write("b")],
            "2|8a|2|1b|1|.|0||",
        ),
        (&[Set("Content-Length", "9"), Write("aaaaaaaa")], "2|8a|"),
        (
            &[Set("Content-Length", "8"), Write("aaaa"), Write("aaaaa"), End("bbbb")],
            "2|4a|2|4b|1|.|0||",
        ),
        // In chunks that the application asked for as well, where an empty piece is the end.
        (&[Chunked(true), Set("Content-Length", "8"), Write("aa"), Write("")], "2|2a|"),
        (
            &[Chunked(true), Set("Content-Length", "8"), Write("aaaaaaaa"), Write("a"), Write("")],
            "2|8a|1|.|0||",
        ),
        // Cut: no end of the coding, and no last chunk.
        (&[Write("aa"), Close], "2|2a|"),
        // Its own bytes from here on.
        (&[Write("aa"), Send("raw")], "2|2a|raw"),
        (&[Set("Content-Type", "text/event-stream"), Write("aa")], "2|2a|1|.|0||"),
    ];
    for &(script, body) in rows {
        let said = answer(&mut wire(&GZIP), TAKES, script);
        let said = said.replace("Content-Type: text/event-stream|", "");
        assert_eq!(said, format!("{coded}{body}"), "{script:?}");
        let said = answer(&mut wire(&GZIP), HEAD, script);
        let said = said.replace("Content-Type: text/event-stream|", "").replace("raw", "");
        assert_eq!(said, coded, "HEAD {script:?}");
    }
    // RFC 9112 section 6.3: HTTP/1.0 knows no chunks.
    let until_close = "HTTP/1.0 200 OK|Vary: Accept-Encoding|Content-Encoding: gzip|\
                       Connection: close||";
    check(&[
        (V10, &[Write("aa"), Write(""), Write("b")], &format!("{until_close}2a1b.")),
        (V10, &[Write("aa"), Close], &format!("{until_close}2a")),
        (
            "GET / HTTP/1.0|Connection: keep-alive|Accept-Encoding: gzip",
            &[Set("Content-Length", "8"), Write("aaaaaaaa")],
            &format!("{until_close}8a."),
        ),
    ]);
}

#[test]
fn some_responses_go_as_they_are() {
    let chunked = "Transfer-Encoding: chunked||2|aa|0||";
    check(&[
        (TAKES, &[Status(206), Write("aa")], &format!("HTTP/1.1 206 Partial Content|{chunked}")),
        (
            TAKES,
            &[Set("Content-Encoding", "x"), Write("aa")],
            &format!("Content-Encoding: x|{chunked}"),
        ),
        (
            TAKES,
            &[Set("Content-Type", "image/png"), Write("aa")],
            &format!("Content-Type: image/png|{chunked}"),
        ),
        (TAKES, &[Set("Content-Length", "7"), Write("aaaaaaa")], "Content-Length: 7||aaaaaaa"),
        (TAKES, &[Status(204), End("")], "HTTP/1.1 204 No Content||"),
        (TAKES, &[Send("raw bytes, many of them")], "raw bytes, many of them"),
    ]);
    let off = Config { compression: false, compression_min_size: 0, ..Config::default() };
    let mut off = Wire::of(Settings::new(off).unwrap().with_codecs(&GZIP));
    assert_eq!(answer(&mut off, TAKES, &[Write("aa")]), chunked);
    let mut without = Wire::with(Config { compression: true, ..Config::default() });
    assert_eq!(answer(&mut without, TAKES, &[Write("aa")]), chunked);
}

/// RFC 9110 sections 8.8.1 and 15.4.5; RFC 9111 section 4.3.4.
#[test]
fn strong_tags_become_weak_where_the_bytes_change() {
    let tag = Set("ETag", "\"x\"");
    check(&[
        (
            TAKES,
            &[tag, End(LONG)],
            "ETag: W/\"x\"|Vary: Accept-Encoding|Content-Encoding: gzip|Content-Length: 6||10a2b.",
        ),
        (
            TAKES_NOT,
            &[tag, End(LONG)],
            "ETag: \"x\"|Vary: Accept-Encoding|Content-Length: 12||aaaaaaaaaabb",
        ),
        (
            TAKES,
            &[Status(304), tag, End("")],
            "HTTP/1.1 304 Not Modified|ETag: W/\"x\"|Vary: Accept-Encoding||",
        ),
        (
            TAKES_NOT,
            &[Status(304), tag, End("")],
            "HTTP/1.1 304 Not Modified|ETag: \"x\"|Vary: Accept-Encoding||",
        ),
    ]);
}

/// RFC 9110 section 14.3: no range of the coded content can be had.
#[test]
fn ranges_are_offered_where_the_bytes_stay() {
    let offer = Set("Accept-Ranges", "bytes");
    let coded = "Vary: Accept-Encoding|Content-Encoding: gzip|";
    check(&[
        (TAKES, &[offer, End(LONG)], &format!("{coded}Content-Length: 6||10a2b.")),
        (HEAD, &[offer, End(LONG)], &format!("{coded}Content-Length: 6||")),
        (
            TAKES,
            &[offer, Write("aa"), End("b")],
            &format!("{coded}Transfer-Encoding: chunked||2|2a|2|1b|1|.|0||"),
        ),
        (
            TAKES_NOT,
            &[offer, End(LONG)],
            "Accept-Ranges: bytes|Vary: Accept-Encoding|Content-Length: 12||aaaaaaaaaabb",
        ),
        (TAKES, &[offer, End("aab")], "Accept-Ranges: bytes|Content-Length: 3||aab"),
        (
            TAKES,
            &[Status(304), offer, End("")],
            "HTTP/1.1 304 Not Modified|Vary: Accept-Encoding||",
        ),
        (
            TAKES,
            &[offer, Set("Content-Encoding", "gzip"), End(LONG)],
            "Accept-Ranges: bytes|Content-Encoding: gzip|Content-Length: 12||aaaaaaaaaabb",
        ),
    ]);
}

#[test]
fn a_handler_has_its_own_answer_until_the_head_is_out() {
    for (before, after) in [(true, "2a1b."), (false, "aab")] {
        let mut wire = Wire::of(
            Settings::new(Config { compression: !before, ..Config::default() })
                .unwrap()
                .with_codecs(&GZIP),
        );
        wire.feed(format!("{}\r\n\r\n", V10.replace('|', "\r\n")).as_bytes());
        wire.serve(|connection, now, _| {
            connection.ongoing().options().set_compression(before).unwrap();
            connection.ongoing().write(now, "aab".into()).unwrap();
            let late = connection.ongoing().options().set_compression(!before);
            assert_eq!(late, Err(Misuse::HeadAlreadySent.into()));
            connection.ongoing().handler_done(now);
        });
        assert!(wire.brief().ends_with(after), "{before}");
    }
}

#[test]
fn the_next_response_starts_anew() {
    let mut wire = wire(&GZIP);
    wire.feed(format!("{}\r\n\r\n", TAKES.replace('|', "\r\n")).as_bytes());
    wire.serve(|connection, now, _| {
        connection.ongoing().options().set_compression(false).unwrap();
        connection.ongoing().end(now, LONG.into()).unwrap();
        connection.ongoing().handler_done(now);
    });
    assert!(wire.brief().ends_with("|Content-Length: 12|Connection: keep-alive||aaaaaaaaaabb"));
    for request in [TAKES, TAKES_NOT, TAKES] {
        let coded = answer(&mut wire, request, &[Write("aa")]).ends_with("2|2a|1|.|0||");
        assert_eq!(coded, request == TAKES);
    }
}

/// RFC 9530 section 2: a digest is of the content as it is sent.
#[test]
fn trailers_go_along_but_no_digest_of_what_was_not_sent() {
    let (sum, digest) = (Trailer("X-Sum", "1"), Trailer("Content-Digest", "2"));
    let coded = "Vary: Accept-Encoding|Content-Encoding: gzip|Transfer-Encoding: chunked|";
    let of = |rest: &str| format!("{coded}{rest}");
    for (script, expected) in [
        (&[Write("aa"), sum][..], of("|2|2a|1|.|0|X-Sum: 1||")),
        (&[sum, End(LONG)], of("Trailer: X-Sum||6|10a2b.|0|X-Sum: 1||")),
        (
            &[Set("Content-Length", "12"), sum, End(LONG)],
            of("Trailer: X-Sum||6|10a2b.|0|X-Sum: 1||"),
        ),
        (&[Write("aa"), digest], of("|2|2a|1|.|0||")),
        (
            &[digest, Write("aa")],
            "Transfer-Encoding: chunked|Trailer: Content-Digest||2|aa|0|Content-Digest: 2||".into(),
        ),
        (
            &[Set("Trailer", "x, content-digest"), Write("aa"), digest],
            "Trailer: x, content-digest|Transfer-Encoding: chunked||2|aa|0|Content-Digest: 2||"
                .into(),
        ),
    ] {
        assert_eq!(answer(&mut wire(&GZIP), TAKES, script), expected, "{script:?}");
    }
    let mut wire = wire(&GZIP);
    wire.feed(format!("{}\r\n\r\n", TAKES.replace('|', "\r\n")).as_bytes());
    let refused = wire.say(&[Write("aa"), digest]);
    assert_eq!(refused, [Error::Misuse(Misuse::ForbiddenTrailer)]);
}

#[test]
fn files_go_as_they_are() {
    let region = || FileRegion { file: Arc::new(()), offset: u64::from(b'a'), length: 3 };
    let mut wire = wire(&GZIP);
    wire.feed(format!("{0}\r\n\r\n{0}\r\n\r\n", TAKES.replace('|', "\r\n")).as_bytes());
    let mut first = true;
    wire.serve(|connection, now, _| {
        if std::mem::take(&mut first) {
            connection.ongoing().write_file(now, region()).unwrap();
            connection.ongoing().write(now, "aaa".into()).unwrap();
        } else {
            connection.ongoing().write(now, "aa".into()).unwrap();
            let refused = connection.ongoing().write_file(now, region());
            assert_eq!(refused, Err(Misuse::FileInCodedBody.into()));
        }
        connection.ongoing().handler_done(now);
    });
    let said = wire.brief();
    assert!(said.contains("chunked|Connection: keep-alive||3|abc|3|aaa|0||"), "{said}");
    assert!(said.ends_with("2|2a|1|.|0||"), "{said}");
}

#[test]
fn an_encoder_that_fails_cuts_a_stream_and_spares_a_whole_body() {
    let takes = "GET / HTTP/1.1|Host: a|Accept-Encoding: br";
    let said = answer(&mut wire(&ALL), takes, &[End(LONG)]);
    assert_eq!(said, "Vary: Accept-Encoding|Content-Length: 12||aaaaaaaaaabb");
    let mut wire = wire(&ALL);
    wire.feed(format!("{}\r\n\r\n", takes.replace('|', "\r\n")).as_bytes());
    let cut = Error::Closed(CloseReason::ResponseCut);
    assert_eq!(wire.say(&[Write("aa"), Write("bb")]), [cut, cut]);
    assert!(wire.brief().ends_with("chunked|Connection: keep-alive||"));
    assert_eq!(wire.fate(), "lingering");
}

#[test]
fn the_best_coding_of_those_on_offer_is_taken() {
    for (accepted, expected) in [
        ("gzip, zstd;q=0.5", Some("gzip")),
        // It cannot be made: the body goes as it is.
        ("zstd, gzip;q=0.5", None),
        ("*;q=0.5, br;q=0, zstd;q=0", Some("gzip")),
        ("deflate", None),
        ("", None),
    ] {
        let request = format!("GET / HTTP/1.1|Host: a|Accept-Encoding: {accepted}");
        let said = answer(&mut wire(&ALL), &request, &[Write("aa")]);
        let coding = said.split('|').find_map(|line| line.strip_prefix("Content-Encoding: "));
        assert_eq!(coding, expected, "{accepted}");
        assert!(said.starts_with("Vary: Accept-Encoding|"), "{said}");
    }
}

fn decoded(coded: &str) -> String {
    let mut plain = String::new();
    let mut count = 0;
    for at in coded.chars() {
        match at.to_digit(10) {
            Some(digit) => count = count * 10 + digit as usize,
            None => plain.extend(std::iter::repeat_n(at, std::mem::take(&mut count))),
        }
    }
    plain
}

proptest! {
    /// Whatever is said, in whichever pieces: what has left decodes to all that was said so far,
    /// and what counts for the backpressure is what leaves.
    #[test]
    fn each_piece_leaves_with_its_call(pieces in prop::collection::vec("[a-c]{0,9}", 0..12)) {
        let mut wire = wire(&GZIP);
        wire.feed(format!("{}\r\n\r\n", V10.replace('|', "\r\n")).as_bytes());
        let now = wire.now();
        let Some(Event::Request(_)) = wire.connection.poll_event(&now) else { panic!() };
        let (mut said, mut coded) = (String::new(), String::new());
        for piece in &pieces {
            let before = wire.connection.peek().queued();
            prop_assert_eq!(before, 0);
            wire.connection.ongoing().yield_piece(&now, piece.as_str().into()).unwrap();
            let queued = wire.connection.peek().queued();
            wire.transmit();
            let written = wire.written();
            prop_assert_eq!(written.len(), queued);
            prop_assert_eq!(piece.is_empty(), written.is_empty());
            said.push_str(piece);
            coded.push_str(written.split_once("\r\n\r\n").map_or(&written[..], |(_, body)| body));
            prop_assert_eq!(decoded(&coded), &said[..]);
        }
    }
}

/// Each event is flushed: the client must not wait for the next one.
#[test]
fn events_and_heartbeats_are_compressed_each_with_a_flush() {
    let mut wire = wire(&GZIP);
    wire.feed(b"GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n");
    wire.serve(|connection, now, _| {
        ServerSentEvents::of(&mut connection.ongoing()).send(now, ":aaab\n\n".into()).unwrap();
    });
    let head = wire.written();
    assert!(head.contains("Content-Encoding: gzip\r\n"), "{head}");
    assert!(head.ends_with("8\r\n1:3a1b2\n\r\n"), "{head}");
    wire.pass(Duration::from_secs(15));
    wire.transmit();
    assert_eq!(wire.written(), "4\r\n1:2\n\r\n");
}
