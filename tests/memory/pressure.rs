//! Peers that ask for more than a server may allocate. Its address space has a limit that is a
//! little above what it has, so that one allocation of what a peer announces would end the process.

use std::io::Write;

use flate2::write::GzEncoder;
use flate2::{Compress, Compression, FlushCompress};
use tremolo_tests::frames::{Frame, RSV1, Socket, handshake, opcode};
use tremolo_tests::{Client, Message};

use crate::peer::Peer;
use crate::server::Server;

/// What a server may allocate for all connections together: a megabyte for each, which is about what
/// `memory_bound` allows.
const GROWTH: u64 = 64 << 20;

const CONNECTIONS: usize = 64;

/// Sends the same on all connections, then expects this status on each of them.
#[track_caller]
fn refuses(server: &Server, request: impl AsRef<[u8]>, status: u16) {
    let mut clients: Vec<_> = (0..CONNECTIONS).map(|_| Client::connect(server.address())).collect();
    for client in &mut clients {
        // A server that has answered need not read the rest.
        let _ = client.try_send(request.as_ref());
    }
    for client in &mut clients {
        assert_eq!(client.read_response().status(), status);
    }
    drop(clients);
    Peer::connect(server).ask("/hello");
}

/// A server that has served each path once, and has a limit from then on.
fn start() -> Server {
    // One arena: glibc reserves addresses for each of them, as many as the whole growth.
    let server = Server::start(&[("MALLOC_ARENA_MAX", "1")]);
    server.limit_growth(GROWTH);
    server
}

/// The first bytes of a body whose length is announced.
fn announced(path: &str, fields: &str, first: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n{fields}\r\n{first}",
        u64::MAX / 4
    )
}

#[test]
fn bodies_that_announce_more_than_there_is() {
    let server = start();
    refuses(&server, announced("/whole", "", ""), 413);
    let multipart = "Content-Type: multipart/form-data; boundary=b\r\n";
    refuses(&server, announced("/form", multipart, "--b\r\n"), 413);
    refuses(&server, announced("/upload", multipart, "--b\r\n"), 413);
    let chunked = Message::post("/whole").field("Transfer-Encoding: chunked").head();
    refuses(&server, format!("{chunked}{:x}\r\n", u64::MAX / 4), 413);
}

#[test]
fn heads_without_an_end() {
    let server = start();
    refuses(&server, format!("GET /{} HTTP/1.1\r\n", "x".repeat(1 << 16)), 414);
    refuses(&server, format!("GET / HTTP/1.1\r\nHost: a\r\nx: {}", "x".repeat(1 << 16)), 431);
    refuses(&server, format!("GET / HTTP/1.1\r\nHost: a\r\n{}", "x: y\r\n".repeat(1 << 13)), 431);
}

#[test]
fn bodies_that_are_decompressed_to_more_than_there_is() {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&vec![0; ZEROS]).unwrap();
    let bomb = gzip.finish().unwrap();
    let message = Message::post("/inflated").field("Content-Encoding: gzip").body(bomb);
    refuses(&start(), message.bytes(), 413);
}

#[test]
fn messages_that_are_longer_than_the_limit() {
    let server = start();
    let announced = Frame::new(opcode::BINARY, b"x").announcing(u64::MAX / 4);
    closes(&server, &announced);
    let fragment = Frame::new(opcode::BINARY, [b'x'; 1 << 10]).unfinished().masked();
    let next = Frame::new(opcode::CONTINUATION, [b'x'; 1 << 10]).unfinished().masked();
    closes(&server, &[fragment, next.repeat(1 << 9)].concat());
    let (mut encoder, mut bomb) = (Compress::new(Compression::fast(), false), Vec::new());
    bomb.reserve(ZEROS);
    encoder.compress_vec(&vec![0; ZEROS], &mut bomb, FlushCompress::Sync).unwrap();
    bomb.truncate(bomb.len() - 4);
    closes(&server, &Frame::new(opcode::BINARY, bomb).with_bits(RSV1).masked());
}

/// Sends the same on all WebSockets, then expects 1009 on each of them.
#[track_caller]
fn closes(server: &Server, bytes: &[u8]) {
    let handshake = handshake("/receive").field("Sec-WebSocket-Extensions: permessage-deflate");
    let open = |_| Socket::open_with(Client::connect(server.address()), &handshake);
    let mut sockets: Vec<_> = (0..CONNECTIONS).map(open).collect();
    for socket in &mut sockets {
        let _ = socket.client.try_send(bytes);
    }
    for socket in &mut sockets {
        assert_eq!(socket.read_close(), Some(1009));
    }
    drop(sockets);
    Peer::connect(server).ask("/hello");
}

/// In all connections together this is more than a server has.
const ZEROS: usize = 2 << 20;
