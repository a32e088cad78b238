//! Response handles that outlive their exchange or are dropped before it ends: connections left
//! open, and calls after the end.

use std::sync::Arc;
use std::sync::mpsc::channel;

use tokio::sync::Notify;
use tremolo::{Application, LeaveOpen, Response};
use tremolo_tests::TIMEOUT;

use crate::{connect, start};

#[test]
fn a_connection_left_open_closes_when_its_last_handle_is_dropped() {
    let (sender, receiver) = channel();
    let keeps = async move |response: Response| {
        sender.send(response).unwrap();
        LeaveOpen
    };
    let server = start(Application::new().route("/", keeps));
    let mut client = connect(&server);
    client.get("/");
    let response = receiver.recv_timeout(TIMEOUT).unwrap();
    let clone = response.clone();
    drop(response);
    assert!(!clone.headers_sent());
    drop(clone);
    assert_eq!(client.read_to_end(), b"");
}

/// The task may end before the server processes `LeaveOpen`.
#[test]
fn the_last_handle_may_be_dropped_before_the_handler_returns() {
    let drops = async |response: Response| {
        drop(response);
        LeaveOpen
    };
    let server = start(Application::new().route("/", drops));
    let mut client = connect(&server);
    client.get("/");
    assert_eq!(client.read_to_end(), b"");
}

#[test]
fn a_connection_left_open_without_a_handle_closes_immediately() {
    let server = start(Application::new().route("/", async || LeaveOpen));
    let mut client = connect(&server);
    client.get("/");
    assert_eq!(client.read_to_end(), b"");
}

#[test]
fn a_task_can_complete_the_response_of_a_connection_left_open() {
    let ends = async |response: Response| {
        tokio::spawn(async move { response.end("later").await });
        LeaveOpen
    };
    let server = start(Application::new().route("/", ends).route("/ok", async || "fine"));
    let mut client = connect(&server);
    assert_eq!(client.ask("/").text(), "later");
    assert_eq!(client.ask("/ok").text(), "fine");
}

#[test]
fn a_handle_of_a_past_exchange_gets_errors_and_does_not_affect_the_next() {
    let (sender, receiver) = channel();
    let gate = Arc::new(Notify::new());
    let opened = Arc::clone(&gate);
    let cloned = sender.clone();
    let keeps = async move |response: Response| {
        cloned.send(response.clone()).unwrap();
        response.end("first").await
    };
    let waits = async move |response: Response| {
        sender.send(response.clone()).unwrap();
        gate.notified().await;
        response.end("second").await
    };
    let server = start(Application::new().route("/first", keeps).route("/second", waits));
    let mut client = connect(&server);
    assert_eq!(client.ask("/first").text(), "first");
    let late = receiver.recv_timeout(TIMEOUT).unwrap();
    assert_is_over(&late);
    client.get("/second");
    let second = receiver.recv_timeout(TIMEOUT).unwrap();
    assert_is_over(&late);
    assert!(!second.headers_sent());
    drop((late, second));
    opened.notify_one();
    let response = client.read_response();
    assert_eq!((response.status(), response.text()), (200, "second"));
    assert_eq!(response.field("X"), None);
}

fn assert_is_over(late: &Response) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let over = "the exchange is over";
        assert_eq!(late.set_status(500).unwrap_err().to_string(), over);
        assert_eq!(late.set_header("X", "y").unwrap_err().to_string(), over);
        assert_eq!(late.write("late").await.unwrap_err().to_string(), over);
        assert_eq!(late.end("late").await.unwrap_err().to_string(), over);
        assert_eq!(late.send("late").await.unwrap_err().to_string(), over);
        assert_eq!(late.close().unwrap_err().to_string(), over);
        assert!(late.headers_sent(), "no setter can change anything any more");
    });
}

#[test]
fn close_cuts_an_unfinished_body_and_close_keepalive_completes_it() {
    let cuts = async |response: Response| {
        response.write("Hello").await?;
        response.close()
    };
    let completes = async |response: Response| {
        response.write("Hello").await?;
        response.close_keepalive()
    };
    let by_length = async |response: Response| {
        response.set_header("Content-Length", "5")?;
        response.write("Hello").await?;
        response.close_keepalive()
    };
    let server = start(
        Application::new()
            .route("/cuts", cuts)
            .route("/completes", completes)
            .route("/by-length", by_length),
    );
    let mut client = connect(&server);
    for path in ["/completes", "/by-length"] {
        assert_eq!(client.ask(path).text(), "Hello", "{path}");
    }
    client.send("GET /by-length HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    let response = client.read_response();
    assert_eq!((response.text(), response.field("Connection")), ("Hello", Some("keep-alive")));
    client.get("/cuts");
    assert!(client.read_until_cut().ends_with(b"\r\n\r\n5\r\nHello\r\n"));
}

#[test]
fn an_empty_first_write_sends_a_chunked_body_without_chunks() {
    let empty = async |response: Response| response.write("").await;
    let server = start(Application::new().route("/", empty));
    let mut client = connect(&server);
    for _ in 0..2 {
        let response = client.ask("/");
        assert_eq!(response.field("Transfer-Encoding"), Some("chunked"));
        assert_eq!((response.text(), response.is_framed), ("", true));
    }
}
