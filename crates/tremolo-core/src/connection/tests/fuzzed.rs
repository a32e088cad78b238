//! What the fuzzer found, each as the shortest conversation that shows it.

use super::Say::{End, Send, Write, Yield};
use super::*;
use crate::error::Misuse;

#[test]
fn a_half_close_while_streaming_does_not_cut_the_rest() {
    let mut wire = Wire::new();
    wire.feed(GET);
    wire.serve(|connection, now, _| Write("a").to(connection, now).unwrap());
    wire.end_input();
    let now = wire.now();
    wire.connection.ongoing().write(&now, "b".into()).unwrap();
    wire.connection.ongoing().handler_done(&now);
    wire.transmit();
    assert!(wire.brief().ends_with("|1|a|1|b|0||"));
}

#[test]
fn a_half_close_while_the_answer_is_being_written_does_not_cut_it() {
    let mut wire = Wire::new();
    wire.room = 10;
    wire.feed(GET);
    wire.say(&[End("hello")]);
    wire.end_input();
    wire.room = usize::MAX;
    wire.transmit();
    assert!(wire.brief().ends_with("hello"));
}

#[test]
fn half_a_request_before_the_half_close_does_not_cut_the_answer_before_it() {
    let mut wire = Wire::new();
    wire.room = 10;
    wire.feed(b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /b HT");
    wire.say(&[End("hello")]);
    wire.end_input();
    wire.say(&[End("never")]);
    wire.room = usize::MAX;
    wire.transmit();
    assert!(wire.brief().ends_with("hello"));
}

#[test]
fn a_half_close_while_a_body_is_discarded_does_not_cut_the_answer() {
    let mut wire = Wire::new();
    wire.room = 10;
    wire.feed(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
    wire.say(&[End("hello")]);
    wire.end_input();
    wire.room = usize::MAX;
    wire.transmit();
    assert!(wire.brief().ends_with("hello"));
}

#[test]
fn a_cut_body_that_is_not_read_is_not_waited_for() {
    let mut wire = Wire::new();
    wire.feed(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
    wire.serve(|connection, now, _| Write("a").to(connection, now).unwrap());
    wire.end_input();
    let now = wire.now();
    wire.connection.ongoing().handler_done(&now);
    wire.transmit();
    assert!(wire.connection.peek().is_closed());
}

#[test]
fn an_empty_line_behind_a_request_does_not_stop_the_keep_alive_clock() {
    let mut wire = Wire::new();
    wire.feed(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n\r\n");
    wire.say(&[End("")]);
    assert!(wire.connection.poll_deadline().is_some());
    assert!(wire.connection.peek().idle_until().is_some());
}

#[test]
fn no_upgrade_in_the_middle_of_raw_bytes() {
    let mut wire = Wire::new();
    wire.feed(GET);
    wire.serve(|connection, now, _| {
        Send("raw").to(connection, now).unwrap();
        assert!(connection.ongoing().upgrade(b"x").is_err());
    });
}

#[test]
fn no_fault_after_the_end() {
    let mut wire = Wire::new();
    wire.room = 10;
    wire.feed(b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /b HT");
    wire.say(&[End("hello")]);
    wire.pass(Duration::from_secs(60));
    assert!(wire.connection.peek().is_closed());
    let now = wire.now();
    assert!(wire.connection.poll_event(&now).is_none());
}

/// The reader of a body and its handler may both have timed out. The driver may
/// report either first.
#[test]
fn a_handler_that_has_returned_is_not_cancelled() {
    let mut wire = Wire::new();
    wire.feed(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n");
    wire.serve(|_, _, _| {});
    wire.pass(Duration::from_secs(500));
    let now = wire.now();
    wire.connection.ongoing().handler_done(&now);
    assert!(wire.connection.poll_event(&now).is_none());

    let mut wire = Wire::new();
    wire.feed(GET);
    wire.serve(|_, _, _| {});
    wire.pass(Duration::from_secs(500));
    let now = wire.now();
    wire.connection.ongoing().leave_open(&now);
    assert!(wire.connection.poll_event(&now).is_none());
}

#[test]
fn a_shutdown_that_blocks_has_a_deadline() {
    let mut wire = Wire::new();
    wire.feed(GET);
    wire.serve(|connection, now, _| {
        End("x").to(connection, now).unwrap();
        connection.ongoing().close(now, false).unwrap();
        connection.ongoing().handler_done(now);
        let count = connection.peek().queued();
        connection.transmitted(now, count);
        assert!(matches!(connection.poll_transmit(now), Some(Transmit::Shutdown)));
        assert!(connection.poll_deadline().is_some());
        connection.shutdown_done(now);
    });
}

#[test]
fn interim_fields_do_not_frame() {
    let mut wire = Wire::new();
    wire.feed(GET);
    wire.serve(|connection, _, _| {
        let mut fields = crate::http1::response::FieldList::default();
        fields.append(b"Content-Length", b"5").unwrap();
        assert!(connection.ongoing().inform(103, &fields).is_err());
    });
}

#[test]
fn the_first_reason_to_close_stays() {
    let mut wire = Wire::new();
    wire.feed(GET);
    wire.serve(|_, _, _| {});
    wire.connection.abort(CloseReason::Shutdown);
    wire.connection.abort(CloseReason::PeerGone);
    assert_eq!(wire.connection.peek().close_reason(), Some(CloseReason::Shutdown));
}

#[test]
fn an_empty_piece_is_late_too() {
    let mut wire = Wire::new();
    wire.feed(GET);
    wire.serve(|connection, now, _| {
        let mut exchange = connection.ongoing();
        exchange.end(now, "a".into()).unwrap();
        exchange.handler_done(now);
        assert!(exchange.yield_piece(now, "".into()).is_err());
    });
    wire.feed(GET);
    let refused = wire.say(&[End("a"), Yield("")]);
    assert_eq!(refused, [Error::Misuse(Misuse::ResponseEnded)]);
}
