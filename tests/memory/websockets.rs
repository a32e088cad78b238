//! WebSockets, with and without compression.

use flate2::{Compress, Compression, FlushCompress};
use tremolo::Config;
use tremolo::config::MemoryState;
use tremolo_tests::frames::{Frame, RSV1, handshake, opcode};

use crate::peer::Peer;
use crate::server::Server;

const SIZE: usize = 256 << 10;

/// Opens a WebSocket with an offer of extensions, or with none.
fn open(server: &Server, path: &str, offer: &str) -> Peer {
    let mut peer = Peer::connect(server);
    let handshake = handshake(path);
    let handshake = if offer.is_empty() { handshake } else { handshake.field(offer) };
    peer.send_all(handshake.bytes());
    peer.read_to(b"\r\n\r\n");
    peer
}

#[test]
fn a_websocket_that_is_idle() {
    let state = MemoryState::WebSocket { sent: 0 };
    Server::start(&[]).holds(1_000, state, |server| open(server, "/deaf", ""));
}

/// It waits to be received, and others behind it.
#[test]
fn a_long_message() {
    let fragment = Frame::new(opcode::BINARY, vec![b'x'; SIZE - 1]).unfinished();
    let last = Frame::new(opcode::CONTINUATION, b"x");
    let state = MemoryState::WebSocket { sent: 0 };
    Server::start(&[]).holds(SIZE, state, |server| {
        let mut peer = open(server, "/deaf", "");
        peer.send_in_packets(&fragment.masked(), 1_460);
        peer.send_all(last.masked());
        peer.send(&Frame::new(opcode::BINARY, vec![b'x'; SIZE]).masked());
        peer
    });
}

#[test]
fn a_message_in_short_fragments() {
    let first = Frame::new(opcode::BINARY, b"x").unfinished();
    let next = Frame::new(opcode::CONTINUATION, [b'x'; 100]).unfinished().masked();
    let state = MemoryState::WebSocket { sent: 0 };
    Server::start(&[]).holds(SIZE - 1_000, state, |server| {
        let mut peer = open(server, "/deaf", "");
        peer.send_all(first.masked());
        peer.send_in_packets(&next.repeat((SIZE - 1) / 100), 1_460);
        peer
    });
}

#[test]
fn messages_that_the_client_does_not_read() {
    let state = MemoryState::WebSocket { sent: 60_000 };
    Server::start(&[]).holds(32_000, state, |server| {
        let mut peer = open(server, "/flood", "");
        peer.send_all(Frame::new(opcode::TEXT, "begin").masked());
        for _ in 0..64 {
            peer.read(16 << 10);
        }
        peer.send(&Frame::new(opcode::PING, [b'x'; 125]).masked().repeat(2_000));
        peer
    });
}

#[test]
fn a_compressed_message_that_does_not_end() {
    let state = MemoryState::CompressedWebSocket { sent: 0, fragments: false };
    Server::start(&[]).holds(SIZE - 1_000, state, |server| {
        let mut peer = open(server, "/deaf", OFFER);
        peer.send_all(compressed(SIZE).unfinished().with_bits(RSV1).masked());
        peer
    });
}

/// Each side has compressed one message, and refers to it in the next ones.
#[test]
fn sessions_that_keep_their_context() {
    let mut server = Server::start(&[("TREMOLO_WS_CONTEXT_TAKEOVER", "true")]);
    server.config = Config { ws_context_takeover: true, ..server.config.clone() };
    let state = MemoryState::CompressedWebSocket { sent: 60_000, fragments: false };
    server.holds(350_000, state, |server| {
        let mut peer = open(server, "/once", OFFER);
        peer.send_all(compressed(100).with_bits(RSV1).masked());
        peer.read(50);
        peer
    });
}

/// A message of so many equal bytes.
fn compressed(length: usize) -> Frame {
    let mut compress = Compress::new(Compression::best(), false);
    let mut out = Vec::with_capacity(length + 1_000);
    compress.compress_vec(&vec![b'x'; length], &mut out, FlushCompress::Sync).unwrap();
    out.truncate(out.len() - 4);
    Frame::new(opcode::BINARY, out)
}

const OFFER: &str = "Sec-WebSocket-Extensions: permessage-deflate";
