//! Bodies with conflicting or broken framing: refused with the right status and an orderly close,
//! whether the body is read or not. The bytes behind it must never be parsed as a request (RFC 9112
//! sections 6 and 7.1).

use std::thread;

use tremolo_tests::{Client, Program};

use super::{MIB, assert_serves, program};

/// The status, the version, and the fields that frame a body.
const FIELDS: &[(u16, &str, &str)] = &[
    // Two lengths, or none (RFC 9112 section 6.3).
    (400, "1.1", "Content-Length: 3\r\nContent-Length: 4"),
    (400, "1.1", "Content-Length: 3, 4"),
    (400, "1.1", "Content-Length: +3"),
    (400, "1.1", "Content-Length: -3"),
    (400, "1.1", "Content-Length: 0x3"),
    (400, "1.1", "Content-Length: 3_0"),
    (400, "1.1", "Content-Length:"),
    (400, "1.1", "Content-Length: \"3\""),
    (400, "1.1", "Content-Length: 3;"),
    (400, "1.1", "Content-Length: 99999999999999999999"),
    (400, "1.0", "Content-Length: 3\r\nContent-Length: 4"),
    (400, "1.0", "Content-Length: 3 3"),
    // A length and a coding, in either order (section 6.1).
    (400, "1.1", "Content-Length: 3\r\nTransfer-Encoding: chunked"),
    (400, "1.1", "Transfer-Encoding: chunked\r\nContent-Length: 3"),
    (400, "1.1", "Content-Length: 3\r\nTransfer-Encoding: identity"),
    // The final coding is not chunked, or chunked is not last, or occurs twice.
    (400, "1.1", "Transfer-Encoding: identity"),
    (400, "1.1", "Transfer-Encoding:"),
    (400, "1.1", "Transfer-Encoding: \"chunked\""),
    (400, "1.1", "Transfer-Encoding: chunked;q=1"),
    (400, "1.1", "Transfer-Encoding: xchunked"),
    (400, "1.1", "Transfer-Encoding: chunkedx"),
    (400, "1.1", "Transfer-Encoding: chunked, gzip"),
    (400, "1.1", "Transfer-Encoding: chunked, identity"),
    (400, "1.1", "Transfer-Encoding: chunked, chunked"),
    (400, "1.1", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
    (400, "1.1", "Transfer-Encoding: \u{b}chunked"),
    (400, "1.1", "Transfer-Encoding: chunked\u{b}"),
    (400, "1.1", "Transfer-Encoding : chunked"),
    (400, "1.1", "Transfer-Encoding: gzip"),
    // An unsupported coding, with chunked behind it.
    (501, "1.1", "Transfer-Encoding: gzip, chunked"),
    (501, "1.1", "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked"),
    (501, "1.1", "Transfer-Encoding: x, chunked"),
    // HTTP/1.0 has no transfer codings.
    (400, "1.0", "Transfer-Encoding: chunked"),
    (400, "1.0", "Transfer-Encoding: chunked\r\nContent-Length: 3"),
];

/// The bytes of a broken chunked body.
const CHUNKS: &[&str] = &[
    // The size.
    "0x3\r\nabc\r\n",
    "+3\r\nabc\r\n",
    "-3\r\nabc\r\n",
    "-0\r\n\r\n",
    "3_0\r\nabc\r\n",
    " 3\r\nabc\r\n",
    "3 \r\nabc\r\n",
    "\t3\r\nabc\r\n",
    "3 ;x\r\nabc\r\n",
    "\r\nabc\r\n",
    ";x\r\nabc\r\n",
    "g\r\nabc\r\n",
    "3h\r\nabc\r\n",
    "00000000000000003\r\nabc\r\n",
    // The line terminator of the size.
    "3\nabc\r\n0\r\n\r\n",
    "3\rabc\r\n0\r\n\r\n",
    "3\r\r\nabc\r\n0\r\n\r\n",
    "3;x\nabc\r\n0\r\n\r\n",
    "3;x=\"\n\"\r\nabc\r\n0\r\n\r\n",
    "3;x\ry\r\nabc\r\n0\r\n\r\n",
    "3;x\0\r\nabc\r\n0\r\n\r\n",
    // Data longer or shorter than the size declares, and its line terminator.
    "3\r\nabcd\r\n0\r\n\r\n",
    "3\r\nab\r\n0\r\n\r\n",
    "3\r\nabc0\r\n\r\n",
    "3\r\nabc\n0\r\n\r\n",
    "3\r\nabc\r0\r\n\r\n",
    "3\r\nabc\r\r\n0\r\n\r\n",
    // The trailer section (section 7.1.2).
    "3\r\nabc\r\n0\r\nx\r\n\r\n",
    "3\r\nabc\r\n0\r\nx : y\r\n\r\n",
    "3\r\nabc\r\n0\r\n: y\r\n\r\n",
    "3\r\nabc\r\n0\r\nx: y\r\n z\r\n\r\n",
    "3\r\nabc\r\n0\r\n x: y\r\n\r\n",
    "3\r\nabc\r\n0\r\nx: y\n\r\n",
    "3\r\nabc\r\n0\r\nx: y\0\r\n\r\n",
    "3\r\nabc\r\n0\r\nx: y\rz\r\n\r\n",
    "3\r\nabc\r\n0\r\nx(): y\r\n\r\n",
    "3\r\nabc\r\n0\r\n\n",
    "3\r\nabc\r\n0\n\n",
];

/// If the body were parsed as a request, there would be a second response.
const SMUGGLED: &str = "GET /meta HTTP/1.1\r\nHost: smuggled\r\n\r\n";

#[test]
fn conflicting_framing_fields_are_refused_before_the_body_is_read() {
    let program = program();
    for (status, version, fields) in FIELDS {
        for path in ["/echo", "/ignore"] {
            let host = if *version == "1.1" { "Host: a\r\n" } else { "" };
            let head = format!("POST {path} HTTP/{version}\r\n{host}{fields}\r\n\r\n");
            for body in ["", "3\r\nabc\r\n0\r\n\r\n", "abc", "0\r\n\r\n"] {
                let bytes = format!("{head}{body}{SMUGGLED}");
                assert_refused(&program, *status, &bytes, 0);
            }
        }
    }
}

#[test]
fn broken_chunks_are_400_for_a_handler_that_reads_them() {
    let program = program();
    for body in CHUNKS {
        for path in ["/echo", "/count", "/read", "/mixed"] {
            assert_refused(&program, 400, &format!("POST {path} {CHUNKED}{body}{SMUGGLED}"), 0);
        }
    }
}

#[test]
fn the_refusal_reaches_a_client_that_is_still_sending() {
    let program = program();
    let fields = FIELDS.iter().map(|(status, version, fields)| {
        let host = if *version == "1.1" { "Host: a\r\n" } else { "" };
        (*status, format!("POST /echo HTTP/{version}\r\n{host}{fields}\r\n\r\n"))
    });
    let chunks = CHUNKS.iter().map(|body| (400, format!("POST /echo {CHUNKED}{body}")));
    let rows: Vec<_> = fields.chain(chunks).collect();
    thread::scope(|scope| {
        for rows in rows.chunks(rows.len().div_ceil(4)) {
            let program = &program;
            scope.spawn(move || {
                for (status, bytes) in rows {
                    assert_refused(program, *status, bytes, MIB);
                }
            });
        }
    });
    assert_serves(&program);
}

/// The handler has responded; the connection alone processes the rest of the body.
#[test]
fn unread_broken_chunks_end_the_connection_without_a_second_request() {
    let program = program();
    for body in CHUNKS {
        let mut client = program.connect();
        client.send(format!("POST /ignore {CHUNKED}{body}{SMUGGLED}"));
        let response = client.read_response();
        let rest = client.read_to_end();
        let rest = String::from_utf8_lossy(&rest);
        // The response of the handler, or a refusal of the part that had arrived before it; or
        // both.
        assert!(matches!(response.status(), 200 | 400), "{body:?}: {response:?}");
        assert!(rest.is_empty() || rest.starts_with("HTTP/1.1 400 "), "{body:?}: {rest}");
        assert!(!rest.contains("smuggled"), "{body:?}: {rest}");
    }
}

const CHUNKED: &str = "HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

/// Asserts a refusal: its status, a framed body, `Connection: close`, and an orderly close.
fn assert_refused(program: &Program, status: u16, bytes: &str, surplus: usize) {
    let mut client: Client = program.connect();
    client.send(bytes);
    client.send(vec![b'x'; surplus]);
    let response = client.read_response();
    assert_eq!(response.status(), status, "{bytes:?}: {response:?}");
    assert!(response.is_framed && !response.body.is_empty(), "{bytes:?}: {response:?}");
    assert_eq!(response.field("Connection"), Some("close"), "{bytes:?}: {response:?}");
    assert_eq!(client.read_to_end(), b"", "{bytes:?}");
}
