//! Responses that do not stream (SPEC section 3: half of `buffer_size`).

use bytes::Bytes;

use super::Say::{
    Chunked, Close, CloseKeepAlive, End, Gather, Send, Set, Trailer, Write, WriteNone, Yield,
};
use super::*;
use crate::error::Misuse;
use crate::http1::response::FieldList;
use crate::representation::{Representation, Slice, Validators};
use crate::{ErrorPage, FileContent};

/// Eight bytes: pieces wait until there are four.
const GATHER: Say = Gather(8);

const CHUNKED: &str = "HTTP/1.1 200 OK|Transfer-Encoding: chunked|Connection: keep-alive||";
const KNOWN: &str = "HTTP/1.1 200 OK|Content-Length: ";

/// What the handler calls, and what is sent.
type Row = (&'static [Say], &'static str);

fn check(request: &str, rows: &[Row]) {
    for &(script, expected) in rows {
        let mut wire = Wire::new();
        wire.feed(format!("{request}\r\n\r\n").as_bytes());
        let errors = wire.say(script);
        let expected = expected.replace("CHUNKED", CHUNKED).replace("KNOWN", KNOWN);
        assert_eq!((wire.brief(), errors), (expected, vec![]), "{script:?}");
    }
}

const V11: &str = "GET / HTTP/1.1\r\nHost: a";

#[test]
fn pieces_go_out_together_when_they_are_half_a_buffer_or_nothing_more_comes() {
    check(
        V11,
        &[
            (&[GATHER, Yield("ab"), Yield(""), Yield("cd"), Yield("e")], "CHUNKED4|abcd|1|e|0||"),
            (&[GATHER, Yield("abc"), Yield("def"), End("")], "CHUNKED6|abcdef|0||"),
            // One that is large enough alone does not wait, and is not copied.
            (&[GATHER, Yield("abcd"), Yield("e")], "CHUNKED4|abcd|1|e|0||"),
            (&[GATHER, Yield("a"), Yield("bcdef")], "CHUNKED1|a|5|bcdef|0||"),
            (&[GATHER, Gather(0), Yield("a"), Yield("b")], "CHUNKED1|a|1|b|0||"),
        ],
    );
}

#[test]
fn a_body_that_was_coalesced_as_a_whole_has_a_length() {
    check(
        V11,
        &[
            (&[GATHER, Yield("a"), Yield("b")], "KNOWN2|Connection: keep-alive||ab"),
            (&[GATHER, Yield("a"), End("bcdef")], "KNOWN6|Connection: keep-alive||abcdef"),
            (&[GATHER, Yield("a"), WriteNone], "KNOWN1|Connection: keep-alive||a"),
            (&[GATHER, Chunked(true), Yield("a"), Yield("b")], "CHUNKED2|ab|0||"),
        ],
    );
    check(
        "HEAD / HTTP/1.1\r\nHost: a",
        &[(&[GATHER, Yield("ab")], "KNOWN2|Connection: keep-alive||")],
    );
}

#[test]
fn whatever_else_is_said_comes_after_what_waits() {
    check(
        V11,
        &[
            (&[GATHER, Yield("a"), Write("b"), Yield("c")], "CHUNKED1|a|1|b|1|c|0||"),
            (&[GATHER, Yield("a"), Write("")], "CHUNKED1|a|0||"),
            (&[GATHER, Yield("a"), Send("raw"), Yield("b")], "CHUNKED1|a|rawb"),
            (&[GATHER, Yield("a"), CloseKeepAlive], "CHUNKED1|a|0||"),
            // A cut body, with all that was yielded.
            (&[GATHER, Yield("a"), Close], "CHUNKED1|a|"),
            (&[GATHER, Yield("abcd"), Yield("e"), Trailer("X", "y")], "CHUNKED4|abcd|1|e|0|X: y||"),
        ],
    );
}

#[test]
fn a_piece_that_is_too_long_takes_no_other_with_it() {
    for script in [
        &[GATHER, Set("Content-Length", "2"), Yield("ab"), Yield("c")][..],
        &[GATHER, Set("Content-Length", "2"), Yield("ab"), End("c")],
    ] {
        let mut wire = Wire::new();
        wire.feed(GET);
        assert_eq!(wire.say(script), [Error::Misuse(Misuse::BodyTooLong)], "{script:?}");
        let expected = "HTTP/1.1 200 OK|Content-Length: 2|Connection: keep-alive||ab";
        assert_eq!((wire.brief().as_str(), wire.fate()), (expected, "kept"), "{script:?}");
    }
}

/// RFC 9112 section 6.2: the field is not sent beside chunks; the length is held all the same.
#[test]
fn a_piece_that_is_too_long_takes_no_other_with_it_in_chunks() {
    let chunked = [GATHER, Chunked(true), Set("Content-Length", "3")];
    for (said, body, fate) in [
        (&[Yield("ab"), End("cd")][..], "2|ab|", "lingering"),
        (&[Yield("ab"), Yield("cd"), End("c")], "2|ab|1|c|0||", "kept"),
        (&[Yield("ab"), Yield("cd"), Yield("c")], "2|ab|1|c|0||", "kept"),
    ] {
        let mut wire = Wire::new();
        wire.feed(GET);
        let script = [&chunked, said].concat();
        assert_eq!(wire.say(&script), [Error::Misuse(Misuse::BodyTooLong)], "{said:?}");
        assert_eq!((wire.brief(), wire.fate()), (format!("{CHUNKED}{body}"), fate), "{said:?}");
    }
}

/// A file behind pieces that still wait is the rest of their body, as it is behind pieces that have
/// been sent: its own length and ranges would not be those of the response.
#[test]
fn a_file_comes_after_what_waits() {
    let mut wire = Wire::new();
    wire.feed(b"GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=0-0\r\n\r\n");
    wire.serve(|connection, now, _| {
        GATHER.to(connection, now).unwrap();
        connection.ongoing().yield_piece(now, "ab".into()).unwrap();
        let representation = Representation {
            slice: Slice::whole(3),
            validators: Validators::default(),
            accept_ranges: true,
        };
        let content = FileContent::Read(Bytes::from_static(b"cde"));
        let refused = connection.ongoing().send_file(now, &representation, &content, || 0).unwrap();
        assert!(refused.is_none());
        connection.ongoing().handler_done(now);
    });
    let expected = format!("{CHUNKED}2|ab|3|cde|0||");
    assert_eq!((wire.brief(), wire.fate()), (expected, "kept"));
}

#[test]
fn no_upgrade_behind_pieces_that_wait() {
    let mut wire = Wire::new();
    wire.feed(GET);
    wire.serve(|connection, now, _| {
        GATHER.to(connection, now).unwrap();
        connection.ongoing().yield_piece(now, "a".into()).unwrap();
        let refused = connection.ongoing().upgrade(b"x");
        assert_eq!(refused, Err(Error::Misuse(Misuse::HeadAlreadySent)));
        connection.ongoing().handler_done(now);
    });
    assert_eq!(wire.brief(), format!("{KNOWN}1|Connection: keep-alive||a"));
}

#[test]
fn a_length_that_is_declared_too_late_cuts_the_response() {
    for (last, errors) in [(Gather(8), 0), (End(""), 1), (CloseKeepAlive, 1)] {
        let mut wire = Wire::new();
        wire.feed(GET);
        let script = [GATHER, Yield("abc"), Set("Content-Length", "0"), last];
        let expected = vec![Error::Misuse(Misuse::BodyTooLong); errors];
        assert_eq!(wire.say(&script), expected, "{last:?}");
        assert_eq!(wire.fate(), "lingering", "{last:?}");
        assert_eq!(
            wire.connection.peek().close_reason(),
            Some(CloseReason::ResponseCut),
            "{last:?}"
        );
    }
}

#[test]
fn a_failure_has_its_page_as_long_as_all_that_was_said_waits() {
    for (said, expected) in [
        (
            "abc",
            "HTTP/1.1 500 Internal Server Error|Content-Type: text/plain|Content-Length: 4|Connection: keep-alive||oops",
        ),
        ("abcd", "HTTP/1.1 200 OK|Transfer-Encoding: chunked|Connection: keep-alive||4|abcd|"),
    ] {
        let mut wire = Wire::new();
        wire.feed(GET);
        wire.serve(|connection, now, _| {
            GATHER.to(connection, now).unwrap();
            connection.ongoing().yield_piece(now, said.into()).unwrap();
            let (fields, body) = (&FieldList::default(), "oops".into());
            let (status, content_type) = (500, "text/plain");
            connection.ongoing().send_error_page(
                now,
                ErrorPage { status, reason: None, content_type, varies: false, fields, body },
            );
            connection.ongoing().handler_done(now);
        });
        assert_eq!(wire.brief(), expected, "{said}");
    }
}

#[test]
fn nothing_goes_out_before_and_the_next_response_streams_again() {
    let mut wire = Wire::new();
    wire.feed(&GET.repeat(2));
    wire.serve(|connection, now, head| {
        if connection.peek().current_id().is_some_and(|id| id.number() == 1) {
            connection.ongoing().options().set_streaming(false).unwrap();
            connection.ongoing().yield_piece(now, Piece::Slice(&[b'z'; 8_191])).unwrap();
            assert_eq!(
                (connection.peek().queued(), connection.peek_ongoing().is_head_sent()),
                (0, false)
            );
            connection.ongoing().yield_piece(now, "y".into()).unwrap();
            assert!(connection.peek().queued() > 8_192);
            let late = connection.ongoing().options().set_streaming(true);
            assert_eq!(late, Err(Error::Misuse(Misuse::HeadAlreadySent)));
        } else {
            connection.ongoing().yield_piece(now, "a".into()).unwrap();
            assert!(connection.peek_ongoing().is_head_sent(), "{}", head.url().len());
        }
        connection.ongoing().handler_done(now);
    });
}

#[test]
fn what_waits_is_bounded_by_the_buffer() {
    let mut wire = Wire::new();
    wire.feed(GET);
    wire.serve(|connection, now, _| {
        connection.ongoing().options().set_streaming(false).unwrap();
        for size in [1, 8_191, 8_191, 1, 40_000, 100, 8_000, 8_000] {
            let piece = Piece::Shared(Bytes::from(vec![b'z'; size]));
            connection.ongoing().yield_piece(now, piece).unwrap();
            assert!(connection.outbound.coalesced() < 8_192);
        }
        connection.ongoing().handler_done(now);
    });
    assert_eq!(wire.written().matches('z').count(), 72_484);
}
