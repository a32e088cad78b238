//! What an application asks and decides of its exchange.

use super::Say::{End, Read, Status, Write};
use super::*;
use crate::error::Misuse;

/// RFC 9112 section 9.6: a connection that will be closed has `Connection: close`.
#[test]
fn keep_alive_can_be_taken_back_until_the_end() {
    let mut wire = Wire::new();
    wire.feed(GET);
    wire.serve(|connection, now, _| {
        assert!(connection.peek_ongoing().keeps_alive());
        connection.ongoing().options().set_keep_alive(false).unwrap();
        assert!(!connection.peek_ongoing().keeps_alive());
        // An error page begins with a new head, and keeps what was decided.
        connection.ongoing().response_mut().unwrap().clear();
        connection.ongoing().end(now, "x".into()).unwrap();
        connection.ongoing().handler_done(now);
    });
    assert_eq!(wire.brief(), "HTTP/1.1 200 OK|Content-Length: 1|Connection: close||x");
    assert_eq!(wire.fate(), "lingering");

    let mut wire = Wire::new();
    wire.feed(&GET.repeat(2));
    let mut turn = 0;
    wire.serve(|connection, now, _| {
        turn += 1;
        connection.ongoing().options().set_keep_alive(false).unwrap();
        if turn == 1 {
            connection.ongoing().options().set_keep_alive(true).unwrap();
        } else {
            connection.ongoing().write(now, "x".into()).unwrap();
            connection.ongoing().options().set_keep_alive(true).unwrap();
        }
        connection.ongoing().handler_done(now);
    });
    assert_eq!((turn, wire.fate()), (1, "lingering"));
}

#[test]
fn a_keep_alive_that_the_client_does_not_want_is_not_granted() {
    let mut wire = Wire::new();
    wire.feed(b"GET / HTTP/1.0\r\n\r\n");
    wire.serve(|connection, now, _| {
        connection.ongoing().options().set_keep_alive(true).unwrap();
        assert!(!connection.peek_ongoing().keeps_alive());
        connection.ongoing().end(now, "x".into()).unwrap();
        connection.ongoing().handler_done(now);
    });
    assert!(wire.brief().contains("Connection: close"));
    let over = wire.connection.ongoing().options().set_keep_alive(true);
    assert!(over.is_err(), "{over:?}");
}

#[test]
fn a_response_has_a_buffer_size_of_its_own_and_the_next_one_has_not() {
    let mut wire = Wire::new();
    wire.feed(GET);
    wire.serve(|connection, now, _| {
        let mut exchange = connection.ongoing();
        exchange.end(now, "".into()).unwrap();
        exchange.handler_done(now);
        let late = exchange.options().set_buffer_size(1);
        assert_eq!(late, Err(Error::Misuse(Misuse::ExchangeOver)));
    });
    wire.feed(&GET.repeat(2));
    wire.room = 0;
    let mut sizes = [1_000, 0].into_iter();
    let mut serve = |wire: &mut Wire| {
        wire.serve(|connection, now, _| match sizes.next() {
            Some(0) => {
                connection.ongoing().write(now, Piece::Slice(&[b'x'; 60_000])).unwrap();
                assert!(!connection.is_write_blocked());
            }
            Some(size) => {
                connection.ongoing().options().set_buffer_size(size).unwrap();
                connection.ongoing().write(now, Piece::Slice(&[b'x'; 3_700])).unwrap();
                assert!(!connection.is_write_blocked());
                connection.ongoing().write(now, Piece::Slice(&[b'x'; 500])).unwrap();
                assert!(connection.is_write_blocked());
            }
            None => unreachable!(),
        });
    };
    serve(&mut wire);
    wire.room = wire.connection.peek().queued() - 500;
    wire.transmit();
    assert!(wire.connection.is_write_blocked());
    wire.room = 1;
    wire.transmit();
    assert!(!wire.connection.is_write_blocked());
    let now = wire.now();
    wire.connection.ongoing().handler_done(&now);
    wire.room = usize::MAX;
    serve(&mut wire);
}

#[test]
fn the_smallest_buffer_size_does_not_block_for_ever() {
    let mut wire = Wire::new();
    wire.feed(GET);
    wire.serve(|connection, now, _| {
        connection.ongoing().options().set_buffer_size(0).unwrap();
        connection.ongoing().write(now, Piece::Slice(b"hello")).unwrap();
        assert!(connection.is_write_blocked());
    });
    assert!(!wire.connection.is_write_blocked());
}

#[test]
fn reports_how_far_the_body_was_read() {
    let mut wire = Wire::new();
    wire.feed(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
    wire.serve(|connection, _, _| {
        assert!(
            connection.peek_ongoing().owes_continue() && !connection.peek_ongoing().is_body_read()
        );
        assert_eq!(
            (connection.peek_ongoing().body_received(), connection.peek_ongoing().is_upgraded()),
            (0, false)
        );
    });
    let now = wire.now();
    Read.to(&mut wire.connection, &now).unwrap();
    assert!(!wire.connection.peek_ongoing().owes_continue());
    wire.feed(b"body");
    Read.to(&mut wire.connection, &now).unwrap();
    assert!(wire.connection.peek_ongoing().is_body_read());
    assert_eq!(wire.connection.peek_ongoing().body_received(), 4);

    for (said, chunked) in [(Write("x"), true), (End("x"), false), (Status(204), false)] {
        let mut wire = Wire::new();
        wire.feed(GET);
        wire.serve(|connection, now, _| {
            assert!(connection.peek_ongoing().is_body_read());
            said.to(connection, now).unwrap();
            assert_eq!(connection.peek_ongoing().is_chunked(), chunked, "{said:?}");
        });
    }
}

#[test]
fn to_set_the_same_rate_again_grants_no_second_burst() {
    let mut wire = Wire::new();
    wire.feed(GET);
    wire.serve(|connection, now, _| {
        connection.ongoing().options().set_rate(1_024).unwrap();
        connection.ongoing().write(now, Piece::Slice(&[b'x'; 65_536])).unwrap();
    });
    let now = wire.now();
    wire.connection.ongoing().options().set_rate(1_024).unwrap();
    wire.connection.ongoing().write(&now, Piece::Slice(&[b'x'; 65_536])).unwrap();
    wire.transmit();
    assert!(wire.connection.peek().queued() >= 65_536, "{}", wire.connection.peek().queued());
}

/// RFC 9110 sections 6.4.1 and 9.3.2.
#[test]
fn it_is_known_whether_a_body_goes_out() {
    let head = b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";
    for (request, status, takes) in [
        (GET, 200, true),
        (GET, 404, true),
        (GET, 204, false),
        (GET, 304, false),
        (head, 200, false),
    ] {
        let mut wire = Wire::new();
        wire.feed(request);
        wire.serve(|connection, now, _| {
            connection.ongoing().response_mut().unwrap().set_status(status).unwrap();
            assert_eq!(connection.peek_ongoing().takes_body(), takes, "{status}");
            connection.ongoing().begin_body(now).unwrap();
            assert_eq!(connection.peek_ongoing().takes_body(), takes, "{status}");
            let mut exchange = connection.ongoing();
            exchange.end(now, (&[]).into()).unwrap();
            assert!(!exchange.peek().takes_body());
            exchange.handler_done(now);
            assert!(!exchange.peek().takes_body());
        });
    }
}

#[test]
fn the_head_of_a_body_in_pieces_can_go_out_before_them() {
    let mut wire = Wire::new();
    wire.feed(GET);
    wire.serve(|connection, now, _| {
        let mut exchange = connection.ongoing();
        exchange.end(now, "".into()).unwrap();
        exchange.handler_done(now);
        let late = exchange.begin_body(now);
        assert_eq!(late, Err(Error::Misuse(Misuse::ExchangeOver)));
    });
    wire.brief();
    let now = wire.now();
    wire.feed(GET);
    wire.serve(|connection, now, _| {
        connection.ongoing().begin_body(now).unwrap();
        connection.ongoing().begin_body(now).unwrap();
        assert!(connection.peek_ongoing().is_head_sent() && connection.peek_ongoing().is_chunked());
    });
    let expected = "HTTP/1.1 200 OK|Transfer-Encoding: chunked|Connection: keep-alive||";
    assert_eq!(wire.brief(), expected);
    wire.connection.ongoing().end(&now, "x".into()).unwrap();
    wire.connection.ongoing().handler_done(&now);
    wire.transmit();
    assert_eq!(wire.brief(), "1|x|0||");
}
