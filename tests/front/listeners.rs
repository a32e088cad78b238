//! Listeners with options of their own.

use std::net::{Ipv6Addr, SocketAddr};

use bytes::Bytes;
use tremolo::{Application, Listen, ServerHandle};
use tremolo_tests::{Client, Message};

use crate::start;

async fn size(body: Bytes) -> String {
    body.len().to_string()
}

/// The status of a body of eleven bytes, sent to one of the addresses.
fn status(server: &ServerHandle, listener: usize) -> u16 {
    let mut client = Client::connect(&server.addresses()[listener]);
    client.send(Message::post("/").body("hello world").bytes());
    client.read_response().status()
}

#[test]
fn a_listener_can_have_other_limits_than_the_server() {
    let small = Listen::new("127.0.0.1:0").option("client_max_body_size", 10_u64);
    let server = start(Application::new().route("/", size).listen(small));
    assert_eq!(status(&server, 0), 413);
    assert_eq!(status(&server, 1), 200);
}

#[test]
fn a_server_does_not_start_with_an_option_that_a_listener_cannot_have() {
    for (listen, reason) in [
        (
            Listen::new("127.0.0.1:0").option("debug", true),
            "debug: not an option of a single listener; set it for the server",
        ),
        (
            Listen::new("127.0.0.1:0").option("bufer_size", 4_096_usize),
            "bufer_size: unknown; did you mean buffer_size?",
        ),
        (
            Listen::new("127.0.0.1:0").option("buffer_size", 1_usize),
            "buffer_size: must be at least 1024",
        ),
        (
            Listen::new("127.0.0.1:0").option("buffer_size", true),
            "buffer_size: must be a whole number, not negative",
        ),
    ] {
        let error = Application::new().route("/", size).listen(listen).start().unwrap_err();
        assert_eq!(error.to_string(), format!("bad configuration: {reason}"));
    }
}

#[test]
fn an_address_is_text_a_socket_address_or_a_host_with_a_port() {
    let (v4, v6) = ("127.0.0.1:80", "[::1]:80");
    for (listen, text) in [
        (Listen::from(SocketAddr::from(([127, 0, 0, 1], 80))), v4),
        (Listen::from(SocketAddr::from((Ipv6Addr::LOCALHOST, 80))), v6),
        (Listen::from(("127.0.0.1", 80)), v4),
        (Listen::from(("::1", 80)), v6),
        (Listen::from(("[::1]", 80)), v6),
        (Listen::from(("localhost", 80)), "localhost:80"),
    ] {
        assert_eq!(listen, Listen::new(text));
    }
    let server = Application::new().route("/", size).listen(("127.0.0.1", 0)).start().unwrap();
    assert_eq!(status(&server, 0), 200);
}
