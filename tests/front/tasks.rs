//! Background tasks: bound to a connection, or to the application.

use std::future::pending;
use std::rc::Rc;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::oneshot;
use tremolo::{Application, Config, Running, Server};
use tremolo_tests::{TIMEOUT, connect};

use crate::{Dropped, ask, start};

/// A server whose `/` starts a task of the connection, and `/spawn` one of the application. Both
/// report their start and then wait endlessly.
fn server(sender: &Sender<&'static str>, config: Config) -> Running {
    let endless = |sender: &Sender<&'static str>| {
        let dropped = Rc::new(Dropped(sender.clone()));
        async move {
            dropped.0.send("started").unwrap();
            pending::<()>().await;
        }
    };
    let (first, second) = (sender.clone(), sender.clone());
    let bound = async move |server: Server| {
        server.create_task(endless(&first));
        "bound"
    };
    let free = async move |server: Server| {
        server.spawn(endless(&second));
        "free"
    };
    let fails = async |server: Server| {
        server.create_task(async { panic!("on purpose") });
        server.spawn(async { panic!("on purpose") });
        "failed"
    };
    let application = Application::new().route("/", bound).route("/spawn", free);
    start(application.route("/fails", fails).config(config))
}

#[test]
fn a_task_of_a_connection_outlives_its_request_and_ends_with_the_connection() {
    let (sender, receiver) = channel();
    let server = server(&sender, Config::default());
    let mut client = connect(&server);
    assert_eq!(client.ask("/").text(), "bound");
    assert_eq!(receiver.recv_timeout(TIMEOUT), Ok("started"));
    assert_eq!(client.ask("/spawn").text(), "free");
    assert_eq!(receiver.recv_timeout(TIMEOUT), Ok("started"));
    assert_eq!(client.ask("/fails").text(), "failed");
    assert!(receiver.try_recv().is_err());
    drop(client);
    assert_eq!(receiver.recv_timeout(TIMEOUT), Ok("dropped"));
    // The other task lives as long as the server.
    assert_eq!(ask(&server, "GET /fails", &[], "").0, 200);
    assert!(receiver.try_recv().is_err());
    drop(server);
    assert_eq!(receiver.recv_timeout(TIMEOUT), Ok("dropped"));
}

#[test]
fn shutdown_waits_for_a_task_of_the_application() {
    let (sender, receiver) = channel();
    let (finish, finished) = oneshot::channel();
    let finished = Arc::new(Mutex::new(Some(finished)));
    let handler = async move |server: Server| {
        let (sender, finished) = (sender.clone(), finished.lock().unwrap().take().unwrap());
        server.spawn(async move {
            sender.send("started").unwrap();
            finished.await.unwrap();
            sender.send("finished").unwrap();
        });
        "bye"
    };
    let server = start(Application::new().route("/", handler));
    assert_eq!(ask(&server, "GET /", &[], "").1, "bye");
    assert_eq!(receiver.recv_timeout(TIMEOUT), Ok("started"));
    server.stop();
    let waits = std::thread::spawn(move || server.wait());
    finish.send(()).unwrap();
    waits.join().unwrap().unwrap();
    assert_eq!(receiver.try_recv(), Ok("finished"));
}

#[test]
fn a_task_that_exceeds_the_shutdown_timeout_is_dropped() {
    let (sender, receiver) = channel();
    let shutdown_timeout = Duration::from_millis(100);
    let server = server(&sender, Config { shutdown_timeout, ..Config::default() });
    assert_eq!(ask(&server, "GET /spawn", &[], "").1, "free");
    assert_eq!(receiver.recv_timeout(TIMEOUT), Ok("started"));
    server.stop();
    server.wait().unwrap();
    assert_eq!(receiver.try_recv(), Ok("dropped"));
}
