//! Bodies in every framing, size and version: read whole, as a stream, in pieces, and in a mixture
//! of these (RFC 9112 sections 6 and 7.1).

use tremolo_tests::{Client, Message, Program};

use super::{MIB, assert_persists, pattern, program};

/// Framings of a body: a length, or chunks of this size with or without trailers.
#[derive(Clone, Copy, Debug)]
enum Framing {
    Length,
    Chunks(usize),
    Trailers(usize),
}

use Framing::{Chunks, Length, Trailers};

fn framed(message: Message, body: &[u8], framing: Framing) -> Message {
    match framing {
        Length => message.body(body),
        Chunks(size) => message.chunked(body, size, &[]),
        Trailers(size) => message.chunked(body, size, &["x-check: 1", "x-check: 2"]),
    }
}

const SIZES: &[usize] =
    &[0, 1, 2, 3, 4, 5, 1_000, 16_383, 16_384, 16_385, 65_536, 100_000, 262_145, MIB, 2 * MIB];

#[test]
fn bodies_of_every_size_and_framing_are_echoed_on_one_connection() {
    let program = program();
    let mut client = program.connect();
    let body = pattern(2 * MIB);
    for size in SIZES {
        for framing in [Length, Chunks(16_384), Trailers(7_919), Chunks(2 * MIB), Chunks(3)] {
            if *size > 65_536 && matches!(framing, Chunks(3)) {
                continue;
            }
            let body = &body[..*size];
            let response = client.exchange(&framed(Message::post("/echo"), body, framing));
            assert_eq!(response.status(), 200, "{size} {framing:?}");
            assert!(response.body == body, "{size} {framing:?}: other bytes came back");
            let response = client.exchange(&framed(Message::post("/count"), body, framing));
            assert_eq!(response.status_and_text(), (200, format!("{size}\n")), "{framing:?}");
        }
    }
}

#[test]
fn http_1_0_has_bodies_with_a_length_and_may_keep_its_connection() {
    let program = program();
    let body = pattern(MIB);
    let mut kept = program.connect();
    for size in [0, 1, 5, 16_384, 16_385, MIB] {
        let body = &body[..size];
        let message = Message::new("POST /echo HTTP/1.0");
        let mut client = program.connect();
        assert!(client.exchange(&message.clone().body(body)).body == body, "{size}");
        assert_eq!(client.read_to_end(), b"");
        let message = message.field("Connection: keep-alive").body(body);
        assert!(kept.exchange(&message).body == body, "{size}, kept");
    }
    assert_persists(&mut kept);
}

#[test]
fn a_body_of_64_mib_is_echoed_and_one_byte_more_is_refused() {
    let program = program();
    let body = pattern(64 * MIB + 1);
    let (fits, mut client) = (&body[..64 * MIB], program.connect());
    for framing in [Length, Trailers(1_000_003)] {
        let response = client.exchange(&framed(Message::post("/echo"), fits, framing));
        assert_eq!(response.status(), 200, "{framing:?}");
        assert!(response.body == fits, "{framing:?}: other bytes came back");
        let response = client.exchange(&framed(Message::post("/count"), &body, framing));
        assert_eq!(response.status_and_text(), (200, "67108865\n".to_owned()), "{framing:?}");
    }
    for framing in [Length, Chunks(1_000_003)] {
        let mut client = program.connect();
        let response = client.exchange(&framed(Message::post("/echo"), &body, framing));
        assert_eq!(
            response.status_and_text(),
            (413, "request body too large".to_owned()),
            "{framing:?}"
        );
        assert_eq!(client.read_to_end(), b"");
    }
}

#[test]
fn pipelined_bodies_are_separate() {
    let program = program();
    let body = pattern(200_000);
    let (mut client, mut bytes, mut expected) = (program.connect(), Vec::new(), Vec::new());
    for (at, size) in [0, 1, 3, 1_000, 0, 16_384, 20_000, 4, 65_537, 200_000, 2].iter().enumerate()
    {
        let framing = [Length, Trailers(500), Chunks(100_000)][at % 3];
        let body = &body[at..*size + at.min(200_000 - size)];
        for path in ["/count", "/trailers", "/ignore"] {
            bytes.extend(framed(Message::post(path), body, framing).bytes());
        }
        expected.push(format!("{}\n", body.len()));
        let has_trailers = matches!(framing, Trailers(_));
        expected.push(if has_trailers { "x-check: 1\nx-check: 2\n" } else { "" }.to_owned());
        expected.push("ignored\n".to_owned());
        bytes.extend(b"GET /query?a=b HTTP/1.1\r\nHost: test\r\n\r\n");
        expected.push("a=b\n".to_owned());
    }
    client.send(bytes);
    for (at, text) in expected.into_iter().enumerate() {
        assert_eq!(client.read_response().status_and_text(), (200, text), "answer {at}");
    }
    assert_persists(&mut client);
}

#[test]
fn a_request_without_a_body_has_an_empty_one() {
    let program = program();
    let mut client = program.connect();
    for (path, text) in
        [("/echo", ""), ("/count", "0\n"), ("/read?n=4", ""), ("/mixed", "|"), ("/trailers", "")]
    {
        for method in ["GET", "POST", "DELETE"] {
            let response = client.exchange(&Message::new(&format!("{method} {path}")));
            assert_eq!(response.status_and_text(), (200, text.to_owned()), "{method} {path}");
        }
    }
    assert_eq!(client.exchange(&Message::post("/early")).status(), 413);
    assert_persists(&mut client);
}

#[test]
fn reads_of_n_bytes_return_n_bytes_in_every_framing() {
    let program = program();
    let mut client = program.connect();
    let body: Vec<u8> = (b'a'..=b'z').cycle().take(100).collect();
    for size in [0, 1, 3, 4, 5, 8, 10, 99, 100] {
        for n in [1, 2, 3, 4, 7, 99, 100, 101, 1_000_000] {
            let expected = body[..size].chunks(n).collect::<Vec<_>>().join(&b"|"[..]);
            for framing in [Length, Chunks(1), Chunks(3), Trailers(4), Chunks(64)] {
                let message = Message::post(&format!("/read?n={n}"));
                let response = client.exchange(&framed(message, &body[..size], framing));
                assert_eq!(response.body, expected, "{size} bytes by {n}, {framing:?}");
            }
        }
    }
}

#[test]
fn a_mixture_of_reads_loses_no_bytes() {
    let program = program();
    let mut client = program.connect();
    let body = pattern(100_000);
    for size in [0, 1, 3, 4, 5, 8, 10, 1_000, 16_384, 16_388, 100_000] {
        let body = &body[..size];
        let (first, rest) = body.split_at(size.min(4));
        for framing in [Length, Chunks(1), Chunks(4), Trailers(3), Chunks(10_000)] {
            let response = client.exchange(&framed(Message::post("/mixed"), body, framing));
            assert!(response.body == [first, b"|", rest].concat(), "{size}, {framing:?}");
        }
    }
}

/// RFC 9112 section 7.1.2.
#[test]
fn trailers_are_read_and_the_connection_persists() {
    let program = program();
    let mut client = program.connect();
    for (lines, text) in [
        (&[][..], ""),
        (&["x-a: 1"], "x-a: 1\n"),
        (&["x-b:2", "x-a: \t1 ", "x-b: 3", "x-empty:"], "x-b: 2\nx-a: 1\nx-b: 3\nx-empty: \n"),
    ] {
        for (body, size) in [("", 1), ("hello", 5), ("hello", 1)] {
            let message = Message::post("/trailers").chunked(body, size, lines);
            assert_eq!(
                client.exchange(&message).status_and_text(),
                (200, text.to_owned()),
                "{lines:?}"
            );
        }
    }
    let message = Message::post("/trailers").body("x-a: 1\r\n");
    assert_eq!(client.exchange(&message).status_and_text(), (200, String::new()));
}

/// Fields for framing and routing are not allowed in a trailer section (RFC 9110 section 6.5.1).
#[test]
fn a_trailer_field_does_not_become_a_field_of_the_head() {
    let program = program();
    let mut client: Client = program.connect();
    let lines = ["content-length: 3", "transfer-encoding: gzip", "host: b", "connection: close"];
    let message = Message::post("/echo").chunked("hello", 2, &lines);
    assert_eq!(client.exchange(&message).status_and_text(), (200, "hello".to_owned()));
    assert_persists(&mut client);
}

/// Accepted although it is rare (RFC 9112 sections 6.3, 7.1 and 7.1.1).
#[test]
fn unusual_but_valid_framing_is_accepted() {
    let program: Program = program();
    let mut client = program.connect();
    for (field, body) in [
        ("Content-Length: 003", "abc"),
        ("Content-Length: \t 3 \t", "abc"),
        ("Content-Length: 3\r\nContent-Length: 3", "abc"),
        ("Transfer-Encoding: Chunked", "3\r\nabc\r\n0\r\n\r\n"),
        ("transfer-ENCODING:CHUNKED", "3\r\nabc\r\n0\r\n\r\n"),
        ("Transfer-Encoding: chunked", "003\r\nabc\r\n000\r\n\r\n"),
        ("Transfer-Encoding: chunked", "0000000000000003\r\nabc\r\n0000000000000000\r\n\r\n"),
        ("Transfer-Encoding: chunked", "1;x\r\na\r\n2;x=y;z=\"a b;\\\"\"\r\nbc\r\n0;end\r\n\r\n"),
        ("Transfer-Encoding: chunked", "1\r\na\r\n2\r\nbc\r\n0\r\nx: y\r\n\r\n"),
    ] {
        client.send(format!("POST /echo HTTP/1.1\r\nHost: a\r\n{field}\r\n\r\n{body}"));
        assert_eq!(
            client.read_response().status_and_text(),
            (200, "abc".to_owned()),
            "{field} {body:?}"
        );
    }
    for digits in ["a", "A", "0a", "00A"] {
        let head = "POST /count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        client.send(format!("{head}{digits}\r\n0123456789\r\n0\r\n\r\n"));
        assert_eq!(client.read_response().status_and_text(), (200, "10\n".to_owned()), "{digits}");
    }
    assert_persists(&mut client);
}
