//! Many requests on one connection, and requests in unusual pieces or forms (RFC 9112 sections 2.2,
//! 3.2, 9.3, 9.6).

use tremolo_tests::{Client, Message, Program};

use crate::response_object_program;

/// Paths after which an HTTP/1.1 connection persists, with status and body.
const PATHS: &[(&str, u16, &str)] = &[
    ("/yield", 200, "Hello World!"),
    ("/return", 200, "Hello, World!"),
    ("/write", 200, "Hello World!"),
    ("/write-open", 200, "Hello"),
    ("/write-none", 202, ""),
    ("/end", 200, "Hello"),
    ("/end-empty", 200, ""),
    ("/end-twice", 200, "Hello"),
    ("/send", 200, "raw"),
    ("/close-keepalive", 200, "Hello"),
    ("/status", 418, "short and stout"),
    ("/no-content", 204, ""),
    ("/not-modified", 304, ""),
    ("/late-header", 200, "Hello headers already sent"),
];

#[test]
fn twenty_pipelined_requests_are_answered_in_order() {
    let program = response_object_program();
    let paths: Vec<_> = PATHS.iter().cycle().take(20).collect();
    let mut client = program.connect();
    client.send(paths.iter().map(|(path, ..)| get(path)).collect::<String>());
    for (path, status, body) in paths {
        let response = client.read_response();
        assert_eq!((response.status(), response.text()), (*status, *body), "{path}");
    }
    assert_persists(&mut client);
}

#[test]
fn a_request_pipelined_behind_an_error_page_is_answered() {
    let program = response_object_program();
    let mut client = program.connect();
    let paths = ["/nowhere", "/error-before", "/bad-header", "/send-none", "/nowhere", "/return"];
    client.send(paths.map(get).concat());
    for status in [404, 500, 500, 404, 200] {
        assert_eq!(client.read_response().status(), status);
    }
    assert_persists(&mut client);
}

#[test]
fn a_request_pipelined_behind_a_close_is_not_answered() {
    let program = response_object_program();
    for (path, bytes) in [("/close", 0), ("/none", 0), ("/send-binary", 16)] {
        let mut client = program.connect();
        client.send(get(path) + &get("/return"));
        assert_eq!(client.read_to_end().len(), bytes, "{path}");
    }
    let mut client = program.connect();
    client.send("GET /end HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".to_owned() + &get("/"));
    assert_eq!(client.read_response().text(), "Hello");
    assert_eq!(client.read_to_end(), b"");
}

/// A client that waits for `100 Continue` may leave its body out when a final response comes, and
/// send its next request (RFC 9110 section 10.1.1). That must not be taken for the body.
#[test]
fn raw_bytes_before_100_continue_close_the_connection() {
    let program = response_object_program();
    let request = Message::post("/send").field("Expect: 100-continue").body("x".repeat(65));
    let mut client = program.connect();
    client.send(request.head());
    assert_eq!(client.read_response().text(), "raw");
    assert_eq!(client.read_to_end(), b"");
}

#[test]
fn a_complete_request_is_answered_after_a_half_close() {
    let program = response_object_program();
    for (path, body) in [
        ("/return", "Hello, World!"),
        ("/yield", "Hello World!"),
        ("/leave-open", "later"),
        ("/yield-slow", "piece 1\npiece 2\npiece 3\npiece 4\npiece 5\npiece 6\npiece 7\n"),
    ] {
        let mut client = program.connect();
        client.send(get("/end") + &get(path));
        client.half_close();
        assert_eq!(client.read_response().text(), "Hello");
        assert_eq!(client.read_response().text(), body);
        assert_eq!(client.read_to_end(), b"", "{path}");
    }
}

#[test]
fn a_half_close_within_a_head_ends_the_connection() {
    let program = response_object_program();
    for start in ["", "GET", "GET /end HTTP/1.1\r\n", "GET /end HTTP/1.1\r\nHost: a\r\n"] {
        let mut client = program.connect();
        client.send(start);
        client.half_close();
        let answer = client.read_to_end();
        assert!(!answer.starts_with(b"HTTP/1.1 2"), "{start:?}");
    }
    assert_serves(&program);
}

#[test]
fn a_request_may_arrive_byte_by_byte() {
    let program = response_object_program();
    let mut client = program.connect();
    for byte in (get("/return") + &get("/yield")).bytes() {
        client.send([byte]);
    }
    assert_eq!(client.read_response().text(), "Hello, World!");
    assert_eq!(client.read_response().text(), "Hello World!");
}

#[test]
fn an_unread_body_is_discarded_and_the_connection_persists() {
    let program = response_object_program();
    let mut client = program.connect();
    let body = "x".repeat(100_000);
    let length = body.len();
    client.send(format!("POST /end HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{body}"));
    client.send("POST /return HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    client.send(format!("5;a=b\r\nGET /\r\n{length:X}\r\n{body}\r\n0\r\nTrailer: x\r\n\r\n"));
    assert_eq!(client.read_response().text(), "Hello");
    assert_eq!(client.read_response().text(), "Hello, World!");
    assert_persists(&mut client);
}

#[test]
fn a_body_too_long_to_discard_closes_after_the_response() {
    let program = response_object_program();
    let mut client = program.connect();
    let body = "x".repeat(1 << 20);
    let length = body.len();
    client.send(format!("POST /end HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{body}"));
    let response = client.read_response();
    assert_eq!((response.text(), response.field("Connection")), ("Hello", Some("close")));
    assert_eq!(client.read_to_end(), b"");
    assert_serves(&program);
}

#[test]
fn unusual_but_valid_requests_are_served() {
    let program = response_object_program();
    for (request, version) in [
        ("\r\nGET /end HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1"),
        ("\r\n\r\nGET /end HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1"),
        ("GET /end/ HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1"),
        ("GET /end?a=b&c HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1"),
        ("GET http://example.com/end HTTP/1.1\r\nHost: example.com\r\n\r\n", "HTTP/1.1"),
        ("GET /end HTTP/1.1\r\nhOST:\t a \t\r\n\r\n", "HTTP/1.1"),
        ("GET /end HTTP/1.1\r\nHost: a\r\nX-Empty:\r\n\r\n", "HTTP/1.1"),
        ("GET /end HTTP/1.1\r\nHost: a\r\nX-High: \u{e9}\r\n\r\n", "HTTP/1.1"),
        ("GET /end HTTP/1.2\r\nHost: a\r\n\r\n", "HTTP/1.1"),
        ("GET /end HTTP/1.9\r\nHost: a\r\n\r\n", "HTTP/1.1"),
        ("GET /end HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1"),
        (
            "GET /end HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
            "HTTP/1.1",
        ),
        ("BREW /end HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1"),
        ("GET /end HTTP/1.0\r\nConnection: x, Keep-Alive\r\n\r\n", "HTTP/1.0"),
    ] {
        let mut client = program.connect();
        client.send(request);
        let response = client.read_response();
        assert_eq!(response.text(), "Hello", "{request:?}");
        assert!(response.head.starts_with(version), "{request:?}");
        assert_persists(&mut client);
    }
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: test\r\n\r\n")
}

fn assert_persists(client: &mut Client) {
    assert_eq!(client.ask("/end").text(), "Hello");
}

fn assert_serves(program: &Program) {
    assert_persists(&mut program.connect());
}
