//! Limits of heads and bodies, for clients that are still sending (RFC 9110 sections 15.5.14 and
//! 15.5.15, RFC 6585 section 5).

use tremolo_tests::Message;

use super::{MIB, assert_persists, assert_serves, program};

/// `/read` has the default limit of 2 MiB.
#[test]
fn a_body_of_exactly_the_limit_is_accepted_in_either_framing() {
    let program = program();
    let body = vec![b'x'; 2 * MIB + 1];
    let mut client = program.connect();
    for (size, status) in [(2 * MIB, 200), (2 * MIB + 1, 413)] {
        for chunk in [1_000, 2 * MIB + 1] {
            let message = Message::post("/read?n=4194304").chunked(&body[..size], chunk, &[]);
            assert_eq!(client.exchange(&message).status(), status, "{size} by {chunk}");
            if status == 413 {
                assert_eq!(client.read_to_end(), b"");
                client = program.connect();
            }
        }
        let response = client.exchange(&Message::post("/read?n=4194304").body(&body[..size]));
        assert_eq!(response.status(), status, "{size}");
    }
}

/// The client sends only the beginning of the chunk or body, and waits for the response.
#[test]
fn a_size_over_the_limit_is_refused_immediately() {
    let program = program();
    for (framing, status) in [
        ("Content-Length: 2097153\r\n\r\n", 413),
        ("Content-Length: 18446744073709551615\r\n\r\n", 413),
        ("Transfer-Encoding: chunked\r\n\r\n200001\r\n", 413),
        ("Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n200000\r\n", 413),
        ("Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\nFFFFFFFFFFFFFFFF\r\n", 413),
        ("Transfer-Encoding: chunked\r\n\r\n7FFFFFFFFFFFFFFF;x\r\n", 413),
        // Its first digits are enough to refuse it.
        ("Transfer-Encoding: chunked\r\n\r\n1000000", 413),
        ("Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n", 413),
    ] {
        for path in ["/read", "/mixed", "/form"] {
            let mut client = program.connect();
            let typed = "Content-Type: application/x-www-form-urlencoded";
            client.send(format!("POST {path} HTTP/1.1\r\nHost: a\r\n{typed}\r\n{framing}"));
            let response = client.read_response();
            assert_eq!(response.status(), status, "{path} {framing:?}");
            assert_eq!(response.field("Connection"), Some("close"), "{path} {framing:?}");
            client.half_close();
            assert_eq!(client.read_to_end(), b"", "{path} {framing:?}");
        }
    }
    assert_serves(&program);
}

/// 100 MiB of each; the client sends all of it before it reads.
#[test]
fn an_endless_head_is_refused_and_the_client_can_read_the_response() {
    let program = program();
    let piece = vec![b'x'; MIB];
    for (status, start) in [
        (414, "GET /"),
        (431, "GET / HTTP/1.1\r\nHost: a\r\nX: "),
        (431, "GET / HTTP/1.1\r\nHost: a\r\n"),
    ] {
        let mut client = program.connect();
        client.send(start);
        for _ in 0..100 {
            client.send(&piece);
        }
        client.send("\r\n\r\n");
        let response = client.read_response();
        assert_eq!(response.status(), status, "{start:?}");
        assert_eq!(response.field("Connection"), Some("close"), "{start:?}");
        assert_eq!(client.read_to_end(), b"", "{start:?}");
    }
}

/// The overhead of the framing is limited too (RFC 9112 sections 7.1.1 and 7.1.2).
#[test]
fn chunk_extensions_and_trailers_are_limited() {
    let program = program();
    let head = "POST /count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let long = "x".repeat(MIB);
    for body in [
        format!("1;{long}\r\na\r\n0\r\n\r\n"),
        "1;extension=\"0123456789\"\r\na\r\n".repeat(100_000),
        format!("1\r\na\r\n0\r\nx: {long}\r\n\r\n"),
        format!("1\r\na\r\n0\r\n{}\r\n", "x: y\r\n".repeat(100_000)),
    ] {
        let mut client = program.connect();
        client.send(head);
        client.send(&body);
        let response = client.read_response();
        assert!(matches!(response.status(), 400 | 413 | 431), "{:?}", response.head);
        assert_eq!(client.read_to_end(), b"");
    }
    let mut client = program.connect();
    client.send(head);
    client.send("1;x=y\r\na\r\n".repeat(100) + "0\r\nx: y\r\n\r\n");
    assert_eq!(client.read_response().text(), "100\n");
    assert_persists(&mut client);
}

#[test]
fn a_query_may_have_a_hundred_pairs() {
    let program = program();
    let mut client = program.connect();
    for (pairs, status) in [(100, 200), (101, 400)] {
        let query = vec!["a=b"; pairs].join("&");
        let response = client.exchange(&Message::new(&format!("GET /query?{query}")));
        assert_eq!(response.status(), status, "{pairs}");
    }
    // The request was well framed.
    assert_persists(&mut client);
}
