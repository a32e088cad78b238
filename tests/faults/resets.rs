//! Clients that reset their connection, at each step of what they do.

use tremolo_tests::frames::{Frame, handshake, opcode};
use tremolo_tests::{Client, Message};

use crate::server::Server;

#[test]
fn a_reset_at_each_step_of_a_conversation() {
    let server = Server::start(&[]);
    let upgrade = handshake("/ws").bytes();
    let frame = Frame::new(opcode::BINARY, [b'x'; 40]).masked();
    for conversation in [
        Message::new("GET /hello").bytes(),
        Message::post("/body").body("some bytes").bytes(),
        Message::post("/body").chunked("some bytes", 3, &["A: b"]).bytes(),
        Message::new("GET /stream").bytes(),
        Message::new("GET /files/file").bytes(),
        [upgrade, frame].concat(),
    ] {
        for sent in 0..=conversation.len() {
            let mut client = server.program.connect();
            client.send(&conversation[..sent]);
            client.reset();
        }
    }
    server.serves();
}

/// The client reads a part of the response before.
#[test]
fn a_reset_while_a_response_is_sent() {
    let server = Server::start(&[]);
    for path in ["/stream", "/files/file"] {
        for read in (1..100_000).step_by(9_973) {
            let mut client = server.program.connect();
            client.get(path);
            client.read_exactly(read);
            client.reset();
        }
    }
    server.serves();
}

#[test]
fn a_reset_in_a_message_of_a_websocket() {
    let server = Server::start(&[]);
    let message = Frame::new(opcode::BINARY, vec![b'x'; 50_000]).masked();
    for sent in (0..=message.len()).step_by(4_999) {
        let mut client = opened(&server);
        client.send(&message[..sent]);
        client.reset();
    }
    server.serves();
}

fn opened(server: &Server) -> Client {
    let mut client = server.program.connect();
    assert_eq!(client.exchange(&handshake("/ws")).status(), 101);
    client
}
