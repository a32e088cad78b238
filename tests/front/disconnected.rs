//! `disconnected()`: a handler is notified that its client has closed the connection.

use std::future::pending;
use std::sync::mpsc::channel;

use tremolo::{Application, BlockingRequest, LeaveOpen, Request, Response, blocking};
use tremolo_tests::{Message, TIMEOUT};

use crate::{connect, start};

#[test]
fn all_waiting_tasks_are_notified_and_later_writes_fail() {
    let (sender, receiver) = channel();
    let handler = async move |request: Request, response: Response| {
        sender.send("started".to_owned()).unwrap();
        let (other, also) = (request.clone(), sender.clone());
        tokio::spawn(async move {
            other.disconnected().await;
            also.send("task".to_owned()).unwrap();
        });
        tokio::select! {
            () = request.disconnected() => sender.send("handler".to_owned()).unwrap(),
            () = pending() => {}
        }
        sender.send(format!("read: {}", request.body().await.unwrap_err())).unwrap();
        sender.send(format!("write: {}", response.write("x").await.unwrap_err())).unwrap();
    };
    let server = start(Application::new().route("/", handler));
    let mut client = connect(&server);
    client.send(Message::post("/").field("Content-Length: 10").bytes());
    assert_eq!(receiver.recv_timeout(TIMEOUT).unwrap(), "started");
    client.reset();
    let mut results: Vec<String> =
        (0..4).map(|_| receiver.recv_timeout(TIMEOUT).unwrap()).collect();
    results.sort();
    assert_eq!(results[..2], ["handler", "read: connection closed: the peer is gone"]);
    assert_eq!(results[2..], ["task", "write: connection closed: the peer is gone"]);
}

#[test]
fn a_waiting_thread_is_notified_too() {
    let (sender, receiver) = channel();
    let handler = move |request: BlockingRequest| {
        sender.send("started").unwrap();
        request.disconnected();
        sender.send("gone").unwrap();
    };
    let server = start(Application::new().route("/", blocking(handler)));
    let mut client = connect(&server);
    client.get("/");
    assert_eq!(receiver.recv_timeout(TIMEOUT), Ok("started"));
    client.reset();
    assert_eq!(receiver.recv_timeout(TIMEOUT), Ok("gone"));
}

#[test]
fn a_half_close_is_not_a_disconnect_and_the_wait_ends_with_the_exchange() {
    let (sender, receiver) = channel();
    let handler = async move |request: Request, response: Response| {
        let sender = sender.clone();
        tokio::spawn(async move {
            sender.send("started").unwrap();
            // The server sees the half-close as the end of the body.
            assert!(request.body().await.is_err());
            tokio::select! {
                biased;
                () = request.disconnected() => sender.send("gone").unwrap(),
                () = std::future::ready(()) => sender.send("there").unwrap(),
            }
            response.end("answer").await.unwrap();
            request.disconnected().await;
            sender.send("over").unwrap();
        });
        LeaveOpen
    };
    let server = start(Application::new().route("/", handler));
    let mut client = connect(&server);
    client.send(Message::post("/").field("Content-Length: 10").bytes());
    assert_eq!(receiver.recv_timeout(TIMEOUT), Ok("started"));
    client.half_close();
    assert_eq!(receiver.recv_timeout(TIMEOUT), Ok("there"));
    assert_eq!(client.read_response().text(), "answer");
    drop(client);
    assert_eq!(receiver.recv_timeout(TIMEOUT), Ok("over"));
}

#[test]
fn a_task_of_a_past_exchange_stops_waiting_at_the_next_request() {
    let (sender, receiver) = channel();
    let handler = async move |request: Request| {
        let sender = sender.clone();
        tokio::spawn(async move {
            request.disconnected().await;
            sender.send(()).unwrap();
        });
        "first"
    };
    let server = start(Application::new().route("/", handler).route("/next", async || "next"));
    let mut client = connect(&server);
    assert_eq!(client.ask("/").text(), "first");
    assert_eq!(receiver.recv_timeout(TIMEOUT), Ok(()));
    assert_eq!(client.ask("/next").text(), "next");
}
