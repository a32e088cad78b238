//! Trailer fields on the way out (RFC 9110 sections 6.5 and 6.6.2, RFC 9112 section 7.1.2).

use proptest::prelude::*;

use super::Say::{
    Chunked, Close, CloseKeepAlive, End, Send, Set, Status, Trailer, Write, WriteNone, Yield,
};
use super::*;
use crate::error::Misuse;

const V11: &str = "GET / HTTP/1.1\r\nHost: a";
const V10: &str = "GET / HTTP/1.0\r\nConnection: keep-alive";
const HEAD: &str = "HEAD / HTTP/1.1\r\nHost: a";

/// Request head, what the handler calls, and what is sent without what is always there.
fn check(rows: &[(&str, &[Say], &str)]) {
    for &(request, script, expected) in rows {
        let mut wire = Wire::new();
        wire.feed(format!("{request}\r\n\r\n").as_bytes());
        assert_eq!(wire.say(script), [], "{script:?}");
        let said = wire.brief().replace("Connection: keep-alive|", "");
        let said = said.replace("HTTP/1.1 200 OK|", "").replace("Transfer-Encoding: ", "");
        assert_eq!(said, expected, "{request} {script:?}");
    }
}

const SUM: Say = Trailer("X-Sum", "1");

/// RFC 9112 section 7.1.2.
#[test]
fn they_go_with_the_last_chunk_however_the_body_ends() {
    check(&[
        (V11, &[Write("a"), SUM], "chunked||1|a|0|X-Sum: 1||"),
        (V11, &[Yield("a"), SUM, Yield("")], "chunked||1|a|0|X-Sum: 1||"),
        (V11, &[Write("a"), SUM, Write("")], "chunked||1|a|0|X-Sum: 1||"),
        (V11, &[Write("a"), SUM, WriteNone], "chunked||1|a|0|X-Sum: 1||"),
        (V11, &[Write("a"), SUM, CloseKeepAlive], "chunked||1|a|0|X-Sum: 1||"),
        (V11, &[Write("a"), SUM, End("b")], "chunked||1|a|1|b|0|X-Sum: 1||"),
        (V11, &[Write("a"), SUM, SUM], "chunked||1|a|0|X-Sum: 1|X-Sum: 1||"),
        // A body that was cut has no end, and so no trailers.
        (V11, &[Write("a"), SUM, Close], "chunked||1|a|"),
    ]);
}

/// RFC 9110 section 6.6.2.
#[test]
fn those_known_before_the_head_are_announced_once_by_name() {
    check(&[
        (V11, &[SUM, End("ab")], "chunked|Trailer: X-Sum||2|ab|0|X-Sum: 1||"),
        (V11, &[SUM, End("")], "chunked|Trailer: X-Sum||0|X-Sum: 1||"),
        (V11, &[SUM, WriteNone], "chunked|Trailer: X-Sum||0|X-Sum: 1||"),
        (
            V11,
            &[SUM, Trailer("x-sum", "2"), Trailer("ETag", "3"), Write("a"), Trailer("Late", "4")],
            "chunked|Trailer: X-Sum, ETag||1|a|0|X-Sum: 1|x-sum: 2|ETag: 3|Late: 4||",
        ),
        (
            V11,
            &[Set("Trailer", "Late"), SUM, Write("a")],
            "Trailer: Late|chunked||1|a|0|X-Sum: 1||",
        ),
    ]);
}

/// RFC 9110 section 6.5.1: only an explicit framing mechanism makes a trailer section possible.
#[test]
fn without_chunks_they_are_dropped_silently() {
    check(&[
        (V10, &[SUM, End("ab")], "HTTP/1.0 200 OK|Content-Length: 2||ab"),
        (V10, &[Write("ab"), SUM], "HTTP/1.0 200 OK|Connection: close||ab"),
        (V11, &[Set("Content-Length", "2"), SUM, End("ab")], "Content-Length: 2||ab"),
        (V11, &[Set("Content-Length", "2"), Write("ab"), SUM], "Content-Length: 2||ab"),
        (V11, &[Chunked(false), SUM, End("ab")], "Content-Length: 2||ab"),
        (V11, &[Chunked(false), SUM, Write("ab")], "Connection: close||ab"),
        (V11, &[Status(204), SUM, End("ab")], "HTTP/1.1 204 No Content||"),
        (V11, &[Status(205), SUM, End("")], "HTTP/1.1 205 Reset Content|Content-Length: 0||"),
        (V11, &[Status(304), SUM, End("")], "HTTP/1.1 304 Not Modified||"),
        (V11, &[Send("raw"), SUM, CloseKeepAlive], "raw"),
        // RFC 9110 section 9.3.2: the fields of GET.
        (HEAD, &[SUM, End("ab")], "chunked|Trailer: X-Sum||"),
        (HEAD, &[Write("ab"), SUM, Write("")], "chunked||"),
        // Asking for chunks is stronger than a length.
        (
            V11,
            &[Set("Content-Length", "2"), Chunked(true), SUM, End("ab")],
            "chunked|Trailer: X-Sum||2|ab|0|X-Sum: 1||",
        ),
    ]);
}

/// RFC 9110 section 6.5.1: framing, routing, modifiers, authentication, content.
#[test]
fn what_may_not_be_a_trailer_is_refused_and_has_no_effect() {
    let misuse = |name: &'static str, value: &'static str, expected| {
        let mut wire = Wire::new();
        wire.feed(GET);
        let refused = wire.say(&[Trailer(name, value), Write("a"), Trailer(name, value), SUM]);
        assert_eq!(refused, [Error::Misuse(expected); 2], "{name}");
        assert!(wire.brief().ends_with("keep-alive||1|a|0|X-Sum: 1||"), "{name}");
    };
    for name in [
        "Content-Length",
        "transfer-encoding",
        "HOST",
        "Content-Type",
        "content-encoding",
        "Content-Range",
        "Set-Cookie",
        "Authorization",
        "WWW-Authenticate",
        "Cache-Control",
        "TE",
        "Trailer",
        "Connection",
        "If-Match",
        "Location",
        "Vary",
    ] {
        misuse(name, "1", Misuse::ForbiddenTrailer);
    }
    for name in ["", "a b", "a:", "a\r\nb"] {
        misuse(name, "1", Misuse::InvalidFieldName);
    }
    for value in ["a\r\nb: c", "a\n", "a\0"] {
        misuse("X-A", value, Misuse::InvalidFieldValue);
    }
}

#[test]
fn after_the_end_it_is_too_late() {
    for script in [
        &[End("a"), SUM][..],
        &[Write("a"), Write(""), SUM],
        &[Write("a"), CloseKeepAlive, SUM],
        &[Set("Content-Length", "1"), End("a"), SUM],
    ] {
        let mut wire = Wire::new();
        wire.feed(GET);
        assert_eq!(wire.say(script), [Error::Misuse(Misuse::ResponseEnded)], "{script:?}");
        assert_eq!(wire.fate(), "kept", "{script:?}");
    }
    let mut wire = Wire::new();
    wire.feed(GET);
    wire.serve(|connection, now, _| {
        let mut exchange = connection.ongoing();
        exchange.end(now, "a".into()).unwrap();
        exchange.handler_done(now);
        let late = exchange.set_trailer(b"X-Sum", b"1");
        assert_eq!(late, Err(Misuse::ExchangeOver.into()));
    });
}

#[test]
fn the_last_setting_counts_and_the_next_response_has_none() {
    let mut wire = Wire::new();
    wire.feed(&GET.repeat(2));
    let mut first = true;
    wire.serve(|connection, now, _| {
        if std::mem::take(&mut first) {
            for value in [b"1", b"2"] {
                connection.ongoing().set_trailer(b"X-Sum", value).unwrap();
            }
        }
        connection.ongoing().end(now, "a".into()).unwrap();
        connection.ongoing().handler_done(now);
    });
    let said = wire.brief();
    assert!(said.contains("|Trailer: X-Sum|Connection: keep-alive||1|a|0|X-Sum: 2||"), "{said}");
    assert!(said.ends_with("|Content-Length: 1|Connection: keep-alive||a"), "{said}");
}

#[test]
fn an_error_page_has_none_of_those_before_it() {
    let mut wire = Wire::new();
    wire.feed(GET);
    wire.serve(|connection, now, _| {
        SUM.to(connection, now).unwrap();
        let (fields, content_type) = (Default::default(), "text/html; charset=utf-8");
        let body = "page".into();
        let answer = crate::ErrorPage {
            status: 500,
            reason: None,
            content_type,
            varies: false,
            fields: &fields,
            body,
        };
        connection.ongoing().send_error_page(now, answer);
        connection.ongoing().handler_done(now);
    });
    let said = wire.brief();
    assert!(said.ends_with("|Content-Length: 4|Connection: keep-alive||page"), "{said}");
}

/// What a recipient makes of a body in chunks: our own reading half.
fn decoded(body: &str) -> (String, Vec<(String, String)>) {
    let mut wire = Wire::new();
    wire.feed(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    wire.feed(body.as_bytes());
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (mut data, mut trailers) = (String::new(), Vec::new());
    wire.serve(|connection, now, _| {
        while let Decoded::Data(piece) = connection.ongoing().body().poll(now, usize::MAX).unwrap()
        {
            data.push_str(&text(&piece));
        }
        let fields =
            connection.peek_ongoing().trailers().into_iter().flat_map(|trailers| trailers.iter());
        trailers.extend(fields.map(|(name, value)| (name.to_owned(), text(value))));
        connection.ongoing().handler_done(now);
    });
    (data, trailers)
}

proptest! {
    /// However the body is cut, wherever between its pieces they are set, whatever the socket
    /// takes at a time.
    #[test]
    fn body_and_trailers_arrive_the_same_at_every_split(
        pieces in prop::collection::vec("[a-z]{1,9}", 0..6),
        trailers in prop::collection::vec(("x-[a-z]{1,8}", "[!-~]{0,9}", 0_usize..7), 1..5),
        room in 1_usize..50,
    ) {
        let mut trailers = trailers;
        trailers.sort_by_key(|(_, _, at)| *at);
        let mut wire = Wire::new();
        wire.room = room;
        wire.feed(GET);
        wire.serve(|connection, now, _| {
            let set = |connection: &mut Connection, when: &dyn Fn(usize) -> bool| {
                for (name, value, _) in trailers.iter().filter(|(_, _, at)| when(*at)) {
                    connection.ongoing().append_trailer(name.as_bytes(), value.as_bytes()).unwrap();
                }
            };
            for (at, piece) in pieces.iter().enumerate() {
                set(connection, &|set_at| set_at == at);
                connection.ongoing().write(now, piece.as_str().into()).unwrap();
            }
            set(connection, &|set_at| set_at >= pieces.len());
            connection.ongoing().write_none(now).unwrap();
            connection.ongoing().handler_done(now);
        });
        while wire.connection.peek().queued() > 0 {
            wire.room = room;
            wire.transmit();
        }
        let written = wire.written();
        let (_, body) = written.split_once("\r\n\r\n").unwrap();
        let fields = trailers.into_iter().map(|(name, value, _)| (name, value));
        prop_assert_eq!(decoded(body), (pieces.concat(), fields.collect()));
    }
}
