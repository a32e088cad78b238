//! The handshake, and what the other methods of the exchange do after it.

use super::*;
use crate::error::Misuse;
use crate::websocket::Refusal;

#[test]
fn the_101_has_the_fields_of_the_application_and_of_the_handshake() {
    let mut wire = Wire::new();
    wire.feed(&upgrade(
        "Sec-WebSocket-Protocol: a, b\r\nSec-WebSocket-Extensions: permessage-deflate\r\n",
    ));
    wire.serve(|connection, now, _| {
        let mut exchange = connection.ongoing();
        exchange.response_mut().unwrap().set(b"X-Room", b"1").unwrap();
        let handshake = exchange.peek().websocket_handshake().unwrap();
        exchange.accept_websocket(now, &handshake, Some("b")).unwrap();
    });
    assert_eq!(
        wire.brief(),
        "HTTP/1.1 101 Switching Protocols|Connection: upgrade|X-Room: 1|\
         Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=|Sec-WebSocket-Protocol: b|\
         Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; \
         client_no_context_takeover|Upgrade: websocket||"
    );
}

#[test]
fn other_requests_and_switched_off_websockets_are_refused() {
    let refusal = |config: Config, request: &[u8]| {
        let mut wire = Wire::with(config);
        wire.feed(request);
        let mut refusal = None;
        wire.serve(|connection, _, _| {
            refusal = connection.peek_ongoing().websocket_handshake().err();
            assert!(connection.ongoing().websocket().is_none());
        });
        refusal
    };
    let off = Config { ws: false, ..Config::default() };
    let elsewhere = Config { ws_allowed_origins: "https://a".into(), ..Config::default() };
    let from_b = upgrade("Origin: https://b\r\n");
    assert_eq!(refusal(Config::default(), GET), Some(Refusal::NotAnUpgrade));
    assert_eq!(refusal(Config::default(), &from_b), None);
    assert_eq!(refusal(off, &upgrade("")), Some(Refusal::NotAnUpgrade));
    assert_eq!(refusal(elsewhere, &from_b), Some(Refusal::ForbiddenOrigin));
}

#[test]
fn it_is_accepted_once_and_before_the_head() {
    let mut wire = Wire::new();
    wire.feed(&upgrade(""));
    wire.serve(|connection, now, _| {
        let handshake = connection.peek_ongoing().websocket_handshake().unwrap();
        let mut exchange = connection.ongoing();
        exchange.begin_body(now).unwrap();
        let accepted = exchange.accept_websocket(now, &handshake, None);
        assert_eq!(accepted, Err(Misuse::HeadAlreadySent.into()));
    });
    let mut wire = Wire::plain();
    let now = wire.now();
    let handshake = wire.connection.peek_ongoing().websocket_handshake().unwrap();
    let accepted = wire.connection.ongoing().accept_websocket(&now, &handshake, None);
    assert_eq!(accepted, Err(Misuse::HeadAlreadySent.into()));
    assert!(wire.sent().is_empty());
}

/// Bytes of the application outside of frames would break the protocol.
#[test]
fn nothing_but_frames_can_be_sent_and_read_after_it() {
    let mut wire = Wire::plain();
    wire.feed(&frame(FIN | TEXT, b"a"));
    let now = wire.now();
    let mut exchange = wire.connection.ongoing();
    let ended: Error = Misuse::ResponseEnded.into();
    assert_eq!(exchange.write(&now, "x".into()), Err(ended));
    assert_eq!(exchange.yield_piece(&now, "x".into()), Err(ended));
    assert_eq!(exchange.send(&now, "x".into()), Err(ended));
    assert_eq!(exchange.end(&now, "x".into()), Err(ended));
    assert_eq!(exchange.body().poll(&now, 9), Ok(Decoded::End));
    assert!(exchange.upgrade(b"other").is_err());
    assert!(exchange.response_mut().is_err());
    assert!(exchange.peek().response_started() && exchange.peek().is_websocket());
    assert!(wire.sent().is_empty());
    assert_eq!(wire.text(), "a");
}

#[test]
fn frames_that_came_with_the_request_are_read() {
    let mut wire = Wire::new();
    wire.feed(&[upgrade(""), frame(FIN | TEXT, b"early"), frame(FIN | PING, b"p")].concat());
    wire.serve(accept);
    assert!(wire.connection.peek_ongoing().is_websocket_readable());
    assert_eq!(wire.text(), "early");
    assert_eq!(wire.poll(), Incoming::NeedInput);
    assert!(wire.written_bytes().ends_with(b"\x8a\x01p"));
}
