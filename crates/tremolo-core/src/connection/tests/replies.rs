//! The response object, row by row (SPEC section 1; RFC 9112 sections 6, 7 and 9).

use super::Say::{
    Chunked, Close, CloseKeepAlive, End, Read, Send, Set, Status, Write, WriteNone, Yield,
};
use super::*;
use crate::error::Misuse;
use crate::http1::response::FieldList;

const CHUNKED: &str = "HTTP/1.1 200 OK|Transfer-Encoding: chunked|Connection: keep-alive||";

/// Request line ending, what the handler calls, what is sent, and the state of the connection.
type Row = (&'static str, &'static [Say], &'static str, &'static str);

fn check(rows: &[Row]) {
    for &(version, script, expected, fate) in rows {
        let mut wire = Wire::new();
        wire.feed(format!("{version}\r\n\r\n").as_bytes());
        wire.say(script);
        let expected = expected.replace("CHUNKED", CHUNKED);
        assert_eq!(wire.brief(), expected, "{version:?} {script:?}");
        assert_eq!(wire.fate(), fate, "{version:?} {script:?}");
    }
}

const V11: &str = "GET / HTTP/1.1\r\nHost: a";
const V11_CLOSE: &str = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close";
const V10: &str = "GET / HTTP/1.0";
const V10_KEEP: &str = "GET / HTTP/1.0\r\nConnection: keep-alive";
const HEAD: &str = "HEAD / HTTP/1.1\r\nHost: a";

#[test]
fn http11_streams_in_chunks() {
    check(&[
        (V11, &[Yield("a"), Yield(""), Yield("bc")], "CHUNKED1|a|2|bc|0||", "kept"),
        (V11, &[Write("a"), Write("b")], "CHUNKED1|a|1|b|0||", "kept"),
        (V11, &[Write("a"), Write("")], "CHUNKED1|a|0||", "kept"),
        (V11, &[Write("")], "CHUNKED0||", "kept"),
        (V11, &[Write("a"), Write(""), End("")], "CHUNKED1|a|0||", "kept"),
        (V11, &[Write("a"), End("b")], "CHUNKED1|a|1|b|0||", "kept"),
        (V11, &[Write("a"), WriteNone], "CHUNKED1|a|0||", "kept"),
        (V11, &[Write("a"), CloseKeepAlive], "CHUNKED1|a|0||", "kept"),
        // `close` in the middle cuts, so that the client can tell.
        (V11, &[Write("a"), Close], "CHUNKED1|a|", "lingering"),
        (
            V11_CLOSE,
            &[Write("a")],
            "HTTP/1.1 200 OK|Transfer-Encoding: chunked|Connection: close||1|a|0||",
            "closed",
        ),
    ]);
}

#[test]
fn http10_streams_until_close() {
    let until_close = "HTTP/1.0 200 OK|Connection: close||ab";
    check(&[
        (V10, &[Write("a"), Write("b")], until_close, "closed"),
        // The client asked to keep it, but the end of this body is the end of the connection.
        (V10_KEEP, &[Write("a"), Write("b")], until_close, "lingering"),
        (V10_KEEP, &[Write("a"), Write(""), Write("b")], until_close, "lingering"),
        // RFC 9112 section 6.1: never chunks to HTTP/1.0.
        (V10, &[Chunked(true), Write("ab")], until_close, "closed"),
        (
            V10_KEEP,
            &[Set("Content-Length", "2"), Write("a"), Write("b")],
            "HTTP/1.0 200 OK|Content-Length: 2|Connection: keep-alive||ab",
            "kept",
        ),
        (V11, &[Chunked(false), Write("ab")], "HTTP/1.1 200 OK|Connection: close||ab", "lingering"),
    ]);
}

#[test]
fn end_sends_head_and_body_in_one() {
    let kept = "HTTP/1.1 200 OK|Content-Length: 2|Connection: keep-alive||ab";
    check(&[
        (V11, &[End("ab")], kept, "kept"),
        (V11, &[End("ab"), End("cd"), Write("x")], kept, "kept"),
        (V11, &[End("")], "HTTP/1.1 200 OK|Content-Length: 0|Connection: keep-alive||", "kept"),
        (
            V11,
            &[Status(202), WriteNone],
            "HTTP/1.1 202 Accepted|Content-Length: 0|Connection: keep-alive||",
            "kept",
        ),
        (V10, &[End("ab")], "HTTP/1.0 200 OK|Content-Length: 2|Connection: close||ab", "closed"),
        (
            V10_KEEP,
            &[End("ab")],
            "HTTP/1.0 200 OK|Content-Length: 2|Connection: keep-alive||ab",
            "kept",
        ),
        (V11, &[Chunked(true), End("ab")], "CHUNKED2|ab|0||", "kept"),
        (
            V11,
            &[Set("Connection", "close"), End("")],
            "HTTP/1.1 200 OK|Content-Length: 0|Connection: close||",
            "lingering",
        ),
        (V11, &[End("ab"), Close], kept, "lingering"),
    ]);
}

#[test]
fn send_puts_raw_bytes_on_the_wire() {
    check(&[
        (V11, &[Send("raw")], "raw", "lingering"),
        (V11, &[Send("raw"), CloseKeepAlive], "raw", "kept"),
        (V11, &[Send("raw"), Close], "raw", "lingering"),
        (V10, &[Send("raw"), CloseKeepAlive], "raw", "closed"),
        (V10_KEEP, &[Send("raw"), CloseKeepAlive], "raw", "kept"),
        // The setters mean nothing after raw bytes, and later pieces are raw too.
        (V11, &[Send("a"), Status(404), Write("b"), End("c")], "abc", "kept"),
        (HEAD, &[Send("raw"), CloseKeepAlive], "raw", "kept"),
    ]);
}

#[test]
fn close_and_return_without_a_word() {
    check(&[
        (V11, &[CloseKeepAlive], "", "kept"),
        (V11, &[Close], "", "lingering"),
        (V11, &[], "", "lingering"),
        (V11_CLOSE, &[], "", "closed"),
        (V11, &[Status(404)], "", "lingering"),
    ]);
}

/// RFC 9110 sections 9.3.2, 15.3.5, 15.3.6, 15.4.5.
#[test]
fn head_and_bodiless_statuses_drop_the_body_and_keep_the_connection() {
    check(&[
        (HEAD, &[End("ab")], "HTTP/1.1 200 OK|Content-Length: 2|Connection: keep-alive||", "kept"),
        (HEAD, &[Write("a"), Write(""), Write("b")], "CHUNKED", "kept"),
        (
            V11,
            &[Status(204), End("ab")],
            "HTTP/1.1 204 No Content|Connection: keep-alive||",
            "kept",
        ),
        (
            V11,
            &[Status(304), Write("a"), Write("b")],
            "HTTP/1.1 304 Not Modified|Connection: keep-alive||",
            "kept",
        ),
        (
            V11,
            &[Status(205), End("ab")],
            "HTTP/1.1 205 Reset Content|Content-Length: 0|Connection: keep-alive||",
            "kept",
        ),
        (
            V10_KEEP,
            &[Status(204), Write("a")],
            "HTTP/1.0 204 No Content|Connection: keep-alive||",
            "kept",
        ),
    ]);
}

/// RFC 9110 section 8.6.
#[test]
fn a_declared_length_is_held() {
    let declared = "HTTP/1.1 200 OK|Content-Length: 3|Connection: keep-alive||";
    let of = |rest: &str| format!("{declared}{rest}");
    for (script, expected, fate, errors) in [
        (&[Write("ab"), Write("c")][..], of("abc"), "kept", 0),
        (&[Write("ab"), Write("cd"), Write("c")], of("abc"), "kept", 1),
        (&[Write("ab")], of("ab"), "lingering", 0),
        (&[Write("ab"), Close], of("ab"), "lingering", 0),
        (&[End("ab")], of("ab"), "lingering", 0),
        (&[End("abcd"), End("abc")], of("abc"), "kept", 1),
        (&[Write("ab"), End("c")], of("abc"), "kept", 0),
    ] {
        let mut wire = Wire::new();
        wire.feed(GET);
        let mut said = vec![Set("Content-Length", "3")];
        said.extend_from_slice(script);
        let refused = wire.say(&said);
        assert_eq!(refused, vec![Error::Misuse(Misuse::BodyTooLong); errors], "{script:?}");
        assert_eq!((wire.brief(), wire.fate()), (expected, fate), "{script:?}");
    }
}

/// RFC 9112 section 6.2: never both fields, but the promise of the application stays.
#[test]
fn a_declared_length_is_held_in_chunks() {
    for (script, body, fate, errors) in [
        (&[Write("ab"), Write("c")][..], "2|ab|1|c|0||", "kept", 0),
        (&[Write("ab"), Write("cd"), Write("c")], "2|ab|1|c|0||", "kept", 1),
        (&[Write("abc"), Write("")], "3|abc|0||", "kept", 0),
        (&[Write("ab")], "2|ab|", "lingering", 0),
        (&[Write("ab"), Write("")], "2|ab|", "lingering", 0),
        (&[Write("ab"), Close], "2|ab|", "lingering", 0),
        (&[End("ab")], "2|ab|", "lingering", 0),
        (&[End("abcd"), End("abc")], "3|abc|0||", "kept", 1),
        (&[Write("ab"), End("cd"), End("c")], "2|ab|1|c|0||", "kept", 1),
    ] {
        let mut wire = Wire::new();
        wire.feed(GET);
        let mut said = vec![Set("Content-Length", "3"), Chunked(true)];
        said.extend_from_slice(script);
        let refused = wire.say(&said);
        assert_eq!(refused, vec![Error::Misuse(Misuse::BodyTooLong); errors], "{script:?}");
        let head = "HTTP/1.1 200 OK|Transfer-Encoding: chunked|Connection: keep-alive||";
        assert_eq!((wire.brief(), wire.fate()), (format!("{head}{body}"), fate), "{script:?}");
    }
}

#[test]
fn late_calls_are_errors_and_have_no_effect() {
    use Misuse::{HeadAlreadySent, ResponseEnded};
    for (script, expected) in [
        (&[Write("a"), Set("X", "y")][..], HeadAlreadySent),
        (&[Write("a"), Status(404)], HeadAlreadySent),
        (&[Write("a"), Write(""), Write("b")], ResponseEnded),
        (&[Write("a"), Write(""), End("b")], ResponseEnded),
        (&[End("a"), End("")], ResponseEnded),
        (&[End("a"), Write("b")], ResponseEnded),
        (&[End("a"), Send("b")], ResponseEnded),
        (&[CloseKeepAlive, Write("b")], ResponseEnded),
        (&[End("a"), Status(500)], HeadAlreadySent),
    ] {
        let mut wire = Wire::new();
        wire.feed(GET);
        assert_eq!(wire.say(script), [Error::Misuse(expected)], "{script:?}");
        assert_eq!(wire.fate(), "kept", "{script:?}");
    }
}

#[test]
fn bad_fields_reach_the_caller_and_not_the_wire() {
    let mut wire = Wire::new();
    wire.feed(GET);
    let refused = wire.say(&[
        Set("X-Bad", "a\r\nInjected: 1"),
        Set("X Bad", "a"),
        Set("Transfer-Encoding", "gzip"),
        Status(199),
        End("ab"),
    ]);
    let expected = [
        Misuse::InvalidFieldValue,
        Misuse::InvalidFieldName,
        Misuse::InvalidFraming,
        Misuse::InvalidStatus,
    ];
    assert_eq!(refused, expected.map(Error::Misuse));
    assert_eq!(wire.brief(), "HTTP/1.1 200 OK|Content-Length: 2|Connection: keep-alive||ab");
}

/// RFC 8297, RFC 9110 section 15.2.
#[test]
fn interim_responses_go_before_the_head_and_never_to_http10() {
    let mut hints = FieldList::default();
    hints.append(b"Link", b"</a.css>; rel=preload").unwrap();
    for (version, expected) in [
        (
            V11,
            "HTTP/1.1 103 Early Hints|Link: </a.css>; rel=preload||HTTP/1.1 200 OK|\
               Content-Length: 0|Connection: keep-alive||",
        ),
        (V10_KEEP, "HTTP/1.0 200 OK|Content-Length: 0|Connection: keep-alive||"),
    ] {
        let mut wire = Wire::new();
        wire.feed(format!("{version}\r\n\r\n").as_bytes());
        wire.serve(|connection, now, _| {
            for status in [100, 101, 200] {
                let refused = connection.ongoing().inform(status, &hints);
                assert_eq!(refused, Err(Misuse::InvalidStatus.into()));
            }
            connection.ongoing().inform(103, &hints).unwrap();
            connection.ongoing().end(now, "".into()).unwrap();
            assert_eq!(
                connection.ongoing().inform(103, &hints),
                Err(Misuse::HeadAlreadySent.into())
            );
            connection.ongoing().handler_done(now);
        });
        assert_eq!(wire.brief(), expected);
    }
}

#[test]
fn a_failed_handler_gets_a_page_before_the_head_and_a_cut_after_it() {
    let mut fields = FieldList::default();
    fields.append(b"Retry-After", b"9").unwrap();
    for (script, expected, fate) in [
        (
            &[Set("X-Mine", "1"), Status(201)][..],
            "HTTP/1.1 503 Service Unavailable|Retry-After: 9|Content-Length: 4|\
             Connection: keep-alive||page",
            "kept",
        ),
        (&[Write("a")], "CHUNKED1|a|", "lingering"),
        (&[End("ab")], "HTTP/1.1 200 OK|Content-Length: 2|Connection: keep-alive||ab", "kept"),
        (&[Send("a")], "a", "lingering"),
    ] {
        let mut wire = Wire::new();
        wire.feed(GET);
        wire.serve(|connection, now, _| {
            for said in script {
                said.to(connection, now).unwrap();
            }
            let content_type = "text/html; charset=utf-8";
            let body = "page".into();
            let answer = crate::ErrorPage {
                status: 503,
                reason: None,
                content_type,
                varies: false,
                fields: &fields,
                body,
            };
            connection.ongoing().send_error_page(now, answer);
            connection.ongoing().handler_done(now);
        });
        assert_eq!(wire.brief(), expected.replace("CHUNKED", CHUNKED), "{script:?}");
        assert_eq!(wire.fate(), fate, "{script:?}");
    }
}

/// `Connection` is sent if the connection stays, and if it closes (RFC 9112 section 9.6).
#[test]
fn sends_close_before_it_closes() {
    let expecting = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue";
    let long = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000";
    let closes = "HTTP/1.1 200 OK|Content-Length: 0|Connection: close||";
    check(&[(expecting, &[End("")], closes, "lingering"), (long, &[End("")], closes, "lingering")]);
    let mut wire = Wire::new();
    wire.feed(format!("{expecting}\r\n\r\n").as_bytes());
    wire.say(&[Read]);
    assert_eq!(wire.brief(), "HTTP/1.1 100 Continue||");
}

/// The same for bytes that the application has framed: the client may send its body or not, so that
/// the next bytes could be either (RFC 9110 section 10.1.1).
#[test]
fn raw_bytes_before_a_100_close_too() {
    let body = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1";
    let expecting = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue";
    check(&[
        (expecting, &[Send("raw"), CloseKeepAlive], "raw", "lingering"),
        (expecting, &[Send("raw"), Read, CloseKeepAlive], "raw", "lingering"),
        (expecting, &[Read, Send("raw"), CloseKeepAlive], "HTTP/1.1 100 Continue||raw", "kept"),
        (body, &[Send("raw"), CloseKeepAlive], "raw", "kept"),
    ]);
}

/// A proxy takes all that follows for the other protocol (RFC 9110 section 7.8), and a body that is
/// not read keeps the connection from switching.
#[test]
fn no_request_follows_a_101_before_the_body_was_read() {
    let body = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1";
    check(&[
        (body, &[Send("HTTP/1.1 101 "), CloseKeepAlive], "HTTP/1.1 101 ", "lingering"),
        (body, &[Send("HTTP/1.1 10"), Send("1 "), CloseKeepAlive], "HTTP/1.1 101 ", "lingering"),
    ]);
}
