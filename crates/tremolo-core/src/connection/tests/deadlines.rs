//! The clocks of a connection, in virtual time (SPEC sections 2, 3 and 8).

use bytes::Bytes;

use super::Say::{End, Write};
use super::*;
use crate::connection::Cause;

const SECOND: Duration = Duration::from_secs(1);

fn cause(wire: &Wire) -> Option<Cause> {
    wire.connection.poll_deadline().map(|deadline| deadline.cause)
}

#[test]
fn a_head_that_is_not_complete_in_time_is_answered_with_408() {
    for sent in [&b"GET / HT"[..], b"GET / HTTP/1.1\r\nHost: a\r\n"] {
        let mut wire = Wire::new();
        wire.feed(sent);
        wire.serve(|_, _, _| unreachable!());
        assert_eq!(cause(&wire), Some(Cause::Head));
        wire.pass(SECOND * 20);
        // A byte now and then does not help.
        wire.feed(b"");
        wire.pass(SECOND * 10);
        wire.serve(|_, _, _| unreachable!());
        assert_eq!(wire.faults, [PeerError::HeadTimeout], "{sent:?}");
        let expected = "HTTP/1.1 408 Request Timeout|Content-Length: 5|Connection: close||fault";
        assert_eq!((wire.brief().as_str(), wire.fate()), (expected, "lingering"));
    }
}

/// Browsers open connections in advance, and clients skip a line between requests.
#[test]
fn a_connection_that_never_began_a_head_is_closed_silently() {
    for sent in [&b""[..], b"\r\n"] {
        let mut wire = Wire::new();
        wire.feed(sent);
        wire.serve(|_, _, _| unreachable!());
        assert_eq!(cause(&wire), Some(Cause::Head));
        wire.pass(SECOND * 30);
        wire.serve(|_, _, _| unreachable!());
        assert_eq!((wire.brief(), wire.fate()), (String::new(), "closed"), "{sent:?}");
    }
}

/// RFC 9112 section 9.5: a 408 could be taken for the answer to the next request.
#[test]
fn a_later_head_that_is_not_complete_in_time_is_closed_silently() {
    let mut wire = Wire::new();
    wire.feed(GET);
    wire.say(&[End("")]);
    wire.written();
    wire.feed(b"GET / HT");
    wire.serve(|_, _, _| unreachable!());
    wire.pass(SECOND * 30);
    wire.serve(|_, _, _| unreachable!());
    assert_eq!((wire.brief(), wire.fate()), (String::new(), "lingering"));
    assert!(wire.faults.is_empty());
}

#[test]
fn an_idle_connection_is_closed_silently() {
    let mut wire = Wire::new();
    wire.feed(GET);
    wire.say(&[End("")]);
    wire.written();
    assert_eq!(cause(&wire), Some(Cause::KeepAlive));
    wire.pass(SECOND * 29);
    assert_eq!(wire.fate(), "kept");
    wire.pass(SECOND);
    wire.transmit();
    assert_eq!((wire.brief(), wire.fate()), (String::new(), "lingering"));
    assert_eq!(wire.connection.peek().close_reason(), Some(CloseReason::KeepAliveTimeout));
}

#[test]
fn the_next_head_has_its_own_clock_once_it_began() {
    let mut wire = Wire::new();
    wire.feed(GET);
    wire.say(&[End("")]);
    wire.pass(SECOND * 29);
    wire.feed(b"GET");
    wire.serve(|_, _, _| unreachable!());
    assert_eq!(cause(&wire), Some(Cause::Head));
    wire.pass(SECOND * 29);
    wire.feed(b" / HTTP/1.1\r\nHost: a\r\n\r\n");
    wire.say(&[End("")]);
    assert_eq!((wire.urls.len(), wire.fate()), (2, "kept"));
}

#[test]
fn a_stalled_body_is_a_fault_only_for_a_reader_that_waits() {
    let mut wire = Wire::new();
    wire.feed(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n");
    wire.serve(|_, _, _| {});
    assert_eq!(cause(&wire), Some(Cause::Handler));
    let now = wire.now();
    assert_eq!(wire.connection.ongoing().body().poll(&now, 9), Ok(Decoded::NeedInput));
    assert_eq!(cause(&wire), Some(Cause::Body));
    wire.pass(SECOND * 20);
    wire.feed(b"abc");
    wire.pass(SECOND * 20);
    let now = wire.now();
    assert_eq!(wire.connection.ongoing().body().poll(&now, 9), Ok(Decoded::Data("abc".into())));
    assert_eq!(cause(&wire), Some(Cause::Handler));
    assert_eq!(wire.connection.ongoing().body().poll(&now, 9), Ok(Decoded::NeedInput));
    wire.pass(SECOND * 30);
    let now = wire.now();
    let stalled = Err(Error::Peer(PeerError::BodyTimeout));
    assert_eq!(wire.connection.ongoing().body().poll(&now, 9), stalled);
    wire.connection.ongoing().end(&now, "".into()).unwrap();
    wire.connection.ongoing().handler_done(&now);
    wire.transmit();
    assert!(wire.brief().contains("Connection: close"));
    assert_eq!(wire.fate(), "lingering");
}

#[test]
fn the_rest_of_a_body_that_never_comes_is_not_waited_for() {
    let mut wire = Wire::new();
    wire.feed(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n");
    wire.say(&[End("")]);
    wire.pass(SECOND * 30);
    wire.transmit();
    assert_eq!(wire.fate(), "lingering");
}

#[test]
fn a_reader_that_takes_nothing_is_cut_and_one_that_is_slow_is_not() {
    let mut wire = Wire::new();
    wire.room = 0;
    wire.feed(GET);
    wire.serve(|connection, now, _| Write("hello").to(connection, now).unwrap());
    for _ in 0..10 {
        wire.pass(SECOND * 29);
        assert!(!wire.connection.peek().is_closed());
        wire.room = 1;
        wire.transmit();
    }
    wire.pass(SECOND * 30);
    assert_eq!(wire.connection.peek().close_reason(), Some(CloseReason::WriteTimeout));
    assert!(wire.connection.peek().is_closed() && wire.connection.peek().queued() == 0);
    // Its handler learns of it at once.
    let now = wire.now();
    let late = wire.connection.ongoing().write(&now, "more".into());
    assert_eq!(late, Err(Error::Closed(CloseReason::WriteTimeout)));
    wire.serve(|_, _, _| unreachable!());
    assert_eq!(wire.cancelled, [CloseReason::WriteTimeout]);
    assert_eq!(cause(&wire), None);
}

#[test]
fn a_connection_has_its_idle_time_after_the_last_byte_of_a_slow_response() {
    let mut wire = Wire::new();
    wire.room = 0;
    wire.feed(GET);
    wire.say(&[End("hello")]);
    for room in [1, 1, usize::MAX] {
        wire.pass(SECOND * 20);
        wire.room = room;
        wire.transmit();
    }
    wire.pass(SECOND * 29);
    assert_eq!(wire.connection.peek().close_reason(), None);
    wire.pass(SECOND);
    assert_eq!(wire.connection.peek().close_reason(), Some(CloseReason::KeepAliveTimeout));
}

#[test]
fn after_a_101_of_the_handlers_own_nothing_is_a_request() {
    const HEAD: &str = "HTTP/1.1 101 Go\r\n\r\n";
    // However the head is split into pieces.
    for split in 0..HEAD.len() {
        let mut wire = Wire::new();
        wire.feed(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nearly");
        wire.serve(|connection, now, _| {
            let (first, second) = HEAD.split_at(split);
            connection.ongoing().send(now, first.into()).unwrap();
            connection.ongoing().write(now, second.into()).unwrap();
            let early = connection.ongoing().body().poll(now, 100);
            assert_eq!(early, Ok(Decoded::Data("early".into())), "{split}");
        });
        wire.feed(GET);
        let now = wire.now();
        let raw = wire.connection.ongoing().body().poll(&now, 100);
        assert_eq!(raw, Ok(Decoded::Data(Bytes::from_static(GET))));
        wire.connection.ongoing().close(&now, true).unwrap();
        wire.connection.ongoing().handler_done(&now);
        wire.serve(|_, _, _| unreachable!());
        assert_eq!((wire.written().as_str(), wire.fate()), (HEAD, "lingering"), "{split}");
    }
}

/// Only the first bytes that are sent can be the head of an upgrade.
#[test]
fn bytes_that_look_like_a_101_later_are_no_upgrade() {
    for pieces in [
        ["HTTP/1.1 200 ", "HTTP/1.1 101 "],
        ["HTTP/1.1 10", "0 HTTP/1.1 101 "],
        ["HTTP/1.1 10", "10 "],
        ["H", "HTTP/1.1 101 "],
    ] {
        let mut wire = Wire::new();
        wire.feed(GET);
        wire.serve(|connection, now, _| {
            for piece in pieces {
                connection.ongoing().send(now, piece.into()).unwrap();
            }
        });
        assert!(!wire.connection.peek_ongoing().is_upgraded(), "{pieces:?}");
        assert_eq!(cause(&wire), Some(Cause::Handler), "{pieces:?}");
    }
    let mut wire = Wire::new();
    wire.feed(GET);
    wire.serve(|connection, now, _| {
        connection.ongoing().begin_body(now).unwrap();
        connection.ongoing().send(now, "HTTP/1.1 101 Go\r\n\r\n".into()).unwrap();
    });
    assert!(!wire.connection.peek_ongoing().is_upgraded(), "the head was sent before");
}

#[test]
fn the_clock_of_a_handler_stops_with_it() {
    let mut wire = Wire::new();
    wire.feed(GET);
    wire.serve(|connection, now, _| {
        connection.ongoing().end(now, "".into()).unwrap();
        connection.ongoing().handler_done(now);
    });
    assert_eq!(cause(&wire), Some(Cause::KeepAlive));
}

#[test]
fn lingering_ends_with_silence_or_with_its_time() {
    let closing = || {
        let mut wire = Wire::new();
        wire.feed(b"BAD\r\n\r\n");
        wire.say(&[]);
        assert_eq!(wire.fate(), "lingering");
        wire
    };
    let mut silent = closing();
    silent.pass(SECOND);
    assert_eq!(silent.fate(), "lingering");
    silent.pass(SECOND);
    assert_eq!(silent.fate(), "closed");
    let mut talkative = closing();
    for _ in 0..9 {
        talkative.pass(SECOND);
        talkative.feed(&[b'x'; 100_000]);
        assert_eq!(talkative.fate(), "lingering");
    }
    talkative.pass(SECOND);
    assert_eq!(talkative.fate(), "closed");
    let mut gone = closing();
    gone.end_input();
    assert_eq!(gone.fate(), "closed");
    assert_eq!(gone.connection.poll_deadline(), None);
}
