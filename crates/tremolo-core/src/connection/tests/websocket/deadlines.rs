//! Pings, and the time of a closing handshake.

use super::*;
use crate::connection::Cause;

const SECOND: Duration = Duration::from_secs(1);

fn config() -> Config {
    Config {
        ws_ping_interval: Some(SECOND * 20),
        ws_ping_timeout: Some(SECOND * 5),
        ws_close_timeout: SECOND * 3,
        ..Config::default()
    }
}

/// When the next deadline comes, in seconds from now, and why.
fn next(wire: &Wire) -> Option<(u64, Cause)> {
    let now = wire.now().instant;
    let deadline = wire.connection.poll_deadline()?;
    Some((deadline.at.duration_since(now).as_secs(), deadline.cause))
}

#[test]
fn silence_leads_to_a_ping_and_then_to_the_end() {
    let mut wire = Wire::websocket(config());
    assert_eq!(next(&wire), Some((20, Cause::WebSocket)));
    wire.pass(SECOND * 19);
    assert!(wire.sent().is_empty());
    wire.pass(SECOND);
    assert_eq!(wire.sent(), [(FIN | PING, vec![])]);
    assert_eq!(next(&wire), Some((5, Cause::WebSocket)));
    wire.pass(SECOND * 4);
    wire.feed(&frame(FIN | PONG, b""));
    assert_eq!(next(&wire), Some((20, Cause::WebSocket)));
    wire.pass(SECOND * 20);
    assert_eq!(wire.sent(), [(FIN | PING, vec![])]);
    wire.pass(SECOND * 5);
    assert!(wire.connection.peek().is_closed());
    assert_eq!(wire.connection.peek().close_reason(), Some(CloseReason::PingTimeout));
    assert_eq!(wire.poll(), Incoming::Closed);
    assert_eq!(wire.cancelled, [CloseReason::PingTimeout]);
}

#[test]
fn without_pings_no_deadline_is_left_and_the_handler_has_none() {
    let config = Config { ws_ping_interval: Some(Duration::ZERO), ..config() };
    let mut wire = Wire::websocket(config);
    assert_eq!(next(&wire), None);
    wire.pass(SECOND * 100_000);
    wire.feed(&frame(FIN | TEXT, b"a"));
    assert_eq!((wire.text(), next(&wire)), ("a".into(), None));
}

#[test]
fn a_peer_that_does_not_answer_a_close_frame_is_left() {
    let mut wire = Wire::websocket(config());
    wire.handler_done();
    assert_eq!(wire.sent(), [close_frame(1000)]);
    assert_eq!(next(&wire), Some((3, Cause::WebSocket)));
    wire.pass(SECOND * 2);
    wire.feed(&frame(FIN | TEXT, b"late"));
    assert_eq!(next(&wire), Some((1, Cause::WebSocket)));
    wire.pass(SECOND);
    wire.serve(|_, _, _| {});
    assert_eq!((wire.fate(), wire.sent()), ("lingering", vec![]));
    assert_eq!(wire.connection.peek().close_reason(), Some(CloseReason::Finished));
}

#[test]
fn a_message_that_is_not_taken_keeps_a_connection_but_not_without_its_peer() {
    let mut wire = Wire::websocket(config());
    wire.feed(&frame(FIN | TEXT, b"a"));
    for _ in 0..9 {
        wire.pass(SECOND * 20);
    }
    assert!(wire.sent().is_empty());
    wire.end_input();
    assert_eq!(wire.fate(), "kept");
    wire.pass(SECOND * 20);
    assert_eq!(wire.connection.peek().close_reason(), Some(CloseReason::PeerGone));
    assert_eq!(wire.text(), "a");
}

#[test]
fn a_peer_that_our_rate_holds_back_is_not_silent() {
    let mut wire = Wire::websocket(Config { upload_rate: 1, ..config() });
    wire.feed(&frame(FIN | BINARY, &[0; 100_000]));
    assert!(matches!(wire.poll(), Incoming::Message(_)));
    wire.serve(|_, _, _| {});
    for _ in 0..9 {
        wire.pass(SECOND * 20);
    }
    assert!(!wire.connection.peek().wants_input() && wire.fate() == "kept");
}

/// What arrives meanwhile set the deadline of the session again, which had passed.
#[test]
fn a_peer_that_our_rate_holds_back_has_time_for_its_close_frame() {
    let mut wire = Wire::websocket(Config { upload_rate: 1_000, ..config() });
    wire.handler_done();
    assert_eq!(wire.sent(), [close_frame(1000)]);
    wire.feed(&frame(FIN | BINARY, &[0; 100_000]));
    assert!(!wire.connection.peek().wants_input());
    wire.pass(SECOND * 3);
    wire.feed(&frame(FIN | PONG, b""));
    assert!(next(&wire).is_some_and(|(after, _)| after > 0), "{:?}", next(&wire));
    wire.feed(&frame(FIN | CLOSE, &close_payload(1000, "")));
    assert_eq!(wire.connection.peek().close_reason(), Some(CloseReason::Finished));
}

/// A ping would wait behind the message: the peer cannot answer it yet.
#[test]
fn a_peer_that_is_still_taking_a_message_is_not_silent() {
    let mut wire = Wire::websocket(config());
    wire.room = 0;
    let message = vec![0; 100_000];
    wire.socket(|socket, now| socket.send(now, MessageKind::Binary, message)).unwrap();
    for _ in 0..60 {
        wire.room = 1_000;
        wire.transmit();
        wire.pass(SECOND);
    }
    assert_eq!(wire.fate(), "kept");
    // Then its silence counts.
    wire.room = usize::MAX;
    for _ in 0..60 {
        wire.transmit();
        wire.pass(SECOND);
    }
    assert_eq!(wire.connection.peek().close_reason(), Some(CloseReason::PingTimeout));
}

#[test]
fn a_peer_that_takes_nothing_is_cut() {
    let mut wire = Wire::websocket(config());
    wire.room = 0;
    wire.socket(|socket, now| socket.send(now, MessageKind::Text, "a")).unwrap();
    assert!(wire.connection.peek().queued() > 0);
    let after = Config::default().write_timeout;
    for _ in 0..after.as_secs() {
        wire.feed(&frame(FIN | PONG, b""));
        wire.pass(SECOND);
    }
    assert_eq!(wire.connection.peek().close_reason(), Some(CloseReason::WriteTimeout));
    assert_eq!(wire.poll(), Incoming::Closed);
}
