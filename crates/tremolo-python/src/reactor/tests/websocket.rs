//! When a task that receives from a WebSocket is woken.

use tremolo_core::Incoming;

use super::*;

/// A connection whose WebSocket is accepted, and a reader that waits for it.
fn waiting(host: &mut Host) -> (Client, ConnectionId) {
    let mut client = host.connect();
    client.send(
        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
    let id = host.expect_request();
    let (now, mut exchange) = (host.now, host.reactor.connection(id).unwrap().current().unwrap());
    let handshake = exchange.peek().websocket_handshake().unwrap();
    exchange.accept_websocket(&now, &handshake, None).unwrap();
    assert_eq!(poll(host, id), Incoming::NeedInput);
    host.drain();
    client.expect("");
    (client, id)
}

/// Polls for a message, and waits if there is none.
fn poll(host: &mut Host, id: ConnectionId) -> Incoming {
    let now = host.now;
    let incoming = host.exchange(id).websocket().unwrap().poll_message(&now);
    if incoming == Incoming::NeedInput {
        host.reactor.wait_readable(id);
    }
    incoming
}

#[test]
fn a_part_of_a_message_wakes_no_reader() {
    let mut host = Host::new();
    let (mut client, id) = waiting(&mut host);
    let (first, rest) = MESSAGE.split_at(8);
    client.send(first);
    assert!(is_readable(&host.reactor, WAIT_LIMIT));
    host.turn();
    assert!(host.told.is_empty(), "{:?}", host.told);
    client.send(rest);
    host.expect(|event| matches!(event, Event::Readable));
    let Incoming::Message(message) = poll(&mut host, id) else { panic!() };
    assert_eq!(message.payload, "Hello");
}

#[test]
fn a_close_frame_and_a_reset_wake_the_reader() {
    let mut host = Host::new();
    let (mut client, id) = waiting(&mut host);
    client.send(b"\x88\x80mask");
    host.expect(|event| matches!(event, Event::Readable));
    assert_eq!(poll(&mut host, id), Incoming::Closed);
    let (client, id) = waiting(&mut host);
    drop(client);
    host.expect(|event| matches!(event, Event::Readable));
    assert_eq!(poll(&mut host, id), Incoming::Closed);
}

#[test]
fn a_shutdown_wakes_the_reader() {
    let mut host = Host::new();
    let (_client, id) = waiting(&mut host);
    let now = host.now;
    host.reactor.drain(&now);
    host.drain();
    assert!(matches!(host.told.pop(), Some((woken, Event::Readable)) if woken == id));
    assert_eq!(poll(&mut host, id), Incoming::Closed);
}

/// "Hello", masked (RFC 6455 section 5.7).
const MESSAGE: &[u8] = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
