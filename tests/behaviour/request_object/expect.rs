//! `Expect: 100-continue` (RFC 9110 section 10.1.1): a client that waits for `100 Continue` before
//! it sends the body.

use tremolo_tests::{Client, Message, Response};

use super::{MIB, assert_persists, assert_serves, program};

const ASK: &str = "Expect: 100-continue";

#[test]
fn the_first_read_sends_100_continue() {
    let program = program();
    let mut client = program.connect();
    for path in ["/echo", "/count", "/read", "/mixed", "/trailers"] {
        for message in [
            Message::post(path).field(ASK).body("hello"),
            Message::post(path).field("expect: 100-Continue").chunked("hello", 2, &["x-a: 1"]),
        ] {
            let (head, bytes) = (message.head(), message.bytes());
            client.send(&head);
            assert_eq!(client.read_exactly(CONTINUE.len()), CONTINUE, "{path}");
            client.send(&bytes[head.len()..]);
            assert_eq!(client.read_response().status(), 200, "{path}");
        }
    }
    assert_persists(&mut client);
}

#[test]
fn each_of_two_requests_gets_its_own_100_continue() {
    let program = program();
    let mut client = program.connect();
    let message = Message::post("/echo").field(ASK).body("one");
    client.send(message.bytes());
    client.send(message.head());
    assert_eq!(final_response(&mut client).text(), "one");
    assert_eq!(client.read_exactly(CONTINUE.len()), CONTINUE);
    client.send("two");
    assert_eq!(client.read_response().text(), "two");
}

#[test]
fn a_client_that_does_not_wait_is_served() {
    let program = program();
    let mut client = program.connect();
    for body in [&b""[..], b"x", &[b'x'; 100_000]] {
        let response = {
            client.send(Message::post("/count").field(ASK).body(body).bytes());
            final_response(&mut client)
        };
        assert_eq!(response.text(), format!("{}\n", body.len()));
    }
    assert_persists(&mut client);
}

/// Whether the body will arrive is unknown: the connection is closed, and no byte is
/// misinterpreted.
#[test]
fn a_response_without_a_read_sends_no_100_continue_and_closes() {
    let program = program();
    for path in ["/ignore", "/nowhere", "/query"] {
        for message in [
            Message::post(path).field(ASK).body("hello"),
            Message::post(path).field(ASK).body(vec![b'x'; MIB]),
            Message::post(path).field(ASK).chunked("hello", 5, &[]),
        ] {
            let mut client = program.connect();
            client.send(message.head());
            let response = client.read_response();
            assert!(matches!(response.status(), 200 | 404), "{path}: {response:?}");
            assert_eq!(response.field("Connection"), Some("close"), "{path}: {response:?}");
            assert_eq!(client.read_to_end(), b"", "{path}");
        }
    }
    assert_serves(&program);
}

#[test]
fn a_declared_length_over_the_limit_gets_no_100_continue() {
    let program = program();
    for (path, size) in [("/read", 2 * MIB + 1), ("/form", 2 * MIB + 1), ("/echo", 64 * MIB + 1)] {
        let mut client = program.connect();
        client.send(format!(
            "POST {path} HTTP/1.1\r\nHost: a\r\n{ASK}\r\nContent-Type: \
             application/x-www-form-urlencoded\r\nContent-Length: {size}\r\n\r\n"
        ));
        let response = client.read_response();
        let expected = (413, "request body too large".to_owned());
        assert_eq!(response.status_and_text(), expected, "{path}");
        assert_eq!(response.field("Connection"), Some("close"), "{path}");
        assert_eq!(client.read_to_end(), b"", "{path}");
    }
}

#[test]
fn an_unknown_expectation_is_417() {
    let program = program();
    for value in ["200-ok", "100-continue, x", "x, 100-continue", "100-continue=1", "100"] {
        for path in ["/echo", "/ignore"] {
            let field = format!("Expect: {value}");
            let mut client = program.connect();
            client.send(Message::post(path).field(&field).body("hello").head());
            let response = client.read_response();
            assert_eq!(response.status(), 417, "{value} {path}: {response:?}");
            assert_eq!(response.field("Connection"), Some("close"), "{value} {path}");
            assert_eq!(client.read_to_end(), b"", "{value} {path}");
            // Also to a client that sends more bytes.
            let mut client = program.connect();
            client.send(Message::post(path).field(&field).body(vec![b'x'; 2 * MIB]).bytes());
            assert_eq!(client.read_response().status(), 417, "{value} {path}");
            assert_eq!(client.read_to_end(), b"", "{value} {path}");
        }
    }
}

/// HTTP/1.0 has no interim responses (RFC 9110 section 15.2).
#[test]
fn http_1_0_never_gets_100_continue() {
    let program = program();
    let mut client = program.connect();
    let message = Message::new("POST /echo HTTP/1.0").field(ASK).body("hello");
    client.send(message.head());
    client.send("hello");
    let response = client.read_response();
    assert_eq!(response.status_and_text(), (200, "hello".to_owned()));
    assert_eq!(client.read_to_end(), b"");
}

#[test]
fn an_early_refusal_follows_the_100_and_closes() {
    let program = program();
    let mut client = program.connect();
    let message = Message::post("/early").field(ASK).body(vec![b'x'; MIB]);
    client.send(message.head());
    assert_eq!(client.read_exactly(CONTINUE.len()), CONTINUE);
    client.send([b'x'; 1_000]);
    assert_eq!(client.read_response().status_and_text(), (413, "1000 bytes are enough".to_owned()));
    client.half_close();
    assert_eq!(client.read_to_end(), b"");
}

fn final_response(client: &mut Client) -> Response {
    let first = client.read_response();
    if first.status() == 100 { client.read_response() } else { first }
}

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
