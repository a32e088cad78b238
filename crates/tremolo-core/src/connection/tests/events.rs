//! Streams of server-sent events (WHATWG HTML, section 9.2): head, heartbeat, end, clients that
//! leave.

use proptest::prelude::*;

use super::*;
use crate::connection::Cause;
use crate::error::Misuse;
use crate::exchange::ServerSentEvents;
use tremolo_config::HalfClose;

const SECOND: Duration = Duration::from_secs(1);

const HTTP_10: &[u8] = b"GET / HTTP/1.0\r\n\r\n";

/// A handler that has begun a stream of events and still runs.
fn stream(config: Config, request: &[u8]) -> Wire {
    let mut wire = Wire::with(config);
    wire.feed(request);
    wire.serve(|connection, now, _| begin(connection, now).unwrap());
    wire
}

/// The operations of the current exchange; none is left after its end.
fn events<T>(
    connection: &mut Connection,
    act: impl FnOnce(ServerSentEvents<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut exchange = connection.current().ok_or(Misuse::ExchangeOver)?;
    act(ServerSentEvents::of(&mut exchange))
}

fn begin(connection: &mut Connection, now: &Now) -> Result<(), Error> {
    events(connection, |mut events| events.begin(now))
}

fn send_to(connection: &mut Connection, now: &Now, event: &'static str) -> Result<(), Error> {
    events(connection, |mut events| events.send(now, event.into()))
}

fn begun() -> Wire {
    let mut wire = stream(Config::default(), GET);
    wire.written();
    wire
}

fn send(wire: &mut Wire, event: &'static str) -> Result<(), Error> {
    let now = wire.now();
    let sent = send_to(&mut wire.connection, &now, event);
    wire.transmit();
    sent
}

fn finish(wire: &mut Wire) {
    let now = wire.now();
    wire.connection.ongoing().handler_done(&now);
    wire.transmit();
}

#[test]
fn the_head_leaves_before_the_first_event_and_each_event_is_a_chunk() {
    let mut wire = stream(Config::default(), GET);
    let head = "HTTP/1.1 200 OK|Content-Type: text/event-stream|Cache-Control: no-cache|\
                X-Accel-Buffering: no|Transfer-Encoding: chunked|Connection: keep-alive||";
    let sorted = |head: &str| {
        let mut lines: Vec<_> = head.split('|').map(str::to_ascii_lowercase).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&wire.brief()), sorted(head));
    for event in ["data: 1\n\n", "data: 2\n\n"] {
        send(&mut wire, event).unwrap();
        assert_eq!(wire.written(), format!("9\r\n{event}\r\n"));
    }
    finish(&mut wire);
    assert_eq!((wire.written().as_str(), wire.fate()), ("0\r\n\r\n", "kept"));
}

#[test]
fn fields_of_the_application_stay_but_not_a_type_and_a_length() {
    let mut wire = Wire::new();
    wire.feed(GET);
    wire.serve(|connection, now, _| {
        let mut exchange = connection.ongoing();
        let head = exchange.response_mut().unwrap();
        head.set_content_type(b"text/plain").unwrap();
        head.set(b"Cache-Control", b"no-store").unwrap();
        head.set(b"Content-Length", b"3").unwrap();
        send_to(connection, now, "data: 1\n\n").unwrap();
    });
    let head = wire.written();
    assert!(head.contains("Cache-Control: no-store\r\n") && !head.contains("no-cache"), "{head}");
    assert!(head.contains("Content-Type: text/event-stream\r\n"), "{head}");
    assert!(!head.contains("Content-Length"), "{head}");
}

#[test]
fn http_1_0_has_no_chunks_and_the_connection_ends_the_stream() {
    let mut wire = stream(Config::default(), HTTP_10);
    wire.written();
    send(&mut wire, "data: 1\n\n").unwrap();
    assert_eq!(wire.written(), "data: 1\n\n");
    wire.pass(SECOND * 15);
    wire.transmit();
    assert_eq!(wire.written(), ":\n\n");
    finish(&mut wire);
    assert_ne!(wire.fate(), "kept");
}

/// RFC 9110 sections 9.3.2 and 15.3.5. With 204 a browser does not connect again.
#[test]
fn a_response_without_content_is_ended_at_once() {
    for (request, status) in [(&b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"[..], 200), (GET, 204)] {
        let mut wire = Wire::new();
        wire.feed(request);
        wire.serve(|connection, now, _| {
            connection.ongoing().response_mut().unwrap().set_status(status).unwrap();
            for _ in 0..2 {
                let sent = send_to(connection, now, "data: 1\n\n");
                assert_eq!(sent, Err(CloseReason::Finished.into()));
            }
            connection.ongoing().handler_done(now);
        });
        let head = wire.written();
        assert_eq!(head.contains("text/event-stream"), status == 200, "{head}");
        assert!(head.ends_with("\r\n\r\n"), "{head}");
        assert_eq!(wire.fate(), "kept");
        wire.feed(GET);
        wire.say(&[Say::End("next")]);
        assert!(wire.written().ends_with("next"));
    }
}

#[test]
fn after_the_end_no_event_is_sent() {
    let mut wire = begun();
    let now = wire.now();
    wire.connection.ongoing().close(&now, true).unwrap();
    assert_eq!(send(&mut wire, "data: 1\n\n"), Err(CloseReason::Finished.into()));
    assert_eq!(wire.written(), "0\r\n\r\n");
    finish(&mut wire);
    let over = send(&mut wire, "data: 1\n\n");
    assert_eq!(over, Err(Misuse::ExchangeOver.into()));
}

#[test]
fn a_response_that_has_begun_is_no_stream_of_events() {
    for begin in [Say::Write("text"), Say::Send("raw")] {
        let mut wire = Wire::new();
        wire.feed(GET);
        wire.serve(|connection, now, _| {
            begin.to(connection, now).unwrap();
            let sent = send_to(connection, now, "data: 1\n\n");
            assert_eq!(sent, Err(Misuse::HeadAlreadySent.into()));
        });
    }
}

#[test]
fn events_are_not_coalesced() {
    let mut wire = Wire::new();
    wire.feed(GET);
    wire.serve(|connection, now, _| {
        connection.ongoing().options().set_streaming(false).unwrap();
        send_to(connection, now, "data: 1\n\n").unwrap();
    });
    assert!(wire.written().ends_with("9\r\ndata: 1\n\n\r\n"));
}

#[test]
fn a_silent_stream_has_a_heartbeat_and_an_event_delays_it() {
    let mut wire = begun();
    let beats = |wire: &mut Wire, time: Duration| {
        wire.pass(time);
        wire.transmit();
        wire.written()
    };
    assert_eq!(beats(&mut wire, SECOND * 14), "");
    assert_eq!(wire.connection.poll_deadline().map(|next| next.cause), Some(Cause::Heartbeat));
    assert_eq!(beats(&mut wire, SECOND), "3\r\n:\n\n\r\n");
    assert_eq!(beats(&mut wire, SECOND * 10), "");
    send(&mut wire, "data: 1\n\n").unwrap();
    wire.written();
    assert_eq!(beats(&mut wire, SECOND * 14), "");
    assert_eq!(beats(&mut wire, SECOND), "3\r\n:\n\n\r\n");
}

#[test]
fn the_heartbeat_can_be_turned_off() {
    let mut wire = stream(Config { sse_heartbeat: Duration::ZERO, ..Config::default() }, GET);
    wire.written();
    assert_eq!(wire.connection.poll_deadline(), None);
    wire.pass(SECOND * 3_600);
    wire.transmit();
    assert_eq!(wire.written(), "");
}

/// A comment in another response would be a part of its content.
#[test]
fn the_next_response_has_no_heartbeat() {
    let mut wire = begun();
    let now = wire.now();
    wire.connection.ongoing().close(&now, true).unwrap();
    finish(&mut wire);
    wire.feed(GET);
    wire.serve(|connection, now, _| connection.ongoing().write(now, "text".into()).unwrap());
    wire.written();
    wire.pass(SECOND * 20);
    wire.transmit();
    assert_eq!(wire.written(), "");
}

#[test]
fn no_time_of_a_handler_ends_a_stream() {
    let mut wire = begun();
    for _ in 0..100 {
        wire.pass(SECOND * 15);
        wire.transmit();
        wire.serve(|_, _, _| unreachable!());
    }
    assert_eq!((wire.cancelled.as_slice(), wire.fate()), (&[][..], "kept"));
    assert_eq!(wire.written().matches(":\n\n").count(), 100);
}

#[test]
fn a_client_that_takes_nothing_is_found_by_a_heartbeat() {
    let mut wire = begun();
    wire.room = 0;
    wire.pass(SECOND * 15);
    wire.transmit();
    // One comment waits: another one is not needed.
    let queued = wire.connection.peek().queued();
    wire.pass(SECOND * 15);
    wire.transmit();
    assert_eq!((wire.fate(), wire.connection.peek().queued()), ("kept", queued));
    wire.pass(SECOND * 15);
    wire.serve(|_, _, _| unreachable!());
    assert_eq!(
        (wire.cancelled, wire.connection.peek().is_closed()),
        (vec![CloseReason::WriteTimeout], true)
    );
}

#[test]
fn a_client_that_closes_its_half_is_gone_at_once_unless_that_is_allowed() {
    for (half_close, cancelled) in [
        (HalfClose::Grace, vec![CloseReason::PeerGone]),
        (HalfClose::Close, vec![CloseReason::PeerGone]),
        (HalfClose::Allow, vec![]),
    ] {
        let mut wire = stream(Config { half_close, ..Config::default() }, GET);
        wire.end_input();
        wire.serve(|_, _, _| unreachable!());
        let is_gone = !cancelled.is_empty();
        assert_eq!((wire.cancelled, wire.connection.peek().is_closed()), (cancelled, is_gone));
    }
}

/// `printf 'GET …' | nc` closes its half with its request.
#[test]
fn a_client_that_closed_its_half_before_has_events_for_the_grace_period() {
    let mut wire = Wire::new();
    wire.feed(GET);
    wire.end_input();
    wire.serve(|connection, now, _| begin(connection, now).unwrap());
    send(&mut wire, "data: 1\n\n").unwrap();
    assert!(wire.written().ends_with("data: 1\n\n\r\n"));
    wire.pass(SECOND);
    wire.serve(|_, _, _| unreachable!());
    assert_eq!(wire.cancelled, [CloseReason::PeerGone]);
    assert_eq!(send(&mut wire, "data: 2\n\n"), Err(CloseReason::PeerGone.into()));
}

#[test]
fn a_shutdown_completes_the_stream_and_cancels_the_handler_as_if_its_client_had_gone() {
    let mut wire = begun();
    let now = wire.now();
    wire.connection.drain(&now);
    wire.transmit();
    assert_eq!(wire.written(), "0\r\n\r\n");
    assert!(wire.connection.peek().close_reason() == Some(CloseReason::Shutdown));
    assert!(send(&mut wire, "data: 1\n\n").is_err());
    assert!(!wire.connection.peek_ongoing().is_response_open());
    assert!(wire.connection.peek().is_peer_gone());
    let event = wire.connection.poll_event(&now);
    assert!(matches!(event, Some(Event::Cancel(CloseReason::PeerGone))), "{event:?}");
    // A handler that has noticed goes on, for a time.
    wire.pass(SECOND * 29);
    wire.serve(|_, _, _| unreachable!());
    assert_eq!(wire.cancelled, []);
    wire.pass(SECOND);
    wire.serve(|_, _, _| unreachable!());
    assert_eq!(wire.cancelled, [CloseReason::Shutdown]);
}

#[test]
fn a_shutdown_after_a_stream_still_reads_the_next_request() {
    let mut wire = begun();
    let now = wire.now();
    wire.connection.ongoing().close(&now, true).unwrap();
    finish(&mut wire);
    wire.connection.drain(&now);
    wire.feed(GET);
    wire.say(&[Say::End("last")]);
    assert!(wire.written().ends_with("last"));
}

#[test]
fn the_transport_gets_the_time_of_a_peer_once_in_each_stream() {
    let mut wire = Wire::new();
    wire.feed(GET);
    wire.say(&[Say::End("text")]);
    assert_eq!(wire.connection.take_peer_timeout(), None);
    wire.feed(GET);
    wire.serve(|connection, now, _| {
        assert_eq!(connection.take_peer_timeout(), None);
        begin(connection, now).unwrap();
    });
    assert_eq!(wire.connection.take_peer_timeout(), Some(SECOND * 30));
    send(&mut wire, "data: 1\n\n").unwrap();
    assert_eq!(wire.connection.take_peer_timeout(), None);
}

/// It would hold the shutdown up, and its client would be cut in the end.
#[test]
fn a_stream_that_begins_during_a_shutdown_is_empty() {
    let mut wire = Wire::new();
    wire.feed(GET);
    wire.serve(|connection, now, _| {
        connection.drain(now);
        assert_eq!(begin(connection, now), Err(CloseReason::Shutdown.into()));
        connection.ongoing().handler_done(now);
    });
    let answer = wire.written();
    assert!(answer.contains("Connection: close\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\n0\r\n\r\n"), "{answer}");
}

fn act(
    wire: &mut Wire,
    act: impl FnOnce(&mut Exchange<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    act(&mut wire.connection.current().ok_or(Misuse::ExchangeOver)?)
}

/// What an application, a client and the time do to a stream, in any order.
fn disturb(wire: &mut Wire, step: u8) {
    let now = wire.now();
    let _ = match step {
        0 => begin(&mut wire.connection, &now),
        1 => send_to(&mut wire.connection, &now, "data: 1\n\n"),
        2 => events(&mut wire.connection, |mut events| events.close(&now)),
        3 => act(wire, |exchange| exchange.write(&now, "text".into())),
        4 => act(wire, |exchange| exchange.yield_piece(&now, "text".into())),
        5 => act(wire, |exchange| exchange.end(&now, "text".into())),
        6 => act(wire, |exchange| exchange.close(&now, true)),
        7 => act(wire, |exchange| exchange.options().set_streaming(false)),
        8 => {
            wire.pass(SECOND * 15);
            Ok(())
        }
        9 => {
            wire.connection.drain(&now);
            Ok(())
        }
        _ => {
            wire.end_input();
            Ok(())
        }
    };
    wire.transmit();
}

proptest! {
    /// A connection that stays serves the next request, and no comment is in its response.
    #[test]
    fn operations_in_any_order_leave_a_connection_that_serves_or_ends(
        steps in proptest::collection::vec(0..11_u8, 0..10),
        is_head in any::<bool>(),
    ) {
        let mut wire = Wire::new();
        wire.feed(if is_head { b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" } else { GET });
        wire.serve(|_, _, _| {});
        for step in steps {
            disturb(&mut wire, step);
        }
        finish(&mut wire);
        wire.written();
        if wire.connection.peek().close_reason().is_none() {
            prop_assert!(wire.connection.peek().is_idle());
            wire.feed(GET);
            wire.serve(|connection, now, _| connection.ongoing().write(now, "a".into()).unwrap());
            wire.pass(SECOND * 16);
            disturb(&mut wire, 5);
            finish(&mut wire);
            let answer = wire.written();
            prop_assert!(answer.ends_with("\r\n\r\n1\r\na\r\n4\r\ntext\r\n0\r\n\r\n"), "{}", answer);
        }
    }
}
