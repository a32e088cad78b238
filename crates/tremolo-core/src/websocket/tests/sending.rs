//! What a session sends: RFC 6455 sections 5.4, 5.5 and 6.1.

use bytes::Bytes;

use super::client::{BINARY, CONTINUATION, FIN, PING, PLAIN, PONG, Peer, TEXT};
use crate::Piece;
use crate::websocket::{MessageKind, PreparedMessage, SendError};

#[test]
fn messages_are_sent_in_one_frame() {
    for length in [0, 1, 125, 126, 1_024, 1_025, 65_535, 65_536, 200_000] {
        let mut peer = Peer::new(PLAIN);
        let payload = vec![b'x'; length];
        peer.session.send(MessageKind::Binary, payload.as_slice()).unwrap();
        peer.session.send(MessageKind::Text, payload.clone()).unwrap();
        peer.session.send_prepared(&PreparedMessage::new(MessageKind::Text, &payload)).unwrap();
        let text = (FIN | TEXT, payload.clone());
        assert_eq!(peer.sent(), [(FIN | BINARY, payload), text.clone(), text]);
    }
}

#[test]
fn a_long_payload_is_not_copied() {
    let mut peer = Peer::new(PLAIN);
    let payload = Bytes::from(vec![7; 70_000]);
    peer.session.send(MessageKind::Binary, payload.clone()).unwrap();
    peer.session.send(MessageKind::Binary, "short").unwrap();
    let mut pieces = Vec::new();
    peer.session.drain_output(|piece| {
        let address = piece.as_slice().as_ptr().addr();
        pieces.push((matches!(piece, Piece::Shared(_)), address, piece.as_slice().len()));
    });
    assert_eq!(pieces[1], (true, payload.as_ptr().addr(), 70_000));
    assert_eq!(pieces.iter().map(|piece| piece.2).collect::<Vec<_>>(), [10, 70_000, 7]);
}

/// Section 5.4: fragments of one message are not interleaved with another message; control frames may
/// come between them.
#[test]
fn fragments_are_sent_in_order() {
    let mut peer = Peer::new(PLAIN);
    peer.session.send_fragment(MessageKind::Text, "a", false).unwrap();
    peer.session.ping(b"p").unwrap();
    assert_eq!(peer.session.send(MessageKind::Text, "b"), Err(SendError::FragmentsOpen));
    let prepared = PreparedMessage::new(MessageKind::Text, b"b");
    assert_eq!(peer.session.send_prepared(&prepared), Err(SendError::FragmentsOpen));
    peer.session.send_fragment(MessageKind::Text, "", false).unwrap();
    peer.session.send_fragment(MessageKind::Text, "c", true).unwrap();
    peer.session.pong(b"").unwrap();
    peer.session.send(MessageKind::Text, "d").unwrap();
    assert_eq!(
        peer.sent(),
        [
            (TEXT, b"a".to_vec()),
            (FIN | PING, b"p".to_vec()),
            (CONTINUATION, vec![]),
            (FIN | CONTINUATION, b"c".to_vec()),
            (FIN | PONG, vec![]),
            (FIN | TEXT, b"d".to_vec()),
        ]
    );
}

#[test]
fn control_frames_have_at_most_125_bytes() {
    let mut peer = Peer::new(PLAIN);
    assert_eq!(peer.session.ping(&[0; 126]), Err(SendError::ControlTooLong));
    assert_eq!(peer.session.pong(&[0; 126]), Err(SendError::ControlTooLong));
    peer.session.ping(&[0; 125]).unwrap();
    assert_eq!(peer.sent(), [(FIN | PING, vec![0; 125])]);
}
