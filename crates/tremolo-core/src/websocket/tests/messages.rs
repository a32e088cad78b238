//! Received frames: RFC 6455 sections 5, 6.2 and 8.1, and the limits of messages.

use super::client::{
    BINARY, CONTINUATION, FIN, PING, PLAIN, PONG, Peer, RSV1, TEXT, close_payload, frame,
};
use crate::websocket::{Delivery, MessageKind, Violation};

/// What a conversation leads to: the messages, then the violation.
fn outcome(frames: &[Vec<u8>]) -> (Vec<Vec<u8>>, Option<Violation>) {
    let mut peer = Peer::new(PLAIN);
    peer.feed(&frames.concat());
    let violation = peer.session.violation();
    if let Some(violation) = violation {
        let close = (FIN | super::client::CLOSE, close_payload(violation.close_code().get(), ""));
        assert_eq!(peer.sent().last(), Some(&close));
        assert!(peer.session.is_closed());
    }
    (peer.payloads(), violation)
}

#[test]
fn messages_arrive_whole() {
    for (frames, messages) in [
        // Section 5.6: text and binary; empty ones, too.
        (vec![frame(FIN | TEXT, b"Hello")], vec!["Hello"]),
        (vec![frame(FIN | TEXT, b""), frame(FIN | BINARY, b"")], vec!["", ""]),
        // Section 5.4: fragments, empty ones, and control frames between them.
        (
            vec![
                frame(TEXT, b"Hel"),
                frame(FIN | PING, b"1"),
                frame(CONTINUATION, b""),
                frame(FIN | PONG, b""),
                frame(FIN | CONTINUATION, b"lo"),
            ],
            vec!["Hello"],
        ),
        (vec![frame(BINARY, b""), frame(FIN | CONTINUATION, b"")], vec![""]),
        // Section 8.1: a character in two fragments.
        (vec![frame(TEXT, b"\xc3"), frame(FIN | CONTINUATION, b"\xa4")], vec!["ä"]),
    ] {
        let messages = messages.into_iter().map(|text| text.as_bytes().to_vec()).collect();
        assert_eq!(outcome(&frames), (messages, None));
    }
}

#[test]
fn each_violation_ends_the_session_with_its_code() {
    let unmasked = b"\x81\x05Hello".to_vec();
    for (frames, violation, code) in [
        // Section 5.1.
        (vec![unmasked], Violation::Unmasked, 1002),
        // Section 5.2.
        (vec![frame(FIN | RSV1 | TEXT, b"")], Violation::ReservedBits, 1002),
        (vec![frame(FIN | 0x20 | TEXT, b"")], Violation::ReservedBits, 1002),
        (vec![frame(FIN | 0x10 | TEXT, b"")], Violation::ReservedBits, 1002),
        (vec![frame(FIN | 3, b"")], Violation::ReservedOpcode, 1002),
        (vec![frame(FIN | 15, b"")], Violation::ReservedOpcode, 1002),
        // Section 5.4.
        (vec![frame(FIN | CONTINUATION, b"")], Violation::UnexpectedContinuation, 1002),
        (vec![frame(TEXT, b""), frame(FIN | TEXT, b"")], Violation::ExpectedContinuation, 1002),
        // Section 5.5.
        (vec![frame(PING, b"")], Violation::FragmentedControl, 1002),
        (vec![frame(FIN | PING, &[0; 126])], Violation::ControlTooLong, 1002),
        // Section 8.1: in one frame, in a later fragment, and at the end of a message.
        (vec![frame(FIN | TEXT, b"a\xff")], Violation::InvalidUtf8, 1007),
        (vec![frame(TEXT, b"\xc3"), frame(CONTINUATION, b"a")], Violation::InvalidUtf8, 1007),
        (vec![frame(FIN | TEXT, b"\xc3")], Violation::InvalidUtf8, 1007),
        (vec![frame(TEXT, b"\xc3"), frame(FIN | CONTINUATION, b"")], Violation::InvalidUtf8, 1007),
    ] {
        let before = frame(FIN | TEXT, b"before");
        let frames: Vec<_> = [before].into_iter().chain(frames).collect();
        assert_eq!(outcome(&frames), (vec![b"before".to_vec()], Some(violation)));
        assert_eq!(violation.close_code().get(), code);
    }
}

/// Section 8.1: a text that is not UTF-8 is refused before its frame is complete.
#[test]
fn the_first_bad_byte_of_a_text_is_refused_at_once() {
    let mut peer = Peer::new(PLAIN);
    let whole = frame(FIN | TEXT, b"good, bad: \xed\xa0 and more");
    peer.feed(&whole[..6 + 12]);
    assert_eq!(peer.session.violation(), None);
    peer.feed(&whole[6 + 12..6 + 13]);
    assert_eq!(peer.session.violation(), Some(Violation::InvalidUtf8));
}

#[test]
fn binary_messages_contain_any_bytes() {
    let bytes: Vec<u8> = (0..=255).collect();
    assert_eq!(outcome(&[frame(FIN | BINARY, &bytes)]), (vec![bytes], None));
}

#[test]
fn a_message_that_is_too_big_is_refused_by_a_head() {
    let limited = || Peer::with(PLAIN, |options| options.max_message_size = 10);
    let mut peer = limited();
    peer.feed(&frame(FIN | BINARY, &[0; 10])).feed(&frame(BINARY, &[0; 4]));
    peer.feed(&frame(FIN | CONTINUATION, &[0; 6]));
    assert_eq!((peer.payloads().len(), peer.session.violation()), (2, None));
    // One more, in one frame and in two: the head alone decides.
    peer.feed(&frame(FIN | BINARY, &[0; 11])[..6]);
    assert_eq!(peer.session.violation(), Some(Violation::MessageTooBig));
    let mut peer = limited();
    peer.feed(&frame(BINARY, &[0; 10])).feed(&frame(CONTINUATION, b"x")[..6]);
    assert_eq!(peer.session.violation(), Some(Violation::MessageTooBig));
    assert_eq!(peer.sent(), [(FIN | 8, close_payload(1009, ""))]);
    // The largest length that section 5.2 allows.
    let mut peer = limited();
    peer.feed(b"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff").feed(b"mask");
    assert_eq!(peer.session.violation(), Some(Violation::MessageTooBig));
}

#[test]
fn a_message_has_a_limited_number_of_fragments() {
    let mut peer = Peer::with(PLAIN, |options| options.max_fragments = 3);
    let (first, middle) = (frame(TEXT, b""), frame(CONTINUATION, b""));
    peer.feed(&first).feed(&middle).feed(&frame(FIN | CONTINUATION, b""));
    assert_eq!(peer.payloads().len(), 1);
    peer.feed(&first).feed(&middle).feed(&middle);
    assert_eq!(peer.session.violation(), None);
    peer.feed(&middle);
    assert_eq!(peer.session.violation(), Some(Violation::TooManyFragments));
    assert_eq!(peer.sent(), [(FIN | 8, close_payload(1008, ""))]);
}

#[test]
fn fragments_are_delivered_where_the_application_asks_for_them() {
    let mut peer = Peer::with(PLAIN, |options| options.max_message_size = 10);
    peer.session.set_delivery(Delivery::Fragments);
    peer.feed(&frame(TEXT, b"a\xc3")).feed(&frame(CONTINUATION, b""));
    peer.feed(&frame(FIN | CONTINUATION, b"\xa4b")).feed(&frame(FIN | BINARY, b"c"));
    let fragments = peer
        .messages
        .iter()
        .map(|message| (message.kind, &message.payload[..], message.is_first, message.is_last));
    let expected = [
        (MessageKind::Text, &b"a\xc3"[..], true, false),
        (MessageKind::Text, b"", false, false),
        (MessageKind::Text, b"\xa4b", false, true),
        (MessageKind::Binary, b"c", true, true),
    ];
    assert!(fragments.eq(expected));
    // The limit is that of the whole message.
    peer.feed(&frame(TEXT, &[b'a'; 6])).feed(&frame(CONTINUATION, &[b'a'; 5]));
    assert_eq!(peer.session.violation(), Some(Violation::MessageTooBig));
}

#[test]
fn a_message_waits_for_the_application() {
    let mut peer = Peer::new(PLAIN);
    let wire = [frame(FIN | TEXT, b"1"), frame(FIN | PING, b"p"), frame(FIN | TEXT, b"2")].concat();
    peer.input.extend_from_slice(&wire);
    peer.session.handle_input(peer.now, &mut peer.input);
    let rest = peer.input.len();
    peer.session.handle_input(peer.now, &mut peer.input);
    assert!(!peer.session.wants_input() && rest == peer.input.len() && rest > 0);
    assert_eq!(peer.sent(), []);
    peer.feed(b"");
    assert_eq!(peer.session.poll_message(), None);
    assert_eq!(peer.payloads(), [b"1", b"2"]);
}

#[test]
fn a_short_message_is_a_part_of_the_receive_buffer() {
    let mut peer = Peer::new(PLAIN);
    peer.input.reserve(4_096);
    let buffer = peer.input.as_ptr().addr();
    peer.feed(&frame(FIN | BINARY, &[7; 1_000]));
    let payload = &peer.messages[0].payload;
    assert_eq!((payload.as_ptr().addr(), payload.len()), (buffer + 8, 1_000));
}

#[test]
fn a_payload_that_arrives_in_pieces_stays_where_it_is() {
    let mut peer = Peer::new(PLAIN);
    peer.input.reserve(80 << 10);
    let buffer = peer.input.as_ptr().addr();
    let wire = frame(FIN | TEXT, &[b'a'; 64 << 10]);
    for piece in wire.chunks(16 << 10) {
        peer.feed(piece);
    }
    let payload = &peer.messages[0].payload;
    assert_eq!((payload.as_ptr().addr(), payload.len()), (buffer + 14, 64 << 10));
}

#[test]
fn a_longer_payload_is_collected_from_its_pieces() {
    let mut peer = Peer::new(PLAIN);
    let text: Vec<u8> = (0..100_000_u32).map(|at| b'a' + (at % 26) as u8).collect();
    for piece in frame(FIN | TEXT, &text).chunks(10_000) {
        peer.feed(piece);
        assert!(peer.input.is_empty());
    }
    assert_eq!(peer.payloads(), [text]);
}

#[test]
fn another_delivery_in_the_middle_of_a_frame_loses_nothing() {
    let mut peer = Peer::new(PLAIN);
    peer.session.set_delivery(Delivery::Fragments);
    let first = frame(TEXT, b"a\xc3\xa4b\xc3");
    peer.feed(&first[..6 + 2]);
    peer.session.set_delivery(Delivery::Messages);
    peer.feed(&first[6 + 2..]).feed(&frame(FIN | CONTINUATION, b"\xa4c"));
    assert_eq!(peer.payloads(), ["aäbäc".as_bytes()]);
}
