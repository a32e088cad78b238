//! The time of a handler (`app_handler_timeout`): it counts without progress.

use super::Say::{Gather, Write, Yield};
use super::*;
use crate::connection::Cause;

const SECOND: Duration = Duration::from_secs(1);

const UPLOAD: &[u8] = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n";

fn cause(wire: &Wire) -> Option<Cause> {
    wire.connection.poll_deadline().map(|deadline| deadline.cause)
}

/// A handler that runs, with timeouts for bodies and readers that do not end it.
fn running(request: &[u8]) -> Wire {
    let hour = SECOND * 3_600;
    let mut wire =
        Wire::with(Config { request_timeout: hour, write_timeout: hour, ..Config::default() });
    wire.feed(request);
    wire.serve(|_, _, _| {});
    wire
}

fn cancelled_after(mut wire: Wire, time: Duration) -> Vec<CloseReason> {
    wire.pass(time);
    wire.serve(|_, _, _| unreachable!());
    wire.cancelled
}

#[test]
fn a_handler_without_progress_is_cancelled() {
    assert_eq!(cancelled_after(running(GET), SECOND * 119), []);
    let reasons = cancelled_after(running(GET), SECOND * 120);
    assert_eq!(reasons, [CloseReason::HandlerTimeout]);
    assert_eq!(reasons[0].status(), http::StatusCode::INTERNAL_SERVER_ERROR);
}

/// Nothing of these pieces is sent (RFC 9110 section 9.3.2), so that they are no progress.
#[test]
fn a_loop_of_writes_without_content_is_cancelled() {
    let mut wire = running(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    let now = wire.now();
    wire.connection.ongoing().write(&now, "first".into()).unwrap();
    wire.transmit();
    for _ in 0..3 {
        wire.pass(SECOND * 30);
        let now = wire.now();
        wire.connection.ongoing().write(&now, "piece".into()).unwrap();
    }
    assert_eq!(cancelled_after(wire, SECOND * 30), [CloseReason::HandlerTimeout]);
}

#[test]
fn an_upload_that_moves_is_not_cut_and_one_that_stops_is_408() {
    let mut wire = running(UPLOAD);
    for _ in 0..8 {
        wire.pass(SECOND * 100);
        wire.feed(b"x");
        let now = wire.now();
        assert_eq!(wire.connection.ongoing().body().poll(&now, 1), Ok(Decoded::Data("x".into())));
        assert_eq!(wire.connection.ongoing().body().poll(&now, 1), Ok(Decoded::NeedInput));
    }
    wire.pass(SECOND * 119);
    wire.serve(|_, _, _| unreachable!());
    assert_eq!(wire.cancelled, []);
    let reasons = cancelled_after(wire, SECOND);
    assert_eq!(reasons, [CloseReason::Fault(PeerError::BodyTimeout)]);
    assert_eq!(reasons[0].status(), http::StatusCode::REQUEST_TIMEOUT);
}

#[test]
fn a_body_that_stalled_before_is_408_too() {
    let config = Config { app_handler_timeout: SECOND * 30, ..Config::default() };
    let mut wire = Wire::with(config);
    wire.feed(UPLOAD);
    wire.serve(|connection, now, _| {
        assert_eq!(connection.ongoing().body().poll(now, 9), Ok(Decoded::NeedInput));
    });
    // Both clocks end at the same moment.
    let reasons = cancelled_after(wire, SECOND * 30);
    assert_eq!(reasons, [CloseReason::Fault(PeerError::BodyTimeout)]);
}

#[test]
fn a_download_that_moves_is_not_cut_and_one_that_stops_is() {
    let mut wire = running(GET);
    wire.room = 0;
    let now = wire.now();
    Write("0123456789").to(&mut wire.connection, &now).unwrap();
    for _ in 0..8 {
        wire.pass(SECOND * 100);
        // The handler waits; what the client takes is progress.
        wire.room = 1;
        wire.transmit();
    }
    let reasons = cancelled_after(wire, SECOND * 120);
    assert_eq!(reasons, [CloseReason::WriteTimeout]);
    assert_eq!(reasons[0].status(), http::StatusCode::REQUEST_TIMEOUT);
}

#[test]
fn each_piece_that_is_written_is_progress() {
    type Act = fn(&mut Connection, &Now);
    let acts: [(&str, Act); 4] = [
        ("write", |connection, now| Write("x").to(connection, now).unwrap()),
        ("yield", |connection, now| Yield("x").to(connection, now).unwrap()),
        ("raw", |connection, now| connection.ongoing().send(now, "x".into()).unwrap()),
        ("gathered", |connection, now| {
            let _ = Gather(1 << 20).to(connection, now);
            Yield("x").to(connection, now).unwrap();
        }),
    ];
    for (what, act) in acts {
        let mut wire = running(GET);
        for _ in 0..5 {
            wire.pass(SECOND * 100);
            let now = wire.now();
            act(&mut wire.connection, &now);
        }
        wire.serve(|_, _, _| unreachable!());
        assert_eq!(wire.cancelled, [], "{what}");
        assert_eq!(cancelled_after(wire, SECOND * 120), [CloseReason::HandlerTimeout], "{what}");
    }
    // An empty piece is none.
    let mut wire = running(GET);
    wire.pass(SECOND * 100);
    let now = wire.now();
    Yield("").to(&mut wire.connection, &now).unwrap();
    assert_eq!(cancelled_after(wire, SECOND * 20), [CloseReason::HandlerTimeout]);
}

#[test]
fn the_time_of_one_handler_can_be_longer_shorter_or_without_end() {
    for (after, survives, ends) in
        [(Some(SECOND), 0, Some(1)), (Some(SECOND * 600), 599, Some(600)), (None, 100_000, None)]
    {
        let begin = || {
            let mut wire = running(GET);
            let now = wire.now();
            wire.connection.ongoing().options().set_handler_timeout(&now, after);
            wire
        };
        assert_eq!(cancelled_after(begin(), SECOND * survives), [], "{after:?}");
        if let Some(ends) = ends {
            let reasons = cancelled_after(begin(), SECOND * ends);
            assert_eq!(reasons, [CloseReason::HandlerTimeout], "{after:?}");
        }
    }
    // The next request has the time of the configuration.
    let mut wire = running(GET);
    let now = wire.now();
    wire.connection.ongoing().options().set_handler_timeout(&now, None);
    wire.connection.ongoing().end(&now, "".into()).unwrap();
    wire.connection.ongoing().handler_done(&now);
    wire.feed(GET);
    wire.serve(|_, _, _| {});
    assert_eq!(cancelled_after(wire, SECOND * 120), [CloseReason::HandlerTimeout]);
}

#[test]
fn a_handler_that_has_left_http_or_left_its_connection_open_has_no_clock() {
    type Act = fn(&mut Connection, &Now);
    let acts: [(&str, Act); 4] = [
        ("upgrade", |connection, _| connection.ongoing().upgrade(b"x").unwrap()),
        ("raw", |connection, now| {
            let head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n";
            connection.ongoing().send(now, head.into()).unwrap();
        }),
        ("left open", |connection, now| connection.ongoing().leave_open(now)),
        ("raw, left open", |connection, now| {
            connection.ongoing().send(now, "HTTP/1.1 200 OK\r\n\r\n".into()).unwrap();
            connection.ongoing().leave_open(now);
        }),
    ];
    for (what, act) in acts {
        let mut wire = Wire::new();
        wire.feed(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
        wire.serve(|connection, now, _| act(connection, now));
        assert_eq!(cause(&wire), None, "{what}");
        wire.pass(SECOND * 3_600);
        wire.serve(|_, _, _| unreachable!());
        assert!(wire.cancelled.is_empty() && wire.fate() == "kept", "{what}");
    }
    // What is no upgrade keeps its clock.
    for raw in ["HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 1010", "hello"] {
        let mut wire = Wire::new();
        wire.feed(GET);
        wire.serve(|connection, now, _| connection.ongoing().send(now, raw.into()).unwrap());
        assert_eq!(cause(&wire), Some(Cause::Handler), "{raw}");
    }
}
