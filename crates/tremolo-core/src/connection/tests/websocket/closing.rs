//! The end of a WebSocket: the closing handshake of either side, the end of the handler, a drain,
//! faults, and a peer that is gone (RFC 6455 section 7).

use super::*;
use crate::exchange::ErrorPage;
use crate::http1::response::FieldList;
use crate::websocket::Violation;

fn closes(wire: &mut Wire, reason: CloseReason) {
    assert_eq!(wire.connection.peek().close_reason(), Some(reason));
    assert_eq!(wire.poll(), Incoming::Closed);
    let sent = wire.socket(|socket, now| socket.send(now, MessageKind::Text, "late"));
    assert_eq!(sent, Err(SendError::Closed));
    assert!(wire.sent().is_empty());
}

#[test]
fn a_close_frame_of_the_peer_is_answered_and_the_connection_closes() {
    let mut wire = Wire::plain();
    wire.feed(&frame(FIN | CLOSE, &close_payload(4000, "why")));
    assert_eq!(wire.sent(), [close_frame(4000)]);
    assert_eq!(wire.status(), Some((4000, "why".into())));
    closes(&mut wire, CloseReason::Finished);
    assert_eq!(wire.fate(), "lingering");
    // The handler goes on: it may still work on the last message.
    assert!(wire.cancelled.is_empty());
    wire.handler_done();
    wire.end_input();
    assert!(wire.connection.peek().is_drained());
}

#[test]
fn a_handler_that_goes_on_after_the_close_is_cancelled_later() {
    let mut wire = Wire::plain();
    wire.feed(&frame(FIN | CLOSE, b""));
    assert_eq!(wire.status(), Some((1005, String::new())));
    wire.pass(Config::default().app_close_timeout);
    wire.serve(|_, _, _| {});
    assert_eq!(wire.cancelled, [CloseReason::Finished]);
}

#[test]
fn messages_before_a_close_frame_are_received_and_can_be_answered() {
    let mut wire = Wire::plain();
    wire.feed(&[frame(FIN | TEXT, b"last"), frame(FIN | CLOSE, b"")].concat());
    assert_eq!(wire.text(), "last");
    wire.socket(|socket, now| socket.send(now, MessageKind::Text, "echo")).unwrap();
    assert_eq!(wire.poll(), Incoming::Closed);
    assert_eq!(wire.sent(), [(FIN | TEXT, b"echo".to_vec()), (FIN | CLOSE, vec![])]);
}

#[test]
fn our_close_waits_for_the_peers() {
    let mut wire = Wire::plain();
    wire.socket(|socket, now| socket.close(now, CloseCode::NORMAL, "done")).unwrap();
    assert_eq!(wire.sent(), [(FIN | CLOSE, close_payload(1000, "done"))]);
    assert_eq!(wire.poll(), Incoming::Closed);
    assert_eq!((wire.fate(), wire.status()), ("kept", Some((1006, String::new()))));
    // What is on its way is dropped.
    wire.feed(&frame(FIN | TEXT, b"late"));
    assert_eq!(wire.poll(), Incoming::Closed);
    assert!(!wire.socket(|socket, _| socket.is_closed()));
    wire.feed(&frame(FIN | CLOSE, &close_payload(1000, "")));
    wire.serve(|_, _, _| {});
    assert_eq!((wire.fate(), wire.status()), ("lingering", Some((1000, String::new()))));
    assert!(wire.socket(|socket, _| socket.is_closed()));
    closes(&mut wire, CloseReason::Finished);
}

#[test]
fn the_end_of_the_handler_closes_it() {
    let mut wire = Wire::plain();
    wire.feed(&frame(FIN | TEXT, b"not taken"));
    wire.handler_done();
    assert_eq!(wire.sent(), [close_frame(1000)]);
    assert_eq!((wire.fate(), wire.connection.peek().wants_input()), ("kept", true));
    wire.feed(&frame(FIN | CLOSE, &close_payload(1000, "")));
    wire.serve(|_, _, _| {});
    assert_eq!(wire.fate(), "lingering");
    wire.end_input();
    assert!(wire.connection.peek().is_drained());
}

#[test]
fn an_error_of_the_handler_and_close_end_it_as_well() {
    let mut wire = Wire::plain();
    let now = wire.now();
    let fields = FieldList::default();
    let page = ErrorPage {
        status: 500,
        reason: None,
        content_type: "text/plain",
        varies: false,
        fields: &fields,
        body: "oh".into(),
    };
    assert!(!wire.connection.ongoing().send_error_page(&now, page));
    wire.handler_done();
    assert_eq!(wire.sent(), [close_frame(1011)]);

    let mut wire = Wire::plain();
    wire.connection.ongoing().leave_open(&now);
    assert_eq!(wire.fate(), "kept");
    wire.connection.ongoing().close(&now, true).unwrap();
    assert_eq!(wire.sent(), [close_frame(1000)]);
    assert_eq!(wire.fate(), "kept");
}

#[test]
fn a_drain_closes_it_and_wakes_the_reader() {
    let mut wire = Wire::plain();
    let now = wire.now();
    wire.connection.drain(&now);
    assert_eq!(wire.sent(), [close_frame(1001)]);
    assert!(wire.connection.peek_ongoing().is_websocket_readable());
    assert_eq!(wire.poll(), Incoming::Closed);

    let mut wire = Wire::new();
    wire.feed(&upgrade(""));
    wire.connection.drain(&now);
    wire.serve(accept);
    let written = wire.written_bytes();
    assert!(written.starts_with(b"HTTP/1.1 101 ") && written.ends_with(b"\x88\x02\x03\xe9"));
}

#[test]
fn a_fault_of_the_peer_ends_it_with_the_code_of_the_fault() {
    let mut wire = Wire::plain();
    wire.feed(&frame(FIN | TEXT, b"\xff"));
    assert_eq!(wire.sent(), [close_frame(1007)]);
    let violation = wire.socket(|socket, _| socket.close_status().unwrap().violation);
    assert_eq!(violation, Some(Violation::InvalidUtf8));
    closes(&mut wire, CloseReason::WebSocketFailed);
    wire.feed(&frame(FIN | TEXT, b"more"));
    assert_eq!(wire.poll(), Incoming::Closed);
}

/// What has arrived before is still delivered, and answers are still sent.
#[test]
fn a_half_close_ends_it_after_the_last_message() {
    let mut wire = Wire::plain();
    wire.feed(&[frame(FIN | TEXT, b"a"), frame(FIN | TEXT, b"b"), vec![0x81]].concat());
    wire.end_input();
    assert_eq!((wire.text(), wire.text()), ("a".into(), "b".into()));
    wire.socket(|socket, now| socket.send(now, MessageKind::Text, "c")).unwrap();
    assert_eq!(wire.poll(), Incoming::Closed);
    assert_eq!(wire.sent(), [(FIN | TEXT, b"c".to_vec())]);
    assert_eq!(wire.status(), Some((1006, String::new())));
    closes(&mut wire, CloseReason::PeerGone);
}

#[test]
fn a_reset_ends_it_and_cancels_the_handler() {
    let mut wire = Wire::plain();
    wire.feed(&frame(FIN | TEXT, b"a"));
    let now = wire.now();
    wire.connection.handle_reset(&now);
    assert!(wire.connection.peek().is_closed());
    assert_eq!(wire.text(), "a");
    assert_eq!(wire.cancelled, [CloseReason::PeerGone]);
    assert_eq!(wire.status(), Some((1006, String::new())));
    closes(&mut wire, CloseReason::PeerGone);
}
