//! Responses to a client that does not read them.

use tremolo::Config;
use tremolo::config::{AccessLog, MemoryState};

use crate::peer::{Peer, get};
use crate::server::Server;

/// The client reads fast at first, so that the queue is allowed to grow.
fn reader(server: &Server, path: &str) -> Peer {
    let mut peer = Peer::connect(server);
    peer.send_all(get(path));
    for _ in 0..64 {
        peer.read(16 << 10);
    }
    peer.send(&get(path).repeat(2_000).into_bytes());
    peer
}

#[test]
fn a_response_in_short_pieces() {
    let state = MemoryState::Response { piece: 1_000 };
    Server::start(&[]).holds(32_000, state, |server| reader(server, "/short"));
}

#[test]
fn a_response_in_long_pieces() {
    let state = MemoryState::Response { piece: 60_000 };
    Server::start(&[]).holds(32_000, state, |server| reader(server, "/long"));
}

#[test]
fn a_stream_of_events() {
    // The name of the field, and line ends.
    let state = MemoryState::Response { piece: 1_008 };
    Server::start(&[]).holds(32_000, state, |server| reader(server, "/events"));
}

#[test]
fn a_file() {
    Server::start(&[]).holds(1_000, MemoryState::File, |server| reader(server, "/files/big"));
}

#[test]
fn many_ranges_of_a_file() {
    let ranges: Vec<_> =
        (0..100).map(|at| format!("{}-{}", at << 17, (at << 17) + 70_000)).collect();
    let request =
        format!("GET /files/big HTTP/1.1\r\nHost: a\r\nRange: bytes={}\r\n\r\n", ranges.join(","));
    Server::start(&[]).holds(1_000, MemoryState::File, |server| {
        let mut peer = Peer::connect(server);
        peer.send_all(&request);
        peer.read(16 << 10);
        peer.send(&get("/hello").repeat(2_000).into_bytes());
        peer
    });
}

/// The head of each request is kept until its response was written and logged.
#[test]
fn pipelined_requests_that_are_logged() {
    let options = [
        ("TREMOLO_ACCESS_LOG", "text"),
        ("TREMOLO_ACCESS_LOG_FILE", "/dev/null"),
        // So that the kernel takes little of the responses.
        ("TREMOLO_DOWNLOAD_RATE", "1KiB"),
    ];
    let mut server = Server::start(&options);
    server.config = Config { access_log: AccessLog::Text, ..server.config.clone() };
    server.holds(250_000, MemoryState::Response { piece: 20 }, |server| {
        let mut peer = Peer::connect(server);
        // It takes what the rate allows at first.
        peer.send_all(get("/files/short"));
        let field = "x".repeat(8_000);
        let request = format!("GET /hello HTTP/1.1\r\nHost: a\r\nX: {field}\r\n\r\n");
        peer.send(&request.repeat(300).into_bytes());
        peer
    });
}
