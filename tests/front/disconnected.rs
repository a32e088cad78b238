//! `disconnected()`: a handler is notified that its client has closed the connection.

use std::future::pending;
use std::sync::mpsc::channel;

use tremolo::{Application, BlockingRequest, LeaveOpen, Request, Response, blocking};
use tremolo_tests::{Message, PATIENCE};

use crate::{connect, start};

#[test]
fn all_waiting_tasks_are_notified_and_later_writes_fail() {
    let (told, heard) = channel();
    let handler = async move |request: Request, response: Response| {
        told.send("started".to_owned()).unwrap();
        let (other, also) = (request.clone(), told.clone());
        tokio::spawn(async move {
            other.disconnected().await;
            also.send("task".to_owned()).unwrap();
        });
        tokio::select! {
            () = request.disconnected() => told.send("handler".to_owned()).unwrap(),
            () = pending() => {}
        }
        told.send(format!("read: {}", request.body().await.unwrap_err())).unwrap();
        told.send(format!("write: {}", response.write("x").await.unwrap_err())).unwrap();
    };
    let server = start(Application::new().route("/", handler));
    let mut client = connect(&server);
    client.send(Message::post("/").field("Content-Length: 10").bytes());
    assert_eq!(heard.recv_timeout(PATIENCE).unwrap(), "started");
    client.reset();
    let mut said: Vec<String> = (0..4).map(|_| heard.recv_timeout(PATIENCE).unwrap()).collect();
    said.sort();
    assert_eq!(said[..2], ["handler", "read: connection closed: the peer is gone"]);
    assert_eq!(said[2..], ["task", "write: connection closed: the peer is gone"]);
}

#[test]
fn a_waiting_thread_is_notified_too() {
    let (told, heard) = channel();
    let handler = move |request: BlockingRequest| {
        told.send("started").unwrap();
        request.disconnected();
        told.send("gone").unwrap();
    };
    let server = start(Application::new().route("/", blocking(handler)));
    let mut client = connect(&server);
    client.get("/");
    assert_eq!(heard.recv_timeout(PATIENCE), Ok("started"));
    client.reset();
    assert_eq!(heard.recv_timeout(PATIENCE), Ok("gone"));
}

#[test]
fn a_half_close_is_not_a_disconnect_and_the_wait_ends_with_the_exchange() {
    let (told, heard) = channel();
    let handler = async move |request: Request, response: Response| {
        let told = told.clone();
        tokio::spawn(async move {
            told.send("started").unwrap();
            // The server sees the half-close as the end of the body.
            assert!(request.body().await.is_err());
            tokio::select! {
                biased;
                () = request.disconnected() => told.send("gone").unwrap(),
                () = std::future::ready(()) => told.send("there").unwrap(),
            }
            response.end("answer").await.unwrap();
            request.disconnected().await;
            told.send("over").unwrap();
        });
        LeaveOpen
    };
    let server = start(Application::new().route("/", handler));
    let mut client = connect(&server);
    client.send(Message::post("/").field("Content-Length: 10").bytes());
    assert_eq!(heard.recv_timeout(PATIENCE), Ok("started"));
    client.half_close();
    assert_eq!(heard.recv_timeout(PATIENCE), Ok("there"));
    assert_eq!(client.read_response().text(), "answer");
    drop(client);
    assert_eq!(heard.recv_timeout(PATIENCE), Ok("over"));
}

#[test]
fn a_task_of_a_past_exchange_stops_waiting_at_the_next_request() {
    let (told, heard) = channel();
    let handler = async move |request: Request| {
        let told = told.clone();
        tokio::spawn(async move {
            request.disconnected().await;
            told.send(()).unwrap();
        });
        "first"
    };
    let server = start(Application::new().route("/", handler).route("/next", async || "next"));
    let mut client = connect(&server);
    assert_eq!(client.ask("/").text(), "first");
    assert_eq!(heard.recv_timeout(PATIENCE), Ok(()));
    assert_eq!(client.ask("/next").text(), "next");
}
