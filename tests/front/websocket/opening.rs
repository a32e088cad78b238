//! What a handler can do before it accepts a WebSocket, and how it accepts.

use tremolo::{Application, HttpError, Response, StatusCode, WebSocket};
use tremolo_tests::Message;
use tremolo_tests::frames::{Socket, handshake};

use super::{connect, echo, start};

#[test]
fn a_handler_refuses_with_an_error_or_a_reply_and_no_request_follows() {
    let server = start(
        Application::new()
            .route("/error", async |_: WebSocket| -> Result<(), HttpError> {
                Err(HttpError::forbidden().with_message("not you"))
            })
            .route("/reply", async |_: WebSocket| (StatusCode::CONFLICT, "full"))
            .route("/response", async |socket: WebSocket| {
                let response = socket.response();
                response.set_status(503)?;
                response.end("later").await
            })
            .route("/", echo),
    );
    for (path, status, text) in
        [("/error", 403, "not you"), ("/reply", 409, "full"), ("/response", 503, "later")]
    {
        let response = connect(&server).exchange(&handshake(path));
        assert_eq!(response.status_and_text(), (status, text.to_owned()), "{path}");
        assert_eq!(response.field("Connection"), Some("close"), "{path}");
    }
    let mut socket = Socket::open_with(connect(&server), &handshake("/"));
    socket.send_text("accepted");
    assert_eq!(socket.read_text(), "accepted");
}

#[test]
fn an_optional_websocket_serves_both_kinds_of_requests_but_no_malformed_handshake() {
    let server = start(Application::new().route("/", async |socket: Option<WebSocket>| {
        let Some(socket) = socket else { return Ok(Some("a page")) };
        socket.send("hello").await?;
        Ok::<_, HttpError>(None)
    }));
    let mut client = connect(&server);
    assert_eq!(client.ask("/").status_and_text(), (200, "a page".to_owned()));
    let malformed = handshake("/").field("Sec-WebSocket-Key: again");
    assert_eq!(client.exchange(&malformed).status(), 400);
    let mut socket = Socket::open_with(connect(&server), &handshake("/"));
    assert_eq!(socket.read_text(), "hello");
    socket.answer_close(1000);
}

#[test]
fn the_subprotocol_is_the_clients_first_that_the_handler_supports() {
    let server = start(Application::new().route("/", async |socket: WebSocket| {
        socket.protocols(["b", "c"]).accept().await?;
        let offered: Vec<_> = socket.offered_protocols().collect();
        socket.send(format!("{:?} of {offered:?}", socket.protocol())).await
    }));
    for (offer, expected) in [
        ("Sec-WebSocket-Protocol: a, c, b", r#"Some("c") of ["a", "c", "b"]"#),
        ("Sec-WebSocket-Protocol: a", r#"None of ["a"]"#),
        ("X: y", "None of []"),
    ] {
        let mut socket = Socket::open_with(connect(&server), &handshake("/").field(offer));
        assert_eq!(socket.read_text(), expected);
        let chosen = expected.starts_with("Some").then_some("c");
        assert_eq!(socket.response.field("Sec-WebSocket-Protocol"), chosen);
    }
}

#[test]
fn the_101_has_the_fields_of_the_handler_and_of_middleware() {
    let server = start(
        Application::new()
            .on_response(async |response: Response| response.set_header("X-Middleware", "ran"))
            .route("/first-use", async |socket: WebSocket| {
                socket.response().set_cookie(("session", "abc"))?;
                Ok::<_, HttpError>(socket.send("hi").await?)
            })
            .route("/receive", async |mut socket: WebSocket| {
                socket.response().set_cookie(("session", "abc")).unwrap();
                assert!(socket.next().await.is_none());
            }),
    );
    for path in ["/first-use", "/receive"] {
        let socket = Socket::open_with(connect(&server), &handshake(path));
        assert_eq!(socket.response.field("X-Middleware"), Some("ran"), "{path}");
        let cookie = socket.response.field("Set-Cookie");
        assert!(cookie.is_some_and(|cookie| cookie.starts_with("session=abc")), "{path}");
        assert_eq!(socket.response.field("Content-Type"), None, "{path}");
    }
}

#[test]
fn a_handshake_after_other_requests_and_a_handler_without_a_websocket() {
    let server = start(Application::new().route("/plain", async || "plain").route("/", echo));
    let mut client = connect(&server);
    assert_eq!(client.ask("/plain").text(), "plain");
    assert_eq!(client.exchange(&Message::new("GET /")).status(), 426);
    // A handler that wants no WebSocket ignores the upgrade (RFC 9110 section 7.8).
    assert_eq!(connect(&server).exchange(&handshake("/plain")).text(), "plain");
    let mut socket = Socket::open_with(client, &handshake("/"));
    socket.send_text("hi");
    assert_eq!(socket.read_text(), "hi");
}
