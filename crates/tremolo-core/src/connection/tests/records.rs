//! The data for an access log: one record for each exchange, whichever way it ends.

use super::Say::{Chunked, Close, CloseKeepAlive, End, Send, Set, Status, Write, Yield};
use super::*;
use crate::connection::{FileRegion, Finished};
use tremolo_config::AccessLog;

/// Status, body bytes, and whether it was cut.
type Recorded = (Option<u16>, u64, bool);

impl Wire {
    fn recorded() -> Self {
        Self::with(Config { access_log: AccessLog::Text, ..Config::default() })
    }

    fn finished(&mut self) -> Vec<Finished> {
        std::iter::from_fn(|| self.connection.take_finished()).collect()
    }

    /// The record of the only exchange.
    fn recorded_one(&mut self) -> Recorded {
        let finished = self.finished();
        assert_eq!(finished.len(), 1, "{finished:?}");
        (finished[0].status, finished[0].body_bytes, finished[0].cut)
    }
}

const HEAD: &[u8] = b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";
const OLD: &[u8] = b"GET / HTTP/1.0\r\n\r\n";

#[test]
fn an_exchange_is_recorded_with_what_was_sent() {
    let table: &[(&[u8], &[Say], Recorded)] = &[
        // A return, an empty one, a HEAD and a 304, which have no body (RFC 9110 section 6.4.1).
        (GET, &[End("hello")], (Some(200), 5, false)),
        (GET, &[Status(404), End("")], (Some(404), 0, false)),
        (HEAD, &[End("hello")], (Some(200), 0, false)),
        (GET, &[Status(304), End("hello")], (Some(304), 0, false)),
        // Streams: in chunks, with a length, until the end of the connection.
        (GET, &[Yield("ab"), Yield("cde"), End("")], (Some(200), 5, false)),
        (GET, &[Yield("ab")], (Some(200), 2, false)),
        (HEAD, &[Yield("ab")], (Some(200), 0, false)),
        (GET, &[Set("Content-Length", "3"), Write("abc")], (Some(200), 3, false)),
        (OLD, &[Write("abc"), Write("d")], (Some(200), 4, false)),
        (GET, &[Chunked(false), Write("abc")], (Some(200), 3, false)),
        (GET, &[End("a"), End("late")], (Some(200), 1, false)),
        // Bodies that cannot be completed.
        (GET, &[Set("Content-Length", "9"), Write("abc")], (Some(200), 3, true)),
        (GET, &[Write("abc"), Close], (Some(200), 3, true)),
        // Nothing at all, and bytes of the application's own.
        (GET, &[], (None, 0, false)),
        (GET, &[Close], (None, 0, false)),
        (GET, &[Send("HTTP/1.1 200 OK\r\n\r\n")], (None, 19, false)),
        (GET, &[Send("raw"), CloseKeepAlive], (None, 3, false)),
        (GET, &[Write("abc"), Send("raw"), End("r")], (Some(200), 7, false)),
    ];
    for (request, script, expected) in table {
        let mut wire = Wire::recorded();
        wire.feed(request);
        wire.say(script);
        let written = wire.written().len() as u64;
        let finished = wire.finished();
        assert_eq!(finished.len(), 1, "{script:?}");
        let told = (finished[0].status, finished[0].body_bytes, finished[0].cut);
        assert_eq!(told, *expected, "{script:?}");
        assert_eq!(finished[0].wire_bytes, written, "{script:?}");
        assert!(finished[0].head.is_some(), "{script:?}");
    }
}

#[test]
fn nothing_is_recorded_unless_it_is_asked_for() {
    let mut wire = Wire::new();
    wire.feed(GET);
    wire.say(&[End("hello")]);
    assert!(wire.finished().is_empty());
}

#[test]
fn a_head_at_fault_is_recorded_without_one() {
    let mut wire = Wire::recorded();
    wire.feed(b"GET / HTTP/1.1\r\nHost : a\r\n\r\n");
    wire.say(&[]);
    let finished = wire.finished();
    assert_eq!((finished[0].status, finished[0].body_bytes), (Some(400), 5));
    assert!(finished[0].head.is_none() && !finished[0].cut);

    let mut slow = Wire::recorded();
    slow.feed(b"GET /");
    slow.say(&[]);
    slow.pass(Duration::from_secs(30));
    slow.say(&[]);
    assert_eq!(slow.recorded_one(), (Some(408), 5, false));
}

#[test]
fn a_silence_or_the_beginning_of_a_head_is_no_exchange() {
    for input in [&b""[..], b"GET /"] {
        let mut wire = Wire::recorded();
        wire.feed(input);
        wire.say(&[]);
        wire.end_input();
        wire.say(&[]);
        let now = wire.now();
        wire.connection.handle_reset(&now);
        assert!(wire.finished().is_empty());
    }
}

#[test]
fn each_of_kept_and_pipelined_requests_is_recorded_once_and_in_order() {
    let mut wire = Wire::recorded();
    for number in 1..3 {
        wire.pass(Duration::from_secs(1));
        let began = wire.now().instant;
        wire.feed(GET);
        wire.say(&[End("x")]);
        let finished = wire.finished();
        assert_eq!((finished.len(), finished[0].exchange.number()), (1, number));
        assert_eq!(finished[0].began, began);
    }
    wire.feed(b"GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n");
    wire.feed(b"GET /c HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    wire.say(&[End("body")]);
    let urls = |finished: &Finished| finished.head.as_ref().unwrap().url().to_vec();
    let told: Vec<_> = wire.finished().iter().map(urls).collect();
    assert_eq!(told, [b"/a", b"/b", b"/c"]);
}

/// What the client has not been sent does not count, and an answer is not over before it left.
#[test]
fn pipelined_responses_are_recorded_when_they_were_written() {
    let mut wire = Wire::recorded();
    let mut settled = 0;
    wire.room = 0;
    wire.feed(&GET.repeat(3));
    wire.serve(|connection, now, _| {
        End("0123456789").to(connection, now).unwrap();
        connection.ongoing().handler_done(now);
        settled += 1;
    });
    assert_eq!((settled, wire.finished().len()), (3, 0));
    let length = wire.connection.peek().queued() / 3;
    // All of the first, half of the body of the second, nothing of the third.
    wire.room = 2 * length - 5;
    wire.transmit();
    let first = wire.finished();
    assert_eq!((first.len(), first[0].wire_bytes, first[0].cut), (1, length as u64, false));
    wire.pass(Duration::from_secs(30));
    assert!(wire.connection.peek().is_closed());
    let [second, third] = &wire.finished()[..] else { panic!() };
    assert_eq!((second.body_bytes, second.wire_bytes), (5, length as u64 - 5));
    assert_eq!((third.body_bytes, third.wire_bytes), (0, 0));
    assert!(second.cut && third.cut && third.status == Some(200));
}

#[test]
fn a_client_that_leaves_ends_its_exchange_at_once() {
    let mut early = Wire::recorded();
    early.feed(GET);
    early.serve(|_, _, _| {});
    let now = early.now();
    early.connection.handle_reset(&now);
    assert_eq!(early.recorded_one(), (None, 0, true));

    let mut midway = Wire::recorded();
    midway.feed(GET);
    midway.serve(|connection, now, _| Write("abc").to(connection, now).unwrap());
    let now = midway.now();
    midway.connection.handle_reset(&now);
    midway.connection.ongoing().handler_done(&now);
    assert_eq!(midway.recorded_one(), (Some(200), 3, true));

    // It had everything: what the handler does afterwards is not its affair.
    let mut late = Wire::recorded();
    late.feed(GET);
    late.serve(|connection, now, _| End("abc").to(connection, now).unwrap());
    assert!(late.finished().is_empty());
    let now = late.now();
    late.connection.handle_reset(&now);
    assert_eq!(late.recorded_one(), (Some(200), 3, false));
}

#[test]
fn an_exchange_waits_for_its_handler_and_for_no_unread_body() {
    let mut wire = Wire::recorded();
    wire.feed(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n");
    wire.serve(|connection, now, _| End("abc").to(connection, now).unwrap());
    assert!(wire.finished().is_empty());
    let now = wire.now();
    wire.connection.ongoing().handler_done(&now);
    wire.transmit();
    assert_eq!(wire.recorded_one(), (Some(200), 3, false));
}

#[test]
fn a_shutdown_that_waits_no_longer_cuts() {
    let mut wire = Wire::recorded();
    wire.feed(GET);
    wire.serve(|connection, now, _| Write("abc").to(connection, now).unwrap());
    wire.connection.abort(CloseReason::Shutdown);
    assert_eq!(wire.recorded_one(), (Some(200), 3, true));
}

#[test]
fn a_file_that_has_shrunk_is_recorded_with_what_was_written() {
    let mut wire = Wire::recorded();
    wire.room = 0;
    wire.feed(GET);
    wire.serve(|connection, now, _| {
        Set("Content-Length", "100").to(connection, now).unwrap();
        let region = FileRegion { file: Arc::new(()), offset: 0, length: 100 };
        connection.ongoing().write_file(now, region).unwrap();
        connection.ongoing().handler_done(now);
    });
    wire.room = wire.connection.peek().queued() - 60;
    wire.transmit();
    let now = wire.now();
    wire.connection.file_failed(&now);
    assert_eq!(wire.recorded_one(), (Some(200), 40, true));
}

/// RFC 9110 section 7.8: behind the 101 everything is the application's.
#[test]
fn an_upgrade_is_one_long_exchange() {
    const HEAD: &str = "HTTP/1.1 101 Switching Protocols\r\n\r\n";
    for own in [false, true] {
        let mut wire = Wire::recorded();
        wire.feed(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
        wire.serve(|connection, now, _| {
            match own {
                true => connection.ongoing().send(now, HEAD.into()).unwrap(),
                false => connection.ongoing().upgrade(b"x").unwrap(),
            }
            Write("frame").to(connection, now).unwrap();
        });
        assert!(wire.finished().is_empty());
        wire.end_input();
        let now = wire.now();
        wire.connection.ongoing().handler_done(&now);
        wire.transmit();
        // Raw bytes count as they are.
        let bytes = if own { HEAD.len() as u64 + 5 } else { 5 };
        assert_eq!(wire.recorded_one(), (Some(101), bytes, false));
    }
}

/// A peer that asks for more answers than are taken has to wait.
#[test]
fn what_waits_to_be_asked_for_is_bounded() {
    let mut wire = Wire::recorded();
    let mut told = 0;
    for _ in 0..2_000 {
        wire.feed(GET);
        wire.say(&[Send(""), CloseKeepAlive]);
    }
    loop {
        let taken = wire.finished().len();
        assert!(taken <= 1_024);
        told += taken;
        if taken == 0 {
            break;
        }
        wire.say(&[Send(""), CloseKeepAlive]);
    }
    assert_eq!(told, 2_000);
}

/// A client sends long requests and reads no responses.
#[test]
fn heads_that_wait_to_be_logged_are_bounded_in_bytes() {
    let mut wire = Wire::recorded();
    wire.room = 0;
    let field = "x".repeat(8_000);
    let request = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {field}\r\n\r\n");
    for _ in 0..200 {
        wire.feed(request.as_bytes());
        wire.say(&[End("a")]);
    }
    wire.room = usize::MAX;
    wire.transmit();
    let waited = wire.finished();
    assert!((20..40).contains(&waited.len()), "{} waited", waited.len());
    let heads: Vec<_> = waited.iter().filter_map(|finished| finished.head.as_ref()).collect();
    assert!(heads.iter().all(|head| head.fields().get("x") == Some(field.as_bytes())));
}

#[test]
fn the_identifier_of_a_request_belongs_to_its_exchange_alone() {
    let mut wire = Wire::recorded();
    wire.feed(&[GET, GET].concat());
    wire.serve(|connection, now, _| {
        if connection.peek().current_id().is_some_and(|id| id.number() == 1) {
            connection.ongoing().options().set_request_id("first".into());
        }
        let mut exchange = connection.ongoing();
        exchange.end(now, "hello".into()).unwrap();
        exchange.handler_done(now);
        exchange.options().set_request_id("too late".into());
    });
    wire.transmit();
    let ids: Vec<_> = wire.finished().into_iter().map(|finished| finished.request_id).collect();
    assert_eq!(ids, [Some("first".into()), None]);
    // Without a record it is a no-op.
    let mut wire = Wire::new();
    wire.feed(GET);
    wire.serve(|connection, _, _| {
        connection.ongoing().options().set_request_id("nowhere".into());
    });
}
