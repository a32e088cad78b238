//! Slow uploads: a handler that does not read stops the client, a client that stalls gets 408, and
//! a disconnect wakes the tasks that wait for the body.

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tremolo::{Application, Config, HttpError, Request};
use tremolo_tests::{Message, TIMEOUT};

use crate::{connect, start};

const SHORT: Duration = Duration::from_millis(200);

async fn count(request: Request) -> Result<String, HttpError> {
    let (mut body, mut size) = (request.stream(), 0);
    while let Some(piece) = body.next().await {
        size += piece?.len();
    }
    Ok(size.to_string())
}

fn stalling() -> Application {
    let config = Config { request_timeout: SHORT, ..Config::default() };
    Application::new().route("/count", count).route("/ignore", async || "fine").config(config)
}

/// How much of 64 MiB a client can send while the handler reads nothing, or only the first bytes.
#[test]
fn a_handler_that_does_not_read_blocks_the_client() {
    for (read, chunked) in [(0, false), (0, true), (1_000, false), (1_000, true)] {
        let gate = Arc::new(Notify::new());
        let opened = Arc::clone(&gate);
        let waits = async move |request: Request| {
            request.set_body_limit(1 << 30)?;
            let first = request.read(read).await?.len();
            gate.notified().await;
            let rest: usize = count(request).await?.parse().unwrap();
            Ok::<_, HttpError>((first + rest).to_string())
        };
        let server = start(Application::new().route("/", waits));
        let (mut client, body) = (connect(&server), vec![b'x'; SIZE]);
        let message = Message::post("/");
        let message =
            if chunked { message.chunked(&body, 100_000, &[]) } else { message.body(&body) };
        let bytes = message.bytes();
        let sent = client.send_until_stopped(&bytes, SHORT);
        assert!(sent < IN_FLIGHT, "{sent} bytes have left");
        assert!(client.has_received_nothing());
        opened.notify_one();
        client.send(&bytes[sent..]);
        assert_eq!(client.read_response().text(), SIZE.to_string());
    }
}

/// The same for requests pipelined behind the current one.
#[test]
fn the_current_request_blocks_pipelined_ones() {
    let gate = Arc::new(Notify::new());
    let opened = Arc::clone(&gate);
    let waits = async move || {
        gate.notified().await;
        "first"
    };
    let application = Application::new().route("/", waits).route("/count", count);
    let config = Config { client_max_body_size: 1 << 30, ..Config::default() };
    let server = start(application.config(config));
    let mut client = connect(&server);
    client.get("/");
    let bytes = Message::post("/count").body(vec![b'x'; SIZE]).bytes();
    let sent = client.send_until_stopped(&bytes, SHORT);
    assert!(sent < IN_FLIGHT, "{sent} bytes have left");
    opened.notify_one();
    client.send(&bytes[sent..]);
    assert_eq!(client.read_response().text(), "first");
    assert_eq!(client.read_response().text(), SIZE.to_string());
}

#[test]
fn a_stalled_body_gets_408_and_close() {
    let server = start(stalling());
    for (framing, begin) in [
        ("Content-Length: 10", ""),
        ("Content-Length: 10", "12345"),
        ("Content-Length: 10\r\nExpect: 100-continue", ""),
        ("Transfer-Encoding: chunked", ""),
        ("Transfer-Encoding: chunked", "3"),
        ("Transfer-Encoding: chunked", "3\r\nab"),
        ("Transfer-Encoding: chunked", "3\r\nabc\r\n0\r\n"),
        ("Transfer-Encoding: chunked", "3\r\nabc\r\n0\r\nx: y\r\n"),
    ] {
        let mut client = connect(&server);
        client.send(format!("POST /count HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n{begin}"));
        let mut response = client.read_response();
        if response.status() == 100 {
            response = client.read_response();
        }
        let expected = (408, "request body stalled".to_owned());
        assert_eq!(response.status_and_text(), expected, "{framing} {begin:?}");
        assert_eq!(response.field("Connection"), Some("close"), "{framing} {begin:?}");
        assert_eq!(client.read_to_end(), b"", "{framing} {begin:?}");
    }
    assert_eq!(connect(&server).ask("/ignore").text(), "fine");
}

#[test]
fn a_stalled_unread_body_does_not_keep_the_connection() {
    let server = start(stalling());
    for framing in ["Content-Length: 10\r\n\r\n12345", "Transfer-Encoding: chunked\r\n\r\n3\r\nab"]
    {
        let mut client = connect(&server);
        client.send(format!("POST /ignore HTTP/1.1\r\nHost: a\r\n{framing}"));
        assert_eq!(client.read_response().text(), "fine", "{framing}");
        let rest = client.read_to_end();
        assert!(!rest.starts_with(b"HTTP/1.1 2"), "{framing}");
    }
}

/// Each piece is in time, the whole body is not: the timeout is for the silence between pieces.
#[test]
fn a_slow_but_steady_body_is_read() {
    let config = Config { request_timeout: SHORT * 2, ..Config::default() };
    let server = start(Application::new().route("/count", count).config(config));
    let mut client = connect(&server);
    let message = Message::post("/count").body([b'x'; 12]);
    client.send(message.head());
    let begun = Instant::now();
    for piece in 1..=12 {
        while begun.elapsed() < SHORT / 2 * piece {
            std::thread::park_timeout(Duration::from_millis(5));
        }
        client.send("x");
    }
    assert!(begun.elapsed() > SHORT * 4);
    assert_eq!(client.read_response().status_and_text(), (200, "12".to_owned()));
}

#[test]
fn a_read_from_a_disconnected_client_fails_immediately() {
    let (sender, receiver) = channel();
    let reads = async move |request: Request| {
        sender.send(format!("{:?}", request.read(3).await.unwrap())).unwrap();
        for _ in 0..2 {
            sender.send(request.read(3).await.unwrap_err().to_string()).unwrap();
        }
    };
    let server = start(Application::new().route("/", reads));
    for body in ["Content-Length: 10\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"]
    {
        let mut client = connect(&server);
        client.send(format!("POST / HTTP/1.1\r\nHost: a\r\n{body}"));
        assert_eq!(receiver.recv_timeout(TIMEOUT).unwrap(), "b\"abc\"");
        client.reset();
        for _ in 0..2 {
            let error = receiver.recv_timeout(TIMEOUT).unwrap();
            assert!(error.contains("the peer is gone"), "{error}");
        }
    }
}

/// Bytes read before, undecoded or decoded, are not returned again, and no bytes are lost.
#[test]
fn undecoded_reads_return_the_bytes_of_the_wire() {
    let raw = async |request: Request| {
        let mut came = Vec::new();
        loop {
            let piece = request.recv(4).await?;
            if piece.is_empty() {
                break Ok::<_, HttpError>(came);
            }
            came.extend_from_slice(&piece);
        }
    };
    let server = start(Application::new().route("/", raw));
    let mut client = connect(&server);
    for message in [
        Message::post("/").body("hello world"),
        Message::post("/").chunked("hello world", 3, &["x-a: 1"]),
        Message::post("/").chunked("", 3, &[]),
        Message::post("/"),
    ] {
        let bytes = message.bytes();
        let body = &bytes[message.head().len()..];
        assert_eq!(client.exchange(&message).body, body);
    }
}

const SIZE: usize = 64 << 20;

/// More than the kernel buffers of both ends and the server's own buffers hold.
const IN_FLIGHT: usize = 16 << 20;
