//! Connections without a request, and with a part of one.

use tremolo::config::MemoryState;

use crate::peer::{Peer, get, post};
use crate::server::Server;

#[test]
fn a_connection_that_waits_for_its_next_request() {
    // Of Python it fits into pages that the interpreter has.
    Server::start(&[]).holds(0, MemoryState::Idle, |server| {
        let mut peer = Peer::connect(server);
        peer.ask("/hello");
        peer
    });
}

#[test]
fn a_head_that_is_not_complete() {
    Server::start(&[]).holds(8_000, MemoryState::Head, |server| {
        let mut peer = Peer::connect(server);
        peer.send_in_packets(&long_head()[..8_191], 4_000);
        peer
    });
}

/// Its buffer is one that served a body before.
#[test]
fn a_head_in_the_buffer_of_a_body() {
    Server::start(&[]).holds(8_000, MemoryState::Head, |server| {
        let mut peer = Peer::connect(server);
        // Its handler does not exist.
        peer.send_all(post("/hello", 200_000));
        peer.send_all(vec![b'x'; 200_000]);
        peer.read_to(b"Hello World!");
        peer.send_all(&long_head()[..8_000]);
        peer
    });
}

#[test]
fn requests_behind_one_whose_handler_works() {
    Server::start(&[]).holds(16_000, MemoryState::Head, |server| {
        let mut peer = Peer::connect(server);
        peer.send_all(many_fields("/pending"));
        // Steps that let a buffer that doubles become as long as possible.
        for _ in 0..6 {
            peer.send(get("/hello").repeat(400).as_bytes());
        }
        peer
    });
}

fn long_head() -> Vec<u8> {
    format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}", "x".repeat(10_000)).into_bytes()
}

/// As many fields as are allowed.
fn many_fields(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\n{}\r\n", "a:b\r\n".repeat(99))
}
