//! Unread bodies, and responses that are sent before the body is complete: a client that still
//! sends receives them, and the connection ends without a reset (RFC 9112 section 9.6).

use std::thread;

use tremolo_tests::{Client, Message, Program};

use super::{MIB, assert_persists, assert_serves, program};

#[test]
fn a_small_unread_body_keeps_the_connection() {
    let program = program();
    let mut client = program.connect();
    for path in ["/ignore", "/query", "/nowhere"] {
        for size in [0, 1, 1_000, 16_384, 100_000, 200_000] {
            let body = vec![b'x'; size];
            for message in [
                Message::post(path).body(&body),
                Message::post(path).chunked(&body, 10_000, &["x-a: 1"]),
            ] {
                let response = client.exchange(&message);
                assert!(matches!(response.status(), 200 | 404), "{path} {size}");
            }
        }
        assert_persists(&mut client);
    }
}

/// Body bytes that look like a request are not one.
#[test]
fn an_unread_body_is_never_parsed_as_a_request() {
    let program = program();
    let mut client = program.connect();
    let inner = "GET /meta HTTP/1.1\r\nHost: test\r\n\r\n";
    client.send(Message::post("/ignore").body(inner).bytes());
    client.send(Message::post("/ignore").chunked(inner, 7, &[]).bytes());
    client.send(Message::post("/ignore").body("").bytes());
    for _ in 0..3 {
        assert_eq!(client.read_response().text(), "ignored\n");
    }
    assert_persists(&mut client);
}

#[test]
fn a_large_unread_body_closes_the_connection_after_the_response() {
    let program = program();
    for message in [
        Message::post("/ignore").body(vec![b'x'; 2 * MIB]),
        Message::post("/ignore").chunked(vec![b'x'; 2 * MIB], 100_000, &[]),
    ] {
        let mut client = program.connect();
        client.send(message.bytes());
        client.send(Message::new("GET /meta").bytes());
        assert_eq!(client.read_response().text(), "ignored\n");
        assert_eq!(client.read_to_end(), b"");
    }
    // The length is known in advance.
    let mut client = program.connect();
    client.send(Message::post("/ignore").body(vec![b'x'; 2 * MIB]).bytes());
    assert_eq!(client.read_response().field("Connection"), Some("close"));
}

#[test]
fn an_early_refusal_of_a_small_body_keeps_the_connection() {
    let program = program();
    let mut client = program.connect();
    for size in [999, 1_000, 1_001, 50_000] {
        let body = vec![b'x'; size];
        for message in
            [Message::post("/early").body(&body), Message::post("/early").chunked(&body, 999, &[])]
        {
            let response = client.exchange(&message);
            assert_eq!(
                response.status_and_text(),
                (413, "1000 bytes are enough".to_owned()),
                "{size}"
            );
        }
    }
    assert_persists(&mut client);
}

/// How a client sends its 100 MiB.
const HEADS: [&str; 2] =
    ["Content-Length: 104857600\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n"];

fn send_piece(client: &mut Client, head: &str, piece: &[u8]) {
    if head.starts_with('T') {
        client.send(format!("{:x}\r\n", piece.len()));
    }
    client.send(piece);
    if head.starts_with('T') {
        client.send("\r\n");
    }
}

/// The response to a client that sends 100 MiB to `path` before it reads.
fn after_everything(program: &Program, path: &str, head: &str) -> (u16, String) {
    let mut client = program.connect();
    client.send(format!("POST {path} HTTP/1.1\r\nHost: a\r\n{head}"));
    let piece = vec![b'x'; MIB];
    for _ in 0..100 {
        send_piece(&mut client, head, &piece);
    }
    if head.starts_with('T') {
        client.send("0\r\n\r\n");
    }
    let response = client.read_response();
    // The length of a chunked body is not known in advance.
    let connection = response.field("Connection");
    assert!(connection == Some("close") || head.starts_with('T'), "{path} {head}: {connection:?}");
    assert_eq!(client.read_to_end(), b"", "{path} {head}");
    response.status_and_text()
}

#[test]
fn a_client_that_sends_100_mib_before_reading_gets_the_early_refusal() {
    let program = program();
    let early = (413, "1000 bytes are enough".to_owned());
    let limit = (413, "request body too large".to_owned());
    thread::scope(|scope| {
        let program = &program;
        for (path, expected) in [("/early", &early), ("/read", &limit)] {
            scope.spawn(move || {
                for head in HEADS {
                    assert_eq!(&after_everything(program, path, head), expected, "{path} {head}");
                }
            });
        }
    });
    assert_serves(&program);
}

#[test]
fn a_client_that_reads_while_sending_gets_the_early_refusal() {
    let program = program();
    let piece = vec![b'x'; MIB];
    for head in HEADS {
        let mut client = program.connect();
        client.send(format!("POST /early HTTP/1.1\r\nHost: a\r\n{head}"));
        send_piece(&mut client, head, &piece);
        let response = client.read_response();
        assert_eq!(response.status_and_text(), (413, "1000 bytes are enough".to_owned()), "{head}");
        for _ in 0..20 {
            send_piece(&mut client, head, &piece);
        }
        client.half_close();
        assert_eq!(client.read_to_end(), b"", "{head}");
    }
}
