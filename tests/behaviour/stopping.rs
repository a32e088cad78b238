//! Shutdown: current requests are finished, idle connections are closed, and new connections are
//! refused.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use tokio::sync::Notify;
use tremolo::{Application, Config};
use tremolo_tests::{Client, TIMEOUT, wait_until};

use crate::{connect, response_object_program, start};

/// An application whose `/` waits for a signal of the test, and reports that it waits.
fn gated() -> (Application, Arc<Notify>, Receiver<()>) {
    let gate = Arc::new(Notify::new());
    let (sender, receiver) = channel();
    let opened = Arc::clone(&gate);
    let waits = async move || {
        sender.send(()).unwrap();
        gate.notified().await;
        "finished"
    };
    (Application::new().route("/", waits).route("/ok", async || "fine"), opened, receiver)
}

#[test]
fn shutdown_finishes_requests_closes_idle_connections_and_refuses_new_ones() {
    let (application, gate, arrived) = gated();
    let server = start(application);
    let address = server.addresses()[0].clone();
    let (mut idle, mut busy) = (connect(&server), connect(&server));
    assert_eq!(idle.ask("/ok").text(), "fine");
    busy.get("/");
    arrived.recv_timeout(TIMEOUT).unwrap();
    server.stop();
    assert_eq!(idle.read_to_end(), b"");
    drop(idle);
    wait_until("new connections are refused", || Client::try_connect(&address).is_err());
    gate.notify_one();
    let response = busy.read_response();
    assert_eq!((response.text(), response.field("Connection")), ("finished", Some("close")));
    assert_eq!(busy.read_to_end(), b"");
    drop(busy);
    server.wait().unwrap();
}

#[test]
fn a_connection_accepted_just_before_shutdown_is_served() {
    for round in 0..50 {
        let config = Config { drain_grace: Duration::ZERO, ..Config::default() };
        let server = start(Application::new().route("/", async || "fine").config(config));
        let mut client = connect(&server);
        client.get("/");
        server.stop();
        let answer = client.read_until_cut();
        assert!(answer.ends_with(b"fine"), "round {round}: {:?}", tremolo_tests::escape(&answer));
        drop(client);
        server.wait().unwrap();
    }
}

/// One connection without a request, one within a head, one that is idle.
#[test]
fn connections_without_a_complete_request_do_not_delay_shutdown() {
    let never = Duration::from_secs(3_600);
    let config = Config {
        shutdown_timeout: never,
        request_timeout: never,
        keepalive_timeout: never,
        ..Config::default()
    };
    let server = start(Application::new().route("/", async || "fine").config(config));
    let (mut silent, mut begun, mut idle) = (connect(&server), connect(&server), connect(&server));
    begun.send("GET /hel");
    assert_eq!(idle.ask("/").text(), "fine");
    let (mut uploading, mut again) = (connect(&server), connect(&server));
    uploading.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n");
    assert_eq!(uploading.read_response().text(), "fine");
    assert_eq!(again.ask("/").text(), "fine");
    again.send("GET / HT");
    server.stop();
    for client in [&mut silent, &mut begun, &mut idle, &mut uploading, &mut again] {
        assert_eq!(client.read_to_end(), b"");
    }
    drop((silent, begun, idle, uploading, again));
    server.wait().unwrap();
}

#[test]
fn a_server_at_its_connection_limit_can_stop() {
    let config = Config { max_connections: Some(1), ..Config::default() };
    let server = start(Application::new().route("/", async || "fine").config(config));
    let mut client = connect(&server);
    assert_eq!(client.ask("/").text(), "fine");
    // It is in the accept queue, so the server waits for a free place and not for a connection.
    let mut queued = connect(&server);
    queued.get("/");
    server.stop();
    assert_eq!(client.read_to_end(), b"");
    drop(client);
    assert_eq!(queued.read_response().text(), "fine");
    assert_eq!(queued.read_to_end(), b"");
    drop(queued);
    server.wait().unwrap();
}

#[test]
fn connections_in_the_accept_queue_are_served() {
    let (application, gate, arrived) = gated();
    let config = Config { max_connections: Some(1), ..Config::default() };
    let server = start(application.config(config));
    let mut first = connect(&server);
    first.get("/");
    arrived.recv_timeout(TIMEOUT).unwrap();
    let mut queued = [connect(&server), connect(&server)];
    for client in &mut queued {
        client.get("/ok");
    }
    server.stop();
    gate.notify_one();
    assert_eq!(first.read_response().text(), "finished");
    assert_eq!(first.read_to_end(), b"");
    drop(first);
    for mut client in queued {
        assert_eq!(client.read_response().text(), "fine");
        assert_eq!(client.read_to_end(), b"");
    }
    server.wait().unwrap();
}

#[test]
fn an_unfinished_request_is_cancelled_at_the_shutdown_timeout() {
    let (application, _gate, arrived) = gated();
    let shutdown_timeout = Duration::from_millis(200);
    let config = Config { shutdown_timeout, ..Config::default() };
    let server = start(application.config(config));
    let mut client = connect(&server);
    client.get("/");
    arrived.recv_timeout(TIMEOUT).unwrap();
    server.stop();
    assert!(matches!(server.wait(), Err(tremolo::Error::Unfinished(1))));
    assert!(!client.read_until_cut().starts_with(b"HTTP/1.1 200"));
}

#[test]
fn abort_and_drop_end_immediately() {
    let (application, _gate, arrived) = gated();
    let server = start(application);
    let mut client = connect(&server);
    client.get("/");
    arrived.recv_timeout(TIMEOUT).unwrap();
    drop(server);
    assert!(!client.read_until_cut().starts_with(b"HTTP/1.1 200"));
}

#[test]
fn a_signal_finishes_current_requests_and_exits_successfully() {
    let program = response_object_program();
    let mut client = program.connect();
    client.get("/yield-slow");
    let head = client.read_exactly(15);
    assert_eq!(head, b"HTTP/1.1 200 OK");
    program.stop();
    assert!(client.read_to_end().ends_with(b"piece 7\n\r\n0\r\n\r\n"));
    drop(client);
    let (status, log) = program.wait();
    assert!(status.success(), "{status} {log}");
}
