//! How a WebSocket ends, as its handler and its client see it.

use std::future::pending;
use std::time::Duration;

use tremolo::websocket::CloseCode;
use tremolo::{Application, Config, HttpError, WebSocket};
use tremolo_tests::TIMEOUT;
use tremolo_tests::frames::{Frame, Socket, handshake, opcode};

use super::{connect, open, reporting, start};
use crate::Dropped;

#[test]
fn the_end_of_the_handler_decides_the_close_code() {
    let server = start(
        Application::new()
            .route("/returns", async |socket: WebSocket| socket.send("last").await)
            .route("/fails", async |socket: WebSocket| -> Result<(), HttpError> {
                socket.send("last").await?;
                Err(HttpError::internal_server_error())
            })
            .route("/panics", async |socket: WebSocket| -> () {
                socket.send("last").await.unwrap();
                panic!("as the test wants");
            })
            .route("/closes", async |socket: WebSocket| {
                socket.send("last").await?;
                socket.close(CloseCode::new(4_000), "a reason").await
            }),
    );
    for (path, code) in [("/returns", 1000), ("/fails", 1011), ("/panics", 1011)] {
        let mut socket = Socket::open_with(connect(&server), &handshake(path));
        assert_eq!(socket.read_text(), "last", "{path}");
        socket.answer_close(code);
    }
    let mut socket = Socket::open_with(connect(&server), &handshake("/closes"));
    assert_eq!(socket.read_text(), "last");
    assert_eq!(socket.read(), Frame::close(4_000, "a reason"));
}

#[test]
fn the_handler_gets_the_code_and_the_reason_of_the_client() {
    let (application, ends) = reporting();
    let server = start(application);
    let frames = [Frame::close(4_001, "bye"), Frame::new(opcode::CLOSE, "")];
    for (frame, code, reason) in [(&frames[0], 4_001, "bye"), (&frames[1], 1005, "")] {
        let mut socket = open(&server);
        assert_eq!(ends.recv_timeout(TIMEOUT).unwrap(), "open");
        socket.send(frame);
        let end = ends.recv_timeout(TIMEOUT).unwrap();
        assert_eq!(end, format!("Some(CloseFrame {{ code: {code}, reason: {reason:?} }})"));
    }
}

#[test]
fn the_handler_gets_an_error_if_the_client_violates_the_protocol_or_vanishes() {
    let (application, ends) = reporting();
    let server = start(application);
    type End = fn(Socket) -> Option<Socket>;
    let violates: End = |mut socket| {
        socket.client.send(Frame::new(opcode::TEXT, "x").unmasked());
        Some(socket)
    };
    let resets: End = |socket| {
        socket.client.reset();
        None
    };
    let half_closes: End = |mut socket| {
        socket.client.half_close();
        Some(socket)
    };
    for (end, expected) in [
        (violates, "frame without a mask"),
        (resets, "the peer is gone"),
        (half_closes, "the peer"),
    ] {
        let socket = open(&server);
        assert_eq!(ends.recv_timeout(TIMEOUT).unwrap(), "open");
        let _socket = end(socket);
        let error = ends.recv_timeout(TIMEOUT).unwrap();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_handler_that_waits_for_something_else_is_dropped_when_its_client_resets() {
    let (sender, receiver) = std::sync::mpsc::channel();
    let server = start(Application::new().route("/", async move |socket: WebSocket| {
        let _dropped = Dropped(sender.clone());
        socket.accept().await.unwrap();
        pending::<()>().await;
    }));
    open(&server).client.reset();
    assert_eq!(receiver.recv_timeout(TIMEOUT), Ok("dropped"));
}

#[test]
fn pings_find_a_client_that_has_vanished() {
    let (application, ends) = reporting();
    let short = Some(Duration::from_millis(20));
    let config = Config { ws_ping_interval: short, ws_ping_timeout: short, ..Config::default() };
    let server = start(application.config(config));
    let mut socket = open(&server);
    assert_eq!(socket.read().first & 0xf, opcode::PING);
    assert_eq!(ends.recv_timeout(TIMEOUT).unwrap(), "open");
    assert_eq!(ends.recv_timeout(TIMEOUT).unwrap(), "connection closed: no answer to a ping");
}

#[test]
fn no_handler_timeout_ends_a_living_socket() {
    let (application, _ends) = reporting();
    let config = Config {
        app_handler_timeout: Duration::from_millis(20),
        request_timeout: Duration::from_millis(40),
        keepalive_timeout: Duration::from_millis(20),
        ws_ping_timeout: Some(TIMEOUT),
        ..Config::default()
    };
    let server = start(application.config(config));
    let mut socket = open(&server);
    // The default interval is half of `request_timeout`.
    for _ in 0..10 {
        assert_eq!(socket.read().first & 0xf, opcode::PING);
        socket.send(&Frame::new(opcode::PONG, ""));
    }
    socket.send_text("alive");
    let text = Frame::new(opcode::TEXT, "alive");
    while socket.read() != text {}
}

#[test]
fn a_server_that_stops_ends_the_messages_of_the_handler() {
    let (application, ends) = reporting();
    let server = start(application);
    let socket = open(&server);
    assert_eq!(ends.recv_timeout(TIMEOUT).unwrap(), "open");
    std::thread::scope(|scope| {
        scope.spawn(|| socket.answer_close(1001));
        server.stop();
    });
    // What the client sends later changes nothing for the handler.
    let end = ends.recv_timeout(TIMEOUT).unwrap();
    assert!(end == "None" || end.contains("1001"), "{end}");
}
