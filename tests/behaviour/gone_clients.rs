//! Clients that leave in the middle: handlers learn of it, get their grace, and are ended.

use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use tremolo::{Application, Config, Response};
use tremolo_tests::PATIENCE;

use crate::{connect, start};

/// Tells when a handler is dropped.
struct Guard(Sender<&'static str>);

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.send("dropped");
    }
}

#[test]
fn a_handler_whose_client_is_gone_is_cancelled_after_its_grace() {
    let grace = Duration::from_millis(300);
    let config = Config { app_close_timeout: grace, ..Config::default() };
    let (told, heard) = channel();
    let waits = async move |_: Response| {
        let guard = Guard(told.clone());
        guard.0.send("started").unwrap();
        std::future::pending::<()>().await;
    };
    let server = start(Application::new().route("/", waits).config(config));
    let mut client = connect(&server);
    client.get("/");
    assert_eq!(heard.recv_timeout(PATIENCE), Ok("started"));
    let gone = Instant::now();
    client.reset();
    assert_eq!(heard.recv_timeout(PATIENCE), Ok("dropped"));
    assert!(gone.elapsed() >= grace, "{:?}", gone.elapsed());
}

#[test]
fn a_half_close_is_not_gone() {
    let config = Config { app_close_timeout: Duration::from_millis(100), ..Config::default() };
    let (told, heard) = channel();
    let slow = async move || {
        let guard = Guard(told.clone());
        guard.0.send("started").unwrap();
        let later = tokio::time::Instant::now() + Duration::from_millis(400);
        tokio::time::timeout_at(later, std::future::pending::<()>()).await.unwrap_err();
        "late"
    };
    let server = start(Application::new().route("/", slow).config(config));
    let mut client = connect(&server);
    client.get("/");
    assert_eq!(heard.recv_timeout(PATIENCE), Ok("started"));
    client.half_close();
    assert_eq!(client.read_response().text(), "late");
    assert_eq!(client.read_to_end(), b"");
}

#[test]
fn a_write_to_a_client_that_is_gone_is_an_error_at_once() {
    let (told, heard) = channel();
    let writes = async move |response: Response| {
        let piece = vec![b'x'; 16_384];
        let error = loop {
            if let Err(error) = response.write(&piece[..]).await {
                break error;
            }
        };
        told.send(error.to_string()).unwrap();
        let again = response.write("x").await;
        told.send(again.unwrap_err().to_string()).unwrap();
    };
    let server = start(Application::new().route("/", writes));
    let mut client = connect(&server);
    client.get("/");
    assert_eq!(client.read_exactly(9), b"HTTP/1.1 ");
    client.reset();
    for _ in 0..2 {
        let error = heard.recv_timeout(PATIENCE).unwrap();
        assert!(error.contains("the peer is gone"), "{error}");
    }
}
