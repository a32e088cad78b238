//! The closing handshake: RFC 6455 sections 5.5.1 and 7.

use std::time::Duration;

use super::client::{CLOSE, FIN, PING, PLAIN, Peer, TEXT, close_payload, frame};
use crate::websocket::{CloseCode, HandlerEnd, MessageKind, SendError, Violation};

const CLOSED: u8 = FIN | CLOSE;

/// Section 5.5.1: the answer repeats the code. Sections 7.1.5 and 7.1.6: what the application reads.
#[test]
fn the_close_frame_of_a_client_is_answered() {
    for (payload, answer, code, reason) in [
        (vec![], vec![], 1005, ""),
        (close_payload(1000, ""), close_payload(1000, ""), 1000, ""),
        (close_payload(1001, "left"), close_payload(1001, ""), 1001, "left"),
        (close_payload(4999, &"r".repeat(123)), close_payload(4999, ""), 4999, &"r".repeat(123)),
    ] {
        let mut peer = Peer::new(PLAIN);
        assert_eq!(peer.session.close_code(), CloseCode::ABNORMAL);
        peer.feed(&frame(CLOSED, &payload)).feed(&frame(FIN | TEXT, b"late"));
        assert_eq!(peer.sent(), [(CLOSED, answer)]);
        assert_eq!(peer.session.close_code().get(), code);
        assert_eq!(peer.session.peer_close().map(|frame| &*frame.reason), Some(reason));
        assert!(peer.session.is_closed() && !peer.session.is_open());
        assert!(peer.messages.is_empty() && peer.input.is_empty());
        assert_eq!(peer.session.send(MessageKind::Text, "late"), Err(SendError::Closed));
        assert_eq!(peer.session.poll_deadline(), None);
    }
}

/// Sections 5.5.1, 7.4.1 and 7.4.2.
#[test]
fn a_bad_close_frame_is_refused() {
    for (payload, violation, answer) in [
        (b"\x03".to_vec(), Violation::InvalidClose, 1002),
        (close_payload(0, ""), Violation::InvalidClose, 1002),
        (close_payload(999, ""), Violation::InvalidClose, 1002),
        (close_payload(1004, ""), Violation::InvalidClose, 1002),
        (close_payload(1005, ""), Violation::InvalidClose, 1002),
        (close_payload(1006, ""), Violation::InvalidClose, 1002),
        (close_payload(1015, ""), Violation::InvalidClose, 1002),
        (close_payload(1016, ""), Violation::InvalidClose, 1002),
        (close_payload(2999, ""), Violation::InvalidClose, 1002),
        (close_payload(5000, ""), Violation::InvalidClose, 1002),
        (b"\x03\xe8\xff".to_vec(), Violation::InvalidUtf8, 1007),
        (vec![0; 126], Violation::ControlTooLong, 1002),
    ] {
        let mut peer = Peer::new(PLAIN);
        peer.feed(&frame(CLOSED, &payload));
        assert_eq!(peer.session.violation(), Some(violation), "{payload:?}");
        assert_eq!(peer.sent(), [(CLOSED, close_payload(answer, ""))]);
        assert_eq!(peer.session.close_code(), CloseCode::ABNORMAL);
    }
}

#[test]
fn the_server_closes_and_waits_for_the_client() {
    let mut peer = Peer::new(PLAIN);
    peer.session.close(peer.now, CloseCode::new(4000), "why").unwrap();
    assert_eq!(peer.sent(), [(CLOSED, close_payload(4000, "why"))]);
    assert!(!peer.session.is_open() && !peer.session.is_closed());
    // Section 5.5.1: nothing is sent any more, and messages that arrive are dropped.
    peer.feed(&frame(FIN | TEXT, b"on its way")).feed(&frame(FIN | PING, b""));
    assert!(peer.messages.is_empty() && peer.sent().is_empty());
    assert_eq!(peer.session.ping(b""), Err(SendError::Closed));
    let again = peer.session.close(peer.now, CloseCode::NORMAL, "");
    assert_eq!(again, Err(SendError::Closed));
    peer.feed(&frame(CLOSED, &close_payload(4000, "")));
    assert!(peer.session.is_closed() && peer.sent().is_empty());
    assert_eq!(peer.session.close_code().get(), 4000);
}

#[test]
fn a_client_that_does_not_answer_is_not_waited_for() {
    let mut peer = Peer::new(PLAIN);
    peer.session.close(peer.now, CloseCode::NORMAL, "").unwrap();
    let deadline = peer.now + Duration::from_secs(10);
    assert_eq!(peer.session.poll_deadline(), Some(deadline));
    peer.session.handle_timeout(deadline - Duration::from_millis(1));
    assert!(!peer.session.is_closed());
    peer.session.handle_timeout(deadline);
    assert!(peer.session.is_closed());
    assert_eq!(peer.session.close_code(), CloseCode::ABNORMAL);
}

/// Section 7.4.
#[test]
fn only_valid_close_frames_are_sent() {
    let mut peer = Peer::new(PLAIN);
    for (code, reason, error) in [
        (1004, "", SendError::InvalidCloseCode),
        (1005, "no code, but a reason", SendError::InvalidCloseCode),
        (1006, "", SendError::InvalidCloseCode),
        (1015, "", SendError::InvalidCloseCode),
        (1000, &"r".repeat(124), SendError::ReasonTooLong),
    ] {
        assert_eq!(peer.session.close(peer.now, CloseCode::new(code), reason), Err(error));
    }
    assert!(peer.session.is_open() && peer.sent().is_empty());
    peer.session.close(peer.now, CloseCode::NO_CODE, "").unwrap();
    assert_eq!(peer.sent(), [(CLOSED, vec![])]);
}

#[test]
fn the_end_of_a_handler_has_a_code() {
    for (end, code) in
        [(HandlerEnd::Returned, 1000), (HandlerEnd::Failed, 1011), (HandlerEnd::ServerStops, 1001)]
    {
        let mut peer = Peer::new(PLAIN);
        peer.session.handler_done(peer.now, end);
        assert_eq!(peer.sent(), [(CLOSED, close_payload(code, ""))]);
        // Once only.
        peer.session.handler_done(peer.now, HandlerEnd::Returned);
        assert!(peer.sent().is_empty());
    }
}

/// The message that the handler has not taken would keep the close frame of the client unread.
#[test]
fn an_unread_message_does_not_hinder_the_closing_handshake() {
    let mut peer = Peer::new(PLAIN);
    peer.input.extend_from_slice(&frame(FIN | TEXT, b"unread"));
    peer.input.extend_from_slice(&frame(CLOSED, b""));
    peer.session.handle_input(peer.now, &mut peer.input);
    peer.session.handler_done(peer.now, HandlerEnd::Returned);
    peer.session.handle_input(peer.now, &mut peer.input);
    assert!(peer.session.is_closed());
}

#[test]
fn a_connection_that_ends_without_a_close_frame_is_abnormal() {
    let mut peer = Peer::new(PLAIN);
    peer.feed(&frame(FIN | TEXT, b"x")[..3]);
    peer.session.handle_eof();
    assert!(peer.session.is_closed() && peer.sent().is_empty());
    assert_eq!(peer.session.close_code(), CloseCode::ABNORMAL);
    assert_eq!(peer.session.send(MessageKind::Text, ""), Err(SendError::Closed));
    peer.session.handler_done(peer.now, HandlerEnd::Returned);
    assert!(peer.session.is_closed() && peer.sent().is_empty());
}
