//! Body limits of single handlers.

use bytes::Bytes;
use tremolo::{Application, Config, Handler, HttpError, Request, Running};
use tremolo_tests::Message;

use crate::{ask, connect, start};

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
    start(
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
fn a_handler_can_have_a_higher_or_lower_limit() {
    let (server, large) = (server(), "x".repeat(3 << 20));
    for (path, size, status) in [
        ("/default", 10, 200),
        ("/default", 11, 413),
        ("/large", 3 << 20, 200),
        ("/counted", 3 << 20, 200),
        ("/small", 2, 200),
        ("/small", 3, 413),
        // The last limit, next to the handler, applies.
        ("/inner", 4, 200),
        ("/inner", 5, 413),
    ] {
        let (answered, text) = ask(&server, &format!("POST {path}"), &[], &large[..size]);
        assert_eq!(answered, status, "{path} {size}");
        assert!(status != 200 || text == size.to_string(), "{path} {size}: {text}");
    }
}

#[test]
fn the_limit_of_one_request_does_not_apply_to_the_next() {
    let server = server();
    let mut client = connect(&server);
    for path in ["/large", "/default"] {
        client.send(Message::post(path).body("hello world").bytes());
    }
    assert_eq!(client.read_response().status_and_text(), (200, "11".to_owned()));
    assert_eq!(client.read_response().status(), 413);
    assert_eq!(client.read_to_end(), b"");
}

#[test]
fn expect_100_continue_respects_the_limit_of_the_handler() {
    let server = server();
    for (path, status) in [("/large", 100), ("/default", 413)] {
        let mut client = connect(&server);
        let message = Message::post(path).field("Expect: 100-continue").body("hello world");
        client.send(message.head());
        assert_eq!(client.read_response().status(), status, "{path}");
    }
}
