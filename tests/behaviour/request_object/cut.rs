//! Clients that stop within a body: by half-close, close, or reset (RFC 9112 section 8).

use tremolo_tests::{MULTIPART, Message, multipart};

use super::{assert_serves, program};

/// Requests; each is cut at several positions of its body.
fn messages(path: &str) -> [Message; 3] {
    let form = multipart(&[("a", None, b"12345"), ("b", Some("b"), b"67890")]);
    let message = Message::post(path).content_type(MULTIPART);
    [
        message.clone().body(&form),
        message.clone().chunked(&form, 10, &["x-a: 1"]),
        message.chunked(&form, 1_000, &[]),
    ]
}

#[test]
fn a_half_close_within_a_body_is_400_for_the_next_read() {
    let program = program();
    for path in ["/echo", "/count", "/read", "/mixed", "/form", "/trailers"] {
        for message in messages(path) {
            let (head, bytes) = (message.head().len(), message.bytes());
            // The bytes behind the last delimiter are not needed for the form.
            let last = if path == "/form" { bytes.len() - 30 } else { bytes.len() - 1 };
            for at in [head, head + 1, head + 30, head + 100, last] {
                let mut client = program.connect();
                client.send(&bytes[..at]);
                client.half_close();
                let response = client.read_response();
                let expected = (400, "request body cut short".to_owned());
                assert_eq!(
                    response.status_and_text(),
                    expected,
                    "{path} cut at {at} of {}",
                    bytes.len()
                );
                assert_eq!(response.field("Connection"), Some("close"), "{path}");
                assert_eq!(client.read_to_end(), b"", "{path}");
            }
        }
    }
    assert_serves(&program);
}

/// Complete steps are answered; then the client can detect that the rest is missing.
#[test]
fn a_half_close_within_a_part_cuts_a_started_response() {
    let program = program();
    for path in ["/files", "/parts"] {
        let message = &messages(path)[0];
        let bytes = message.bytes();
        let mut client = program.connect();
        client.send(&bytes[..bytes.len() - 12]);
        client.half_close();
        let came = client.read_until_cut();
        let came = String::from_utf8_lossy(&came);
        assert!(came.starts_with("HTTP/1.1 200 ") && came.contains("\r\na,,,5,"), "{path}: {came}");
        assert!(!came.ends_with("0\r\n\r\n"), "{path}: {came}");
    }
}

#[test]
fn a_half_close_does_not_affect_a_response_that_needs_no_more_of_the_body() {
    let program = program();
    for message in messages("/ignore") {
        let (head, bytes) = (message.head().len(), message.bytes());
        for at in [head, head + 30, bytes.len() - 1, bytes.len()] {
            let mut client = program.connect();
            client.send(&bytes[..at]);
            client.half_close();
            assert_eq!(
                client.read_response().status_and_text(),
                (200, "ignored\n".to_owned()),
                "{at}"
            );
            assert_eq!(client.read_to_end(), b"", "{at}");
        }
    }
    let mut client = program.connect();
    client.send(Message::post("/echo").body("complete").bytes());
    client.half_close();
    assert_eq!(client.read_response().text(), "complete");
    assert_eq!(client.read_to_end(), b"");
}

#[test]
fn clients_that_disconnect_within_a_body_do_not_affect_others() {
    let program = program();
    for path in ["/echo", "/count", "/files", "/parts", "/form", "/ignore", "/early"] {
        for message in messages(path) {
            let bytes = message.bytes();
            for reset in [true, false] {
                let mut client = program.connect();
                client.send(&bytes[..bytes.len() - 30]);
                if reset {
                    client.reset();
                }
            }
        }
    }
    assert_serves(&program);
    program.stop();
    let (status, log) = program.wait();
    assert!(status.success() && !log.contains("panic"), "{status}: {log}");
}
