//! Malformed requests and requests over the limits of a head are refused (RFC 9112 sections 2–6,
//! RFC 6585 section 5). The client receives each response, even while it is still sending.

use std::thread;

use tremolo_tests::{Client, Program, escape};

use crate::response_object_program;

/// The expected status, and the request.
const BAD: &[(u16, &str)] = &[
    // RFC 9112 section 2.2: line terminators.
    (400, "GET /end HTTP/1.1\nHost: a\n\n"),
    (400, "GET /end HTTP/1.1\r\nHost: a\n\r\n"),
    (400, "GET /end HTTP/1.1\r\nHost: a\r\nX: y\n\r\n"),
    (400, "GET /end HTTP/1.1\r\nHost: a\r\nX: y\rz\r\n\r\n"),
    (400, "GET /end HTTP/1.1\r\nHost: a\r\nX: y\r\r\n\r\n"),
    (400, "GET /end HTTP/1.1\rHost: a\r\n\r\n"),
    // NUL.
    (400, "GET /end HTTP/1.1\r\nHost: a\r\nX: y\0z\r\n\r\n"),
    (400, "GET /e\0nd HTTP/1.1\r\nHost: a\r\n\r\n"),
    (400, "GET /end HTTP/1.1\r\nHost: a\r\nX\0: y\r\n\r\n"),
    // Section 3: the request line.
    (400, "GET /end\r\nHost: a\r\n\r\n"),
    (400, "GET  /end HTTP/1.1\r\nHost: a\r\n\r\n"),
    (400, "GET /end  HTTP/1.1\r\nHost: a\r\n\r\n"),
    (400, "GET\t/end HTTP/1.1\r\nHost: a\r\n\r\n"),
    (400, " GET /end HTTP/1.1\r\nHost: a\r\n\r\n"),
    (400, "GET /end HTTP/1.1 \r\nHost: a\r\n\r\n"),
    (400, "GET /end x HTTP/1.1\r\nHost: a\r\n\r\n"),
    (400, "G(T /end HTTP/1.1\r\nHost: a\r\n\r\n"),
    (400, "GET end HTTP/1.1\r\nHost: a\r\n\r\n"),
    (400, "GET /end http/1.1\r\nHost: a\r\n\r\n"),
    (400, "GET /end HTTP/1.10\r\nHost: a\r\n\r\n"),
    (400, "GET /end HTTP/1\r\nHost: a\r\n\r\n"),
    (400, "GET /end HTPT/1.1\r\nHost: a\r\n\r\n"),
    (400, "\u{16}\u{3}\u{1}\u{2}\r\n\r\n"),
    // RFC 9112 section 2.3: other major versions.
    (505, "GET /end HTTP/2.0\r\nHost: a\r\n\r\n"),
    (505, "GET /end HTTP/3.0\r\nHost: a\r\n\r\n"),
    (505, "GET /end HTTP/0.9\r\nHost: a\r\n\r\n"),
    (505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    // Section 5: obs-fold, whitespace around a field name, field names that are not a token.
    (400, "GET /end HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n"),
    (400, "GET /end HTTP/1.1\r\nHost: a\r\nX: y\r\n\tz\r\n\r\n"),
    (400, "GET /end HTTP/1.1\r\n Host: a\r\n\r\n"),
    (400, "GET /end HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n"),
    (400, "GET /end HTTP/1.1\r\nHost: a\r\nX\t: y\r\n\r\n"),
    (400, "GET /end HTTP/1.1\r\nHost: a\r\nX(Y): z\r\n\r\n"),
    (400, "GET /end HTTP/1.1\r\nHost: a\r\nX\u{e9}: z\r\n\r\n"),
    (400, "GET /end HTTP/1.1\r\nHost: a\r\n: y\r\n\r\n"),
    (400, "GET /end HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n"),
    // Section 3.2: Host.
    (400, "GET /end HTTP/1.1\r\n\r\n"),
    (400, "GET /end HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
    (400, "GET /end HTTP/1.1\r\nHost: a\r\nX: y\r\nhost: b\r\n\r\n"),
    (400, "GET /end HTTP/1.1\r\nHost: a b\r\n\r\n"),
    (400, "GET /end HTTP/1.1\r\nHost: a/b\r\n\r\n"),
    // Section 6.3, RFC 9110 section 8.6: Content-Length.
    (400, "POST /end HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n"),
    (400, "POST /end HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello"),
    (400, "POST /end HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\nhello"),
    (400, "POST /end HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\nhello"),
    (400, "POST /end HTTP/1.1\r\nHost: a\r\nContent-Length: 5 5\r\n\r\nhello"),
    (400, "POST /end HTTP/1.1\r\nHost: a\r\nContent-Length: 5.0\r\n\r\nhello"),
    (400, "POST /end HTTP/1.1\r\nHost: a\r\nContent-Length: five\r\n\r\nhello"),
    (400, "POST /end HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 6\r\n\r\nhello"),
    (400, "POST /end HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
    (400, "POST /end HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551616\r\n\r\nhello"),
    (400, "POST /end HTTP/1.0\r\nContent-Length: 99999999999999999999999\r\n\r\nhello"),
    // Section 6.1: Transfer-Encoding.
    (
        400,
        "POST /end HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    ),
    (
        400,
        "POST /end HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
    ),
    (400, "POST /end HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    (400, "POST /end HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n"),
    (400, "POST /end HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n"),
    (400, "POST /end HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n"),
    (400, "POST /end HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked,\r\n\r\n0\r\n\r\n"),
    (400, "POST /end HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n\r\n"),
    (
        400,
        "POST /end HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\nTransfer-Encoding: chunked\r\n\r\n",
    ),
    (
        400,
        "POST /end HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: \r\n\r\n",
    ),
    (501, "POST /end HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"),
    (501, "POST /end HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x, chunked\r\n\r\n0\r\n\r\n"),
    (501, "POST /end HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked, chunked\r\n\r\n"),
    // RFC 9110 section 9.3.6: CONNECT is not supported, and the bytes behind it are not HTTP.
    (501, "CONNECT a.b:443 HTTP/1.1\r\nHost: a.b:443\r\n\r\nGET /end HTTP/1.1\r\nHost: a\r\n\r\n"),
    (501, "CONNECT [::1]:443 HTTP/1.0\r\n\r\n"),
    (400, "CONNECT /end HTTP/1.1\r\nHost: a\r\n\r\n"),
];

#[test]
fn each_malformed_head_gets_its_status() {
    let program = response_object_program();
    for (status, request) in BAD {
        assert_refused(&program, *status, request.as_bytes(), 0);
    }
}

#[test]
fn the_response_reaches_a_client_that_is_still_sending() {
    let program = response_object_program();
    thread::scope(|scope| {
        for bad in BAD.chunks(BAD.len().div_ceil(4)) {
            let program = &program;
            scope.spawn(move || {
                for (status, request) in bad {
                    assert_refused(program, *status, request.as_bytes(), 1 << 20);
                }
            });
        }
    });
    assert_serves(&program);
}

#[test]
fn a_bad_request_does_not_affect_earlier_pipelined_ones() {
    let program = response_object_program();
    let mut client = program.connect();
    client.send("GET /end HTTP/1.1\r\nHost: a\r\n\r\n".repeat(3) + "GET /end HTTP/1.1\r\n\r\n");
    for _ in 0..3 {
        assert_eq!(client.read_response().text(), "Hello");
    }
    assert_eq!(client.read_response().status(), 400);
    assert_eq!(client.read_to_end(), b"");
}

#[test]
fn head_size_field_count_and_target_are_limited() {
    let program = response_object_program();
    let long = |length| "x".repeat(length);
    let fields = |count| "X: y\r\n".repeat(count);
    for (status, request) in [
        (431, format!("GET /end HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", long(8_192))),
        (431, format!("GET /end HTTP/1.1\r\nHost: a\r\n{}: x\r\n\r\n", long(8_192))),
        (431, format!("GET /end HTTP/1.1\r\nHost: a\r\nX: {}", long(1 << 20))),
        (431, format!("GET /end HTTP/1.1\r\nHost: a\r\n{}\r\n", fields(100))),
        (431, format!("GET /end HTTP/1.1\r\nHost: a\r\n{}\r\n", fields(1_000))),
        (414, format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", long(8_192))),
        (414, format!("GET /{}", long(1 << 20))),
    ] {
        assert_refused(&program, status, request.as_bytes(), 0);
    }
    let head = "GET /end HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n".len();
    for request in [
        format!("GET /end HTTP/1.1\r\nHost: a\r\n{}\r\n", fields(99)),
        format!("GET /end HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", long(8_192 - head)),
        format!("GET /end?{} HTTP/1.1\r\nHost: a\r\n\r\n", long(8_000)),
    ] {
        let mut client = program.connect();
        client.send(request);
        assert_eq!(client.read_response().text(), "Hello");
        assert_eq!(client.ask("/end").text(), "Hello");
    }
}

/// Asserts a refusal: its status, a framed body, `Connection: close`, `Date`, and an orderly close.
fn assert_refused(program: &Program, status: u16, request: &[u8], surplus: usize) {
    let what = escape(&request[..request.len().min(100)]);
    let mut client = program.connect();
    client.send(request);
    client.send(vec![b'x'; surplus]);
    let response = client.read_response();
    assert_eq!(response.status(), status, "{what}: {response:?}");
    assert!(response.is_framed && !response.body.is_empty(), "{what}: {response:?}");
    assert_eq!(response.field("Connection"), Some("close"), "{what}: {response:?}");
    assert!(response.field("Date").is_some(), "{what}: {response:?}");
    assert_eq!(client.read_to_end(), b"", "{what}");
    assert_serves(program);
}

fn assert_serves(program: &Program) {
    let mut client: Client = program.connect();
    assert_eq!(client.ask("/end").text(), "Hello");
}
