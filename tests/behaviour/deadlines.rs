//! Deadlines of a connection on which the server waits for the client: an incomplete head, and an
//! idle connection (RFC 9110 section 15.5.9, RFC 9112 section 9.5).

use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use tremolo::{Application, Config};
use tremolo_tests::{Client, TIMEOUT};

use crate::{connect, start};

const SHORT: Duration = Duration::from_millis(200);

#[test]
fn a_stalled_head_gets_408_and_close() {
    let config = Config { request_timeout: SHORT, ..Config::default() };
    let server = start(Application::new().route("/", async || "fine").config(config));
    for start in ["G", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: a\r\n"] {
        let mut client = connect(&server);
        client.send(start);
        let response = client.read_response();
        assert_eq!((response.status(), response.is_framed), (408, true), "{start:?}");
        assert_eq!(response.field("Connection"), Some("close"));
        assert_eq!(client.read_to_end(), b"");
    }
    assert_eq!(connect(&server).ask("/").text(), "fine");
}

#[test]
fn an_idle_connection_or_a_partial_later_head_is_closed_without_a_response() {
    let config = Config { request_timeout: SHORT, ..Config::default() };
    let server = start(Application::new().route("/", async || "fine").config(config));
    assert_eq!(connect(&server).read_to_end(), b"");
    let mut client = connect(&server);
    assert_eq!(client.ask("/").text(), "fine");
    client.send("GET / HT");
    assert_eq!(client.read_to_end(), b"");
}

/// As after a pause of the process: the deadlines have passed, and the requests have arrived.
#[test]
fn requests_that_arrived_while_the_worker_was_blocked_are_served() {
    let clock = Duration::from_secs(2);
    let config = Config { request_timeout: clock, keepalive_timeout: clock, ..Config::default() };
    let (sender, receiver) = channel();
    let (open, gate) = channel::<()>();
    let gate = Mutex::new(gate);
    let blocks = async move || {
        sender.send(()).unwrap();
        // This blocks the worker's own thread, so nothing else runs on it.
        gate.lock().unwrap().recv().unwrap();
        "blocked"
    };
    let application = Application::new().route("/blocks", blocks).route("/", async || "fine");
    let server = start(application.config(config));
    let mut clients: Vec<Client> = (0..60).map(|_| connect(&server)).collect();
    for client in clients.iter_mut().take(20) {
        assert_eq!(client.ask("/").text(), "fine");
    }
    for client in clients.iter_mut().skip(40) {
        client.send("GET / HTTP/1.1\r\n");
    }
    let mut blocking = connect(&server);
    blocking.get("/blocks");
    receiver.recv_timeout(TIMEOUT).unwrap();
    for (index, client) in clients.iter_mut().enumerate() {
        client.send(if index < 40 {
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        } else {
            "Host: a\r\n\r\n"
        });
    }
    let sent = Instant::now();
    while sent.elapsed() < clock * 3 / 2 {
        std::thread::park_timeout(SHORT / 10);
    }
    open.send(()).unwrap();
    assert_eq!(blocking.read_response().text(), "blocked");
    for client in &mut clients {
        assert_eq!(client.read_response().text(), "fine");
    }
}

#[test]
fn a_head_that_arrives_byte_by_byte_must_meet_the_deadline() {
    let config = Config { request_timeout: SHORT, ..Config::default() };
    let server = start(Application::new().route("/", async || "fine").config(config));
    let mut client = connect(&server);
    client.send("GET / HTTP/1.1\r\nX: ");
    let begun = Instant::now();
    // Each byte is progress, but the head must be complete before the deadline.
    while begun.elapsed() < SHORT * 2 {
        if client.try_send("y").is_err() {
            break;
        }
        std::thread::park_timeout(Duration::from_millis(10));
    }
    assert_eq!(client.read_response().status(), 408);
}

#[test]
fn an_idle_connection_is_closed_without_a_response() {
    let config = Config { keepalive_timeout: SHORT, ..Config::default() };
    let server = start(Application::new().route("/", async || "fine").config(config));
    let mut client = connect(&server);
    for _ in 0..3 {
        assert_eq!(client.ask("/").text(), "fine");
    }
    let idle = Instant::now();
    assert_eq!(client.read_to_end(), b"");
    assert!(idle.elapsed() > SHORT / 2, "{:?}", idle.elapsed());
}

#[test]
fn a_lingering_close_ends_while_the_client_still_sends() {
    let config = Config { lingering_time: SHORT, ..Config::default() };
    let server = start(Application::new().route("/", async || "fine").config(config));
    let mut client = connect(&server);
    client.send("nonsense\r\n\r\n");
    assert_eq!(client.read_response().status(), 400);
    let answered = Instant::now();
    // Small pieces: never silent for `lingering_timeout`, but longer than the total limit.
    while client.try_send([b'x'; 1_000]).is_ok() {
        assert!(answered.elapsed() < TIMEOUT, "it still listens");
        std::thread::park_timeout(Duration::from_millis(5));
    }
    assert!(answered.elapsed() > SHORT / 2, "{:?}", answered.elapsed());
    assert_eq!(connect(&server).ask("/").text(), "fine");
}

#[test]
fn a_lingering_close_ends_while_the_client_stays_connected() {
    let config = Config { lingering_timeout: SHORT, max_connections: Some(1), ..Config::default() };
    let server = start(Application::new().route("/", async || "fine").config(config));
    let mut client = connect(&server);
    client.send("nonsense\r\n\r\n");
    assert_eq!(client.read_response().status(), 400);
    assert_eq!(client.read_to_end(), b"");
    // The limit is one connection. The first one has ended, although the client still holds it
    // open.
    assert_eq!(connect(&server).ask("/").text(), "fine");
    drop(client);
}
