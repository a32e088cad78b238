//! Turns: what ends them, what waits for the next one, and bodies of which nothing is sent.

use std::time::Duration;

use super::*;
use crate::budget::Bounds;

const MICROSECOND: Duration = Duration::from_micros(1);

/// A connection whose turn has begun and that serves one request; its handler runs.
fn serving(request: &[u8]) -> Wire {
    let mut wire = Wire::new();
    wire.connection.turn_mut().begin(&Bounds::CONNECTION);
    wire.feed(request);
    let now = wire.now();
    assert!(matches!(wire.connection.poll_event(&now), Some(Event::Request(_))));
    wire
}

/// Serves pipelined requests until none begins; how many these were.
fn served(wire: &mut Wire, each: Duration) -> usize {
    let mut count = 0;
    loop {
        let now = wire.now();
        let Some(event) = wire.connection.poll_event(&now) else { return count };
        assert!(matches!(event, Event::Request(_)));
        wire.connection.ongoing().end(&now, "hi".into()).unwrap();
        wire.connection.ongoing().handler_done(&now);
        count += 1;
        wire.elapsed += each;
        wire.transmit();
    }
}

#[test]
fn pipelined_requests_wait_for_the_next_turn() {
    let mut wire = Wire::new();
    // Short ones, so that more of them are buffered than begin in a turn.
    let count = usize::from(Bounds::CONNECTION.requests) + 100;
    wire.feed(&b"GET / HTTP/1.1\r\nHost:a\r\n\r\n".repeat(count));
    wire.connection.turn_mut().begin(&Bounds::CONNECTION);
    assert_eq!(served(&mut wire, Duration::ZERO), count - 100);
    assert!(
        wire.connection.peek().turn().is_over()
            && wire.connection.poll_transmit(&wire.now()).is_none()
    );
    assert!(wire.connection.turn_mut().begin(&Bounds::CONNECTION), "the last one was over");
    assert_eq!(served(&mut wire, Duration::ZERO), 100);
    assert!(!wire.connection.turn_mut().begin(&Bounds::CONNECTION));
}

#[test]
fn slow_handlers_end_a_turn_by_time() {
    let mut wire = Wire::new();
    wire.feed(&GET.repeat(100));
    wire.connection.turn_mut().begin(&Bounds::CONNECTION);
    assert_eq!(served(&mut wire, MICROSECOND * 100), 6);
    wire.connection.turn_mut().begin(&Bounds::SHORT);
    assert_eq!(served(&mut wire, MICROSECOND * 100), 2);
}

#[test]
fn a_driver_that_begins_no_turn_has_no_bounds() {
    let mut wire = Wire::new();
    wire.feed(&GET.repeat(2_000));
    assert_eq!(served(&mut wire, MICROSECOND * 100), 2_000);
}

/// Each of these would go on for ever: the queue of bytes does not grow, or hardly.
#[test]
fn writers_wait_for_the_next_turn_whatever_becomes_of_their_pieces() {
    type Write = fn(&mut Connection, &Now) -> bool;
    let cases: [(&str, &[u8], Write); 6] = [
        ("HEAD", HEAD, |connection, now| connection.ongoing().write(now, "piece".into()).is_ok()),
        ("HEAD, yield", HEAD, |connection, now| {
            connection.ongoing().yield_piece(now, "a".into()).is_ok()
        }),
        ("empty pieces", GET, |connection, now| {
            connection.ongoing().yield_piece(now, "".into()).is_ok()
        }),
        ("a second end", GET, |connection, now| {
            let _ = connection.ongoing().end(now, "body".into());
            connection.peek_ongoing().response_started()
        }),
        ("gone", GET, |connection, now| {
            connection.handle_reset(now);
            connection.ongoing().write(now, "piece".into()).is_err()
        }),
        ("the end of a body", GET, |connection, now| {
            connection.ongoing().body().poll(now, 1) == Ok(Decoded::End)
        }),
    ];
    for (case, request, write) in cases {
        let mut wire = serving(request);
        let now = wire.now();
        let mut written = 0;
        while !wire.connection.is_write_blocked() {
            assert!(write(&mut wire.connection, &now), "{case}");
            wire.transmit();
            written += 1;
            assert!(written <= 4_096, "{case}");
        }
        assert!(written > 1_000, "{case}: {written}");
        wire.connection.turn_mut().begin(&Bounds::CONNECTION);
        assert!(!wire.connection.is_write_blocked(), "{case}");
    }
}

#[test]
fn written_bytes_end_a_turn_and_no_write_is_longer_than_half_of_it() {
    let mut wire = serving(GET);
    let now = wire.now();
    wire.connection.ongoing().end(&now, vec![b'x'; 8 << 20].into()).unwrap();
    let mut turns = 1;
    while let Some(transmit) = wire.connection.poll_transmit(&now) {
        let count = transmit.bytes().len();
        assert!(count <= 1 << 20);
        wire.connection.transmitted(&now, count);
        if wire.connection.peek().turn().is_over() {
            wire.connection.turn_mut().begin(&Bounds::CONNECTION);
            turns += 1;
        }
    }
    assert_eq!(turns, 5);
}

/// RFC 9110 sections 9.3.2, 15.3.5, 15.4.5: after these heads comes no content.
#[test]
fn no_piece_is_wanted_where_none_is_sent() {
    for (request, status, wanted) in [
        (GET, 200, true),
        (HEAD, 200, false),
        (GET, 204, false),
        (GET, 304, false),
        (GET, 205, false),
    ] {
        let mut wire = serving(request);
        let now = wire.now();
        let connection = &mut wire.connection;
        connection.ongoing().response_mut().unwrap().set_status(status).unwrap();
        // The first piece decides whether there is a head at all.
        assert!(connection.peek_ongoing().wants_pieces(), "{status}");
        connection.ongoing().yield_piece(&now, "first".into()).unwrap();
        assert_eq!(connection.peek_ongoing().wants_pieces(), wanted, "{status}");
        if !wanted {
            connection.ongoing().end(&now, "".into()).unwrap();
            connection.ongoing().handler_done(&now);
            wire.transmit();
            assert!(wire.connection.peek().is_idle() && wire.fate() == "kept", "{status}");
        }
    }
}

#[test]
fn no_piece_is_wanted_of_a_connection_that_ends() {
    let mut wire = serving(GET);
    let now = wire.now();
    wire.connection.ongoing().yield_piece(&now, "first".into()).unwrap();
    wire.connection.handle_reset(&now);
    assert!(!wire.connection.peek_ongoing().wants_pieces());
}

const HEAD: &[u8] = b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";
