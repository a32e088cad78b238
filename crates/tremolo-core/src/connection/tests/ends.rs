//! Stopping: draining and aborting (SPEC section 9).

use super::Say::{End, Write};
use super::*;
use crate::error::Misuse;

/// The default of `drain_grace`.
const GRACE: Duration = Duration::from_millis(500);

#[test]
fn draining_closes_idle_connections_and_finishes_the_others() {
    let mut idle = Wire::new();
    idle.feed(GET);
    idle.say(&[End("")]);
    idle.written();
    let now = idle.now();
    idle.connection.drain(&now);
    idle.pass(GRACE - Duration::from_millis(1));
    assert_eq!(idle.fate(), "kept");
    idle.pass(Duration::from_millis(1));
    idle.transmit();
    assert_eq!((idle.brief(), idle.fate()), (String::new(), "lingering"));

    let mut busy = Wire::new();
    busy.feed(GET);
    busy.serve(|_, _, _| {});
    let now = busy.now();
    busy.connection.drain(&now);
    busy.connection.ongoing().end(&now, "done".into()).unwrap();
    busy.connection.ongoing().handler_done(&now);
    busy.transmit();
    assert!(busy.brief().ends_with("Connection: close||done"));
    assert_eq!(busy.fate(), "lingering");

    // The head is out and said keep-alive: the response is finished, and one more request may come.
    let mut streaming = Wire::new();
    streaming.feed(GET);
    streaming.serve(|connection, now, _| Write("a").to(connection, now).unwrap());
    let now = streaming.now();
    streaming.connection.drain(&now);
    Write("b").to(&mut streaming.connection, &now).unwrap();
    streaming.connection.ongoing().handler_done(&now);
    streaming.transmit();
    assert!(streaming.brief().ends_with("1|a|1|b|0||"));
    assert_eq!(streaming.fate(), "kept");
    streaming.pass(GRACE);
    streaming.transmit();
    assert_eq!(streaming.fate(), "lingering");
}

/// A client that does not know of the shutdown yet has a request on its way.
#[test]
fn a_kept_connection_may_send_one_more_request_while_the_server_drains() {
    let mut wire = Wire::new();
    wire.feed(GET);
    wire.say(&[End("first")]);
    wire.written();
    let now = wire.now();
    wire.connection.drain(&now);
    wire.pass(GRACE / 2);
    wire.feed(GET);
    wire.say(&[End("last")]);
    assert!(wire.brief().ends_with("Connection: close||last"));
    assert_eq!(wire.fate(), "lingering");

    // Without a grace it closes at once.
    let mut wire = Wire::with(Config { drain_grace: Duration::ZERO, ..Config::default() });
    let now = wire.now();
    wire.connection.drain(&now);
    wire.pass(Duration::ZERO);
    assert_eq!(wire.fate(), "closed");
}

/// What has come is read before the deadline is looked at: accepted is not lost.
#[test]
fn a_connection_without_a_complete_request_closes_after_the_grace_when_the_server_drains() {
    let mut wire = Wire::new();
    let now = wire.now();
    wire.connection.drain(&now);
    wire.transmit();
    assert_eq!(wire.fate(), "kept");
    wire.feed(GET);
    wire.say(&[End("ok")]);
    assert!(wire.brief().ends_with("Connection: close||ok"));

    let mut silent = Wire::new();
    let now = silent.now();
    silent.connection.drain(&now);
    silent.pass(GRACE);
    assert_eq!((silent.brief(), silent.fate()), (String::new(), "closed"));

    let mut begun = Wire::new();
    begun.feed(b"GET / HT");
    begun.serve(|_, _, _| unreachable!());
    let now = begun.now();
    begun.connection.drain(&now);
    begun.feed(b"TP/1.1\r\n");
    begun.serve(|_, _, _| unreachable!());
    begun.pass(GRACE);
    assert_eq!((begun.brief(), begun.fate()), (String::new(), "closed"));

    // Behind a response that had promised to stay, half of the next request.
    let mut second = Wire::new();
    second.feed(GET);
    second.serve(|connection, now, _| Write("a").to(connection, now).unwrap());
    let now = second.now();
    second.connection.drain(&now);
    second.feed(b"GET / HT");
    second.connection.ongoing().handler_done(&now);
    second.serve(|_, _, _| unreachable!());
    second.pass(GRACE);
    second.transmit();
    assert_eq!(second.fate(), "lingering");

    // The rest of a body that no handler reads.
    let mut discarding = Wire::new();
    discarding.feed(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n");
    discarding.say(&[End("early")]);
    let now = discarding.now();
    discarding.connection.drain(&now);
    discarding.transmit();
    assert!(discarding.brief().ends_with("early"));
    assert_eq!(discarding.fate(), "lingering");
}

#[test]
fn a_connection_that_is_over_waits_for_nothing_when_the_server_drains() {
    let mut wire = Wire::new();
    wire.end_input();
    let now = wire.now();
    wire.connection.drain(&now);
    assert!(wire.connection.peek().is_closed());
    assert_eq!(wire.connection.poll_deadline(), None);
}

#[test]
fn aborting_cancels_the_handler_and_drops_what_is_queued() {
    let mut wire = Wire::new();
    wire.room = 0;
    wire.feed(GET);
    wire.serve(|connection, now, _| Write("a").to(connection, now).unwrap());
    wire.connection.abort(CloseReason::Shutdown);
    assert!(wire.connection.peek().is_closed() && wire.connection.peek().queued() == 0);
    wire.serve(|_, _, _| unreachable!());
    assert_eq!(wire.cancelled, [CloseReason::Shutdown]);
}

/// What is discarded is not the end of a body that a task still reads.
#[test]
fn an_exchange_whose_rest_is_discarded_is_over() {
    let mut wire = Wire::new();
    wire.feed(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
    let mut id = None;
    wire.serve(|connection, now, _| {
        id = connection.peek().current_id();
        connection.ongoing().end(now, "early".into()).unwrap();
    });
    let (id, now) = (id.unwrap(), wire.now());
    wire.connection.exchange(id).unwrap().handler_done(&now);
    assert_eq!(wire.connection.exchange(id).unwrap_err(), Misuse::ExchangeOver.into());
    assert_eq!(wire.connection.peek().exchange(id).unwrap_err(), Misuse::ExchangeOver.into());
    assert_eq!(wire.connection.peek().current_id(), None);
    wire.feed(b"cde");
    wire.transmit();
    assert_eq!(wire.fate(), "kept");
}

/// The end of an encrypted connection shows whether the client has the whole response.
#[test]
fn aborting_is_a_cut_unless_the_output_is_complete() {
    for write in [None, Some("a")] {
        let mut wire = Wire::new();
        wire.feed(GET);
        wire.serve(|connection, now, _| {
            if let Some(piece) = write {
                Write(piece).to(connection, now).unwrap();
            }
        });
        wire.transmit();
        wire.connection.abort(CloseReason::Shutdown);
        assert!(wire.connection.peek().is_cut(), "{write:?}");
    }
    for room in [0, usize::MAX] {
        let mut wire = Wire::new();
        wire.room = room;
        wire.feed(GET);
        wire.say(&[End("whole")]);
        wire.transmit();
        wire.connection.abort(CloseReason::Shutdown);
        assert_eq!(wire.connection.peek().is_cut(), room == 0);
    }
    let mut idle = Wire::new();
    idle.connection.abort(CloseReason::Shutdown);
    assert!(!idle.connection.peek().is_cut());
}
