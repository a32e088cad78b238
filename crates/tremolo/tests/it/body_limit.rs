//! Handlers with a body limit of their own.

use std::io::{Read, Write};

use bytes::Bytes;
use tremolo::{Application, Config, Handler, HttpError, Request, Running};

use crate::client::{ask, connect, rest, serve};

async fn size(body: Bytes) -> String {
    body.len().to_string()
}

fn server() -> Running {
    let count = async |request: Request| {
        let (mut body, mut size) = (request.stream(), 0);
        while let Some(piece) = body.next().await {
            size += piece?.len();
        }
        Ok::<_, HttpError>(size.to_string())
    };
    serve(
        Application::new()
            .config(Config { client_max_body_size: 10, ..Config::default() })
            .route("/default", size)
            .route("/large", size.with_body_limit(3 << 20))
            .route("/small", size.with_body_limit(2))
            .route("/counted", count.with_body_limit(3 << 20))
            .route("/inner", size.with_body_limit(4).with_body_limit(1)),
    )
}

#[test]
fn a_handler_can_take_more_or_less_than_the_others() {
    let (server, large) = (server(), "x".repeat(3 << 20));
    for (path, size, status) in [
        ("/default", 10, 200),
        ("/default", 11, 413),
        ("/large", 3 << 20, 200),
        ("/counted", 3 << 20, 200),
        ("/small", 2, 200),
        ("/small", 3, 413),
        // The limit that is said last, next to the handler, counts.
        ("/inner", 4, 200),
        ("/inner", 5, 413),
    ] {
        let (answered, text) = ask(&server, &format!("POST {path}"), &[], &large[..size]);
        assert_eq!(answered, status, "{path} {size}");
        assert!(status != 200 || text == size.to_string(), "{path} {size}: {text}");
    }
}

#[test]
fn the_limit_of_one_request_is_not_that_of_the_next() {
    let server = server();
    let mut socket = connect(&server);
    socket
        .write_all(b"POST /large HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello world")
        .unwrap();
    socket
        .write_all(b"POST /default HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello world")
        .unwrap();
    let received = rest(&mut socket);
    assert!(received.starts_with("HTTP/1.1 200 "), "{received}");
    assert!(received.contains("HTTP/1.1 413 "), "{received}");
}

#[test]
fn a_client_that_asks_first_is_asked_for_what_the_handler_takes() {
    let server = server();
    for (path, interim) in [("/large", "HTTP/1.1 100"), ("/default", "HTTP/1.1 413")] {
        let mut socket = connect(&server);
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n"
        );
        socket.write_all(head.as_bytes()).unwrap();
        let mut begin = [0; 12];
        socket.read_exact(&mut begin).unwrap();
        assert_eq!(begin, interim.as_bytes(), "{path}");
    }
}
