//! Clients that go while a handler waits for something else.

use std::future::pending;
use std::sync::mpsc::channel;

use tremolo::{Application, BlockingRequest, LeaveOpen, Request, Response, blocking};
use tremolo_tests::{Message, PATIENCE};

use crate::{connect, start};

#[test]
fn everybody_who_waits_learns_at_once_and_then_nothing_can_be_said() {
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
fn a_thread_that_waits_learns_too() {
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
fn a_half_close_is_not_gone_and_the_end_of_the_exchange_ends_the_wait() {
    let (told, heard) = channel();
    let handler = async move |request: Request, response: Response| {
        let told = told.clone();
        tokio::spawn(async move {
            told.send("started").unwrap();
            // The end of the body is how the half-close shows.
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
fn who_waits_in_vain_learns_that_the_next_request_has_come() {
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
