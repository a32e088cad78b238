//! Requests one after another: pipelining, keep-alive, half-close, faults (RFC 9112 section 9).

use super::Say::{End, Read, Write};
use super::*;
use crate::error::Misuse;

fn requests(count: usize) -> Vec<u8> {
    let one = |index| format!("GET /{index} HTTP/1.1\r\nHost: a\r\n\r\n");
    (0..count).map(one).collect::<String>().into_bytes()
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let mut wire = Wire::new();
    wire.feed(&requests(20));
    wire.serve(|connection, now, head| {
        connection.ongoing().end(now, head.url().into()).unwrap();
        connection.ongoing().handler_done(now);
    });
    let one = |index| {
        let length = if index < 10 { 2 } else { 3 };
        format!("HTTP/1.1 200 OK|Content-Length: {length}|Connection: keep-alive||/{index}")
    };
    assert_eq!(wire.brief(), (0..20).map(one).collect::<String>());
    assert_eq!((wire.connection.lifecycle.exchange().number(), wire.fate()), (20, "kept"));
}

#[test]
fn the_next_request_waits_for_the_handler_of_the_last() {
    let mut wire = Wire::new();
    wire.feed(&requests(2));
    wire.serve(|connection, now, _| connection.ongoing().end(now, "".into()).unwrap());
    assert_eq!(wire.urls, ["/0"]);
    let now = wire.now();
    wire.connection.ongoing().handler_done(&now);
    wire.say(&[End("")]);
    assert_eq!(wire.urls, ["/0", "/1"]);
}

#[test]
fn a_handle_of_the_last_exchange_cannot_speak_in_the_silence_after_it() {
    let mut wire = Wire::new();
    wire.feed(GET);
    let mut id = None;
    wire.serve(|connection, now, _| {
        id = connection.peek().current_id();
        let mut exchange = connection.ongoing();
        exchange.end(now, "".into()).unwrap();
        exchange.handler_done(now);
        let over = Err(Error::Misuse(Misuse::ExchangeOver));
        assert_eq!(exchange.write(now, "late".into()), over);
        assert_eq!(exchange.end(now, "late".into()), over);
        assert_eq!(exchange.send(now, "late".into()), over);
        assert_eq!(exchange.close(now, false), over);
        assert!(exchange.response_mut().is_err());
    });
    let late = wire.connection.exchange(id.unwrap()).unwrap_err();
    assert_eq!(late, Error::Misuse(Misuse::ExchangeOver));
}

#[test]
fn a_handle_of_the_last_exchange_cannot_speak_in_the_next_one() {
    let mut wire = Wire::new();
    wire.feed(&requests(2));
    let mut ids = Vec::new();
    wire.serve(|connection, now, _| {
        ids.push(connection.peek().current_id().unwrap());
        let late = connection.exchange(ids[0]).and_then(|mut first| first.end(now, "late".into()));
        let expected = if ids.len() == 1 { Ok(()) } else { Err(Misuse::ExchangeOver.into()) };
        assert_eq!(late, expected);
        assert_eq!(
            connection.peek().exchange(ids[ids.len() - 1]).unwrap().id(),
            ids[ids.len() - 1]
        );
        connection.ongoing().handler_done(now);
    });
    assert_eq!(ids.len(), 2);
}

/// A peer that asks and asks and reads no answer has to wait.
#[test]
fn unread_answers_hold_back_the_next_requests() {
    let mut wire = Wire::new();
    wire.room = 0;
    wire.feed(&requests(100));
    let body = "x".repeat(10_000);
    wire.serve(|connection, now, _| {
        connection.ongoing().end(now, body.as_str().into()).unwrap();
        connection.ongoing().handler_done(now);
    });
    let queued = wire.connection.peek().queued();
    assert!((65_536..90_000).contains(&queued), "{queued}");
    wire.room = usize::MAX;
    for _ in 0..100 {
        wire.transmit();
        wire.serve(|connection, now, _| {
            connection.ongoing().end(now, body.as_str().into()).unwrap();
            connection.ongoing().handler_done(now);
        });
    }
    assert_eq!(wire.urls.len(), 100);
    assert!(wire.connection.peek().is_idle());
}

/// A peer that takes all it is given gets more at a time; one that does not is back at the start.
#[test]
fn the_queue_stretches_for_a_fast_reader_only() {
    let fill = |wire: &mut Wire| {
        let (now, mut queued) = (wire.now(), 0);
        while !wire.connection.is_write_blocked() {
            wire.connection.ongoing().write(&now, vec![b'x'; 16_384].into()).unwrap();
            queued += 1;
        }
        queued
    };
    let mut wire = Wire::new();
    wire.feed(GET);
    wire.serve(|_, _, _| {});
    for expected in [4, 8, 16, 32, 32] {
        assert_eq!(fill(&mut wire), expected);
        wire.transmit();
        assert_eq!(wire.connection.peek().queued(), 0);
    }
    assert_eq!(fill(&mut wire), 32);
    wire.room = 500_000;
    wire.transmit();
    assert!(wire.connection.is_write_blocked());
    // What is left has to go first, and then it begins again.
    wire.room = 100;
    wire.transmit();
    assert!(wire.connection.is_write_blocked());
    wire.room = usize::MAX;
    wire.transmit();
    assert_eq!(fill(&mut wire), 8);
}

/// The bound of ARCHITECTURE.md: eight times four buffers and one piece when a reader that was fast
/// stops; four buffers and one piece as long as it stays slow.
#[test]
fn a_reader_that_stops_holds_a_bounded_queue() {
    const BUFFER: usize = 16_384;
    const PIECE: usize = 20_000;
    let mut wire = Wire::new();
    wire.feed(GET);
    wire.serve(|_, _, _| {});
    let mut most = 0;
    let mut fill = |wire: &mut Wire| {
        let now = wire.now();
        while !wire.connection.is_write_blocked() {
            wire.connection.ongoing().write(&now, vec![b'x'; PIECE].into()).unwrap();
        }
        most = most.max(wire.connection.peek().queued());
        wire.connection.peek().queued()
    };
    // What a kernel may buffer before it refuses: from nothing to 4 MiB.
    for room in (0..4 << 20).step_by(100_000) {
        wire.room = room;
        while wire.room > 0 {
            fill(&mut wire);
            wire.transmit();
        }
        wire.transmit();
        let head_and_chunks = 1_024;
        let queued = fill(&mut wire);
        assert!(queued <= 8 * 4 * BUFFER + PIECE + head_and_chunks, "{room}: {queued}");
        // From here on it takes little at a time.
        for _ in 0..100 {
            wire.room = 7_000;
            wire.transmit();
            fill(&mut wire);
        }
        let queued = wire.connection.peek().queued();
        assert!(queued <= 4 * BUFFER + PIECE + head_and_chunks, "{room}: {queued}");
        wire.room = usize::MAX;
        wire.transmit();
    }
    assert!(most > 7 * 4 * BUFFER, "{most}: the bound is never met");
}

/// RFC 9112 section 9.3.
#[test]
fn keeps_alive_what_both_sides_want_to_keep() {
    for (head, fate) in [
        ("GET / HTTP/1.1\r\nHost: a", "kept"),
        ("GET / HTTP/1.1\r\nHost: a\r\nConnection: foo, Close", "closed"),
        ("GET / HTTP/1.0", "closed"),
        ("GET / HTTP/1.0\r\nConnection: foo", "closed"),
        ("GET / HTTP/1.0\r\nConnection: Keep-Alive", "kept"),
        ("GET / HTTP/1.0\r\nConnection: keep-alive, close", "closed"),
    ] {
        let mut wire = Wire::new();
        wire.feed(format!("{head}\r\n\r\n").as_bytes());
        wire.say(&[End("")]);
        assert_eq!(wire.fate(), fate, "{head:?}");
        assert_eq!(wire.brief().contains("Connection: keep-alive"), fate == "kept");
    }
}

/// RFC 9112 section 9.6: a half-close after a complete request is not the end.
#[test]
fn a_half_closed_client_gets_a_response_with_close() {
    let mut wire = Wire::new();
    wire.feed(&requests(2));
    wire.end_input();
    wire.say(&[Write("a")]);
    let out = wire.brief();
    assert!(out.starts_with("HTTP/1.1 200 OK|Transfer-Encoding: chunked|Connection: keep-alive"));
    assert!(out.ends_with("Connection: close||1|a|0||"), "{out}");
    assert_eq!((wire.urls.len(), wire.fate()), (2, "closed"));
}

#[test]
fn an_end_in_the_silence_or_within_a_head_closes_without_a_word() {
    for sent in [&b""[..], b"GET / HT", b"\r\n"] {
        let mut wire = Wire::new();
        wire.feed(sent);
        wire.serve(|_, _, _| unreachable!());
        wire.end_input();
        wire.serve(|_, _, _| unreachable!());
        assert_eq!((wire.brief(), wire.fate()), (String::new(), "closed"), "{sent:?}");
        assert_eq!(wire.connection.peek().close_reason(), Some(CloseReason::PeerClosed));
    }
}

/// A fault gets a response with `close`, and what follows it is not a request.
#[test]
fn a_fault_is_answered_and_the_rest_is_ignored() {
    for (sent, fault) in [
        ("GET / HTTP/1.1\r\n\r\n", PeerError::MissingHost),
        ("GET / HTTP/2.0\r\n\r\n", PeerError::UnsupportedVersion),
        ("GET / HTTP/1.1\nHost: a\n\n", PeerError::InvalidLineEnd),
    ] {
        let mut wire = Wire::new();
        wire.feed(sent.as_bytes());
        wire.feed(GET);
        wire.say(&[End("ok")]);
        wire.feed(GET);
        wire.say(&[End("ok")]);
        assert_eq!(wire.faults, [fault]);
        let status = fault.status();
        let expected = format!("HTTP/1.1 {status}|Content-Length: 5|Connection: close||fault");
        assert_eq!((wire.brief(), wire.fate()), (expected, "lingering"), "{sent:?}");
        wire.end_input();
        assert!(wire.connection.peek().is_closed());
    }
}

#[test]
fn a_fault_after_good_requests_is_answered_in_its_turn() {
    let mut wire = Wire::new();
    wire.feed(GET);
    wire.feed(b"BAD\r\n\r\n");
    wire.say(&[End("ok")]);
    let out = wire.brief();
    assert!(out.starts_with("HTTP/1.1 200 OK") && out.ends_with("||fault"), "{out}");
}

/// RFC 9110 section 7.8.
#[test]
fn an_upgrade_hands_the_connection_over_with_what_already_came() {
    let mut wire = Wire::new();
    wire.feed(b"GET /chat HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nearly");
    wire.serve(|connection, now, _| {
        connection.ongoing().upgrade(b"x").unwrap();
        let early = connection.ongoing().body().poll(now, 100).unwrap();
        assert_eq!(early, Decoded::Data("early".into()));
        assert_eq!(connection.ongoing().body().poll(now, 100).unwrap(), Decoded::NeedInput);
        connection.ongoing().send(now, "hello".into()).unwrap();
    });
    assert_eq!(
        wire.brief(),
        "HTTP/1.1 101 Switching Protocols|Connection: upgrade|Upgrade: x||hello"
    );
    wire.pass(Duration::from_secs(100_000));
    wire.serve(|_, _, _| unreachable!());
    assert_eq!((wire.cancelled.len(), wire.fate()), (0, "kept"), "no clock runs after an upgrade");
    wire.feed(b"late");
    let now = wire.now();
    assert_eq!(wire.connection.ongoing().body().poll(&now, 100), Ok(Decoded::Data("late".into())));
    wire.end_input();
    assert_eq!(wire.connection.ongoing().body().poll(&now, 100), Ok(Decoded::End));
    wire.connection.ongoing().close(&now, false).unwrap();
    wire.connection.ongoing().handler_done(&now);
    assert!(wire.connection.peek().is_closed());
}

#[test]
fn no_upgrade_for_http10_or_before_the_body_was_read() {
    for head in [
        "GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: x",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: upgrade\r\nUpgrade: x",
    ] {
        let mut wire = Wire::new();
        wire.feed(format!("{head}\r\n\r\n").as_bytes());
        wire.serve(|connection, now, _| {
            assert!(connection.ongoing().upgrade(b"x").is_err());
            connection.ongoing().end(now, "".into()).unwrap();
            connection.ongoing().handler_done(now);
        });
    }
}

#[test]
fn a_connection_that_was_left_open_belongs_to_the_application() {
    let mut wire = Wire::new();
    wire.feed(&requests(2));
    wire.serve(|connection, now, _| connection.ongoing().leave_open(now));
    wire.pass(Duration::from_secs(100_000));
    wire.serve(|_, _, _| unreachable!());
    assert_eq!((wire.brief(), wire.fate(), wire.urls.len()), (String::new(), "kept", 1));
    let now = wire.now();
    wire.connection.ongoing().end(&now, "late".into()).unwrap();
    wire.say(&[Read, End("next")]);
    assert_eq!(wire.urls.len(), 2);
    assert!(wire.brief().contains("late"));
}

#[test]
fn a_connection_that_was_left_open_and_forgotten_is_closed() {
    let mut wire = Wire::new();
    wire.feed(GET);
    wire.serve(|connection, now, _| connection.ongoing().leave_open(now));
    let now = wire.now();
    wire.connection.ongoing().abandon(&now);
    wire.transmit();
    assert_eq!((wire.brief(), wire.fate()), (String::new(), "lingering"));
}
