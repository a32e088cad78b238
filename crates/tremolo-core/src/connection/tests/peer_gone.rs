//! Clients that go: what a half-close means (`half_close`), and what a handler has afterwards.

use super::Say::{CloseKeepAlive, End, Write, Yield};
use super::*;
use crate::connection::Cause;
use tremolo_config::HalfClose;

const SECOND: Duration = Duration::from_secs(1);

const GONE: CloseReason = CloseReason::PeerGone;

fn cause(wire: &Wire) -> Option<Cause> {
    wire.connection.poll_deadline().map(|deadline| deadline.cause)
}

/// A handler that runs and calls this, whose client then closes its half.
fn half_closed(half_close: HalfClose, request: &[u8], script: &[Say]) -> Wire {
    let mut wire = Wire::with(Config { half_close, ..Config::default() });
    wire.feed(request);
    wire.serve(|connection, now, _| {
        for said in script {
            said.to(connection, now).unwrap();
        }
    });
    wire.end_input();
    wire
}

/// What becomes of the handler within this time.
fn cancelled_after(wire: &mut Wire, time: Duration) -> &[CloseReason] {
    wire.pass(time);
    wire.serve(|_, _, _| unreachable!());
    &wire.cancelled
}

#[test]
fn a_reset_cancels_the_handler_and_once_more_after_its_grace() {
    let mut wire = Wire::new();
    wire.feed(GET);
    wire.serve(|_, _, _| {});
    let now = wire.now();
    wire.connection.handle_reset(&now);
    assert!(wire.connection.peek().is_closed() && wire.connection.peek().is_cancelled());
    assert_eq!(wire.connection.ongoing().write(&now, "x".into()), Err(Error::Closed(GONE)));
    assert_eq!(wire.connection.ongoing().body().poll(&now, 9), Err(Error::Closed(GONE)));
    // A handler that has noticed goes on; it is not asked for again before its time.
    assert!(matches!(wire.connection.poll_event(&now), Some(Event::Cancel(GONE))));
    assert_eq!(cause(&wire), Some(Cause::AppClose));
    assert_eq!(cancelled_after(&mut wire, SECOND * 29), []);
    assert_eq!(cancelled_after(&mut wire, SECOND), [GONE]);
    assert_eq!(cause(&wire), None);
}

#[test]
fn a_half_close_is_seen_at_once_unless_it_is_allowed() {
    for (half_close, seems_gone) in [(HalfClose::Grace, true), (HalfClose::Allow, false)] {
        let mut wire = Wire::with(Config { half_close, ..Config::default() });
        wire.feed(GET);
        wire.serve(|_, _, _| {});
        assert!(!wire.connection.ongoing().peek().seems_gone());
        wire.end_input();
        assert_eq!(wire.connection.ongoing().peek().seems_gone(), seems_gone);
        assert_eq!(wire.fate(), "kept");
    }
}

#[test]
fn a_half_close_behind_a_request_is_gone_after_its_grace() {
    let mut wire = half_closed(HalfClose::Grace, GET, &[]);
    assert_eq!(cancelled_after(&mut wire, SECOND - Duration::from_millis(1)), []);
    assert_eq!(wire.fate(), "kept");
    assert_eq!(cancelled_after(&mut wire, Duration::from_millis(1)), [GONE]);
    assert_eq!((wire.brief(), wire.fate()), (String::new(), "closed"));
}

#[test]
fn an_answer_within_the_grace_or_one_that_has_begun_leaves() {
    let mut wire = half_closed(HalfClose::Grace, GET, &[]);
    let now = wire.now();
    wire.connection.ongoing().end(&now, "quick".into()).unwrap();
    wire.connection.ongoing().handler_done(&now);
    assert_eq!(cancelled_after(&mut wire, SECOND * 9), []);
    assert!(wire.brief().ends_with("quick"));
    for begun in [&[Write("a")][..], &[Say::Gather(1_024), Yield("a")], &[Say::Send("a")]] {
        let mut wire = half_closed(HalfClose::Grace, GET, begun);
        assert_eq!(cancelled_after(&mut wire, SECOND * 9), [], "{begun:?}");
        assert_eq!(wire.fate(), "kept");
    }
}

/// The client may still read: it is not certain that a client that closed its half is gone.
#[test]
fn the_responses_before_one_that_is_given_up_still_leave() {
    let mut wire = Wire::new();
    wire.room = 10;
    wire.feed(&GET.repeat(2));
    wire.serve(|connection, now, _| {
        if connection.peek().current_id().is_some_and(|id| id.number() == 1) {
            End("first").to(connection, now).unwrap();
            connection.ongoing().handler_done(now);
        }
    });
    wire.end_input();
    assert_eq!(cancelled_after(&mut wire, SECOND), [GONE]);
    let now = wire.now();
    assert_eq!(wire.connection.ongoing().write(&now, "x".into()), Err(Error::Closed(GONE)));
    wire.room = usize::MAX;
    wire.transmit();
    assert!(wire.brief().ends_with("first"));
    assert_eq!(wire.fate(), "closed");
}

#[test]
fn a_half_close_that_is_allowed_has_no_clock() {
    let mut wire = half_closed(HalfClose::Allow, GET, &[]);
    assert_eq!(cancelled_after(&mut wire, SECOND * 119), []);
    assert_eq!(wire.fate(), "kept");
}

#[test]
fn a_strict_half_close_is_gone_at_once_even_while_it_is_answered() {
    for script in [&[][..], &[Write("a")]] {
        let mut wire = half_closed(HalfClose::Close, GET, script);
        assert_eq!(cancelled_after(&mut wire, Duration::ZERO), [GONE], "{script:?}");
        assert_eq!(wire.fate(), "closed");
    }
    // A body that has come and is not read is a part of a complete request.
    let upload = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab";
    let mut wire = half_closed(HalfClose::Close, upload, &[]);
    assert_eq!(cancelled_after(&mut wire, Duration::ZERO), [GONE]);
    // What is complete leaves; what was pipelined behind it is not begun.
    let two = [GET, GET].concat();
    let mut wire = half_closed(HalfClose::Close, &two, &[End("whole")]);
    let now = wire.now();
    wire.connection.ongoing().handler_done(&now);
    assert_eq!(cancelled_after(&mut wire, Duration::ZERO), []);
    assert!(wire.brief().ends_with("whole"));
    assert_eq!((wire.urls.len(), wire.fate()), (1, "closed"));
}

/// RFC 9112 section 8: a request that is cut short gets an error response.
#[test]
fn an_incomplete_request_has_the_grace_in_strict_mode_too() {
    let upload = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab";
    for half_close in [HalfClose::Grace, HalfClose::Close] {
        let mut wire = half_closed(half_close, upload, &[]);
        assert_eq!(cancelled_after(&mut wire, Duration::ZERO), []);
        assert_eq!(cancelled_after(&mut wire, SECOND), [GONE], "{half_close:?}");
    }
}

#[test]
fn each_request_that_was_pipelined_has_the_grace() {
    let two = [GET, GET].concat();
    let mut wire = half_closed(HalfClose::Grace, &two, &[]);
    wire.pass(SECOND / 2);
    let now = wire.now();
    wire.connection.ongoing().end(&now, "".into()).unwrap();
    wire.connection.ongoing().handler_done(&now);
    wire.serve(|_, _, _| {});
    assert_eq!(wire.urls.len(), 2);
    assert_eq!(cancelled_after(&mut wire, SECOND / 2), []);
    assert_eq!(cancelled_after(&mut wire, SECOND / 2), [GONE]);
}

#[test]
fn a_connection_that_was_left_open_closes_and_an_upgraded_one_does_not() {
    let mut wire = Wire::new();
    wire.feed(GET);
    wire.serve(|connection, now, _| connection.ongoing().leave_open(now));
    wire.end_input();
    wire.pass(SECOND);
    assert_eq!(wire.connection.peek().close_reason(), Some(GONE));

    let upgrade = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
    for half_close in [HalfClose::Grace, HalfClose::Close] {
        let mut wire = Wire::with(Config { half_close, ..Config::default() });
        wire.feed(upgrade);
        wire.serve(|connection, _, _| connection.ongoing().upgrade(b"x").unwrap());
        wire.end_input();
        assert_eq!(cancelled_after(&mut wire, SECOND * 9), []);
        assert_eq!(wire.fate(), "kept");
    }
}

#[test]
fn a_complete_answer_has_no_such_clock() {
    for script in [&[End("")][..], &[Write("a"), CloseKeepAlive]] {
        let mut wire = half_closed(HalfClose::Grace, GET, script);
        // The handler goes on behind its answer.
        assert_eq!(cancelled_after(&mut wire, SECOND * 9), []);
    }
}
