//! Clients that disconnect during an exchange: the handler is notified, has its grace period, and
//! is then cancelled.

use std::future::pending;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tremolo::config::HalfClose;
use tremolo::{Application, Config, Listen, Request, Response, TowerService, stream};
use tremolo_tests::{Client, TIMEOUT};

use crate::{connect, start};

/// Sends a message when it is dropped with its handler.
struct Guard(Sender<&'static str>);

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.send("dropped");
    }
}

type Leave = fn(Client);

/// How a client disconnects.
const WAYS: [(&str, Leave); 2] = [("reset", Client::reset), ("close", drop::<Client>)];

/// Handlers of each kind. Each reports its start and then waits for something other than its
/// client.
fn waiting(sender: &Sender<&'static str>) -> Application {
    let begin = |sender: &Sender<&'static str>| {
        let guard = Guard(sender.clone());
        guard.0.send("started").unwrap();
        guard
    };
    let [sleeps, streams, mounted] = [0; 3].map(|_| sender.clone());
    let router = axum::Router::new().fallback(async move || {
        let _guard = begin(&mounted);
        pending::<()>().await;
    });
    Application::new()
        .route("/sleeps", async move |_: Response| {
            let _guard = begin(&sleeps);
            pending::<()>().await;
        })
        .route("/streams", move || {
            let sender = streams.clone();
            stream! {
                let _guard = begin(&sender);
                pending::<()>().await;
                yield "never";
            }
        })
        .mount("/mounted", TowerService::new(router))
}

#[test]
fn a_handler_that_waits_for_something_else_is_dropped_when_its_client_disconnects() {
    let (sender, receiver) = channel();
    let server = start(waiting(&sender));
    for (way, leave) in WAYS {
        for path in ["/sleeps", "/streams", "/mounted"] {
            let mut client = connect(&server);
            client.get(path);
            assert_eq!(receiver.recv_timeout(TIMEOUT), Ok("started"), "{way} {path}");
            leave(client);
            assert_eq!(receiver.recv_timeout(TIMEOUT), Ok("dropped"), "{way} {path}");
        }
    }
}

#[test]
fn a_handler_that_notices_the_disconnect_has_its_grace_period() {
    let grace = Duration::from_millis(300);
    let config = Config { app_close_timeout: grace, ..Config::default() };
    let (sender, receiver) = channel();
    let notices = async move |request: Request| {
        let guard = Guard(sender.clone());
        guard.0.send("started").unwrap();
        request.disconnected().await;
        guard.0.send("noticed").unwrap();
        pending::<()>().await;
    };
    let server = start(Application::new().route("/", notices).config(config));
    for (way, leave) in WAYS {
        let mut client = connect(&server);
        client.get("/");
        assert_eq!(receiver.recv_timeout(TIMEOUT), Ok("started"), "{way}");
        leave(client);
        assert_eq!(receiver.recv_timeout(TIMEOUT), Ok("noticed"), "{way}");
        let noticed = Instant::now();
        assert_eq!(receiver.recv_timeout(TIMEOUT), Ok("dropped"), "{way}");
        // The grace period starts before the handler is notified.
        assert!(noticed.elapsed() >= grace / 2, "{way}: {:?}", noticed.elapsed());
    }
}

/// A handler that waits for a signal of the test before it responds.
fn gated() -> (impl Fn() -> Application, Arc<Notify>) {
    let gate = Arc::new(Notify::new());
    let opened = Arc::clone(&gate);
    let application = move || {
        let gate = Arc::clone(&opened);
        Application::new().route("/", async move || {
            gate.notified().await;
            "late"
        })
    };
    (application, gate)
}

#[test]
fn an_allowed_half_close_is_not_a_disconnect() {
    let (application, gate) = gated();
    let allowed = Config { half_close: HalfClose::Allow, ..Config::default() };
    let long = Config { half_close_grace: Duration::from_secs(3_600), ..Config::default() };
    for config in [allowed, long] {
        let server = start(application().config(config));
        let mut client = connect(&server);
        client.get("/");
        client.half_close();
        assert!(client.has_received_nothing());
        gate.notify_one();
        assert_eq!(client.read_response().text(), "late");
        assert_eq!(client.read_to_end(), b"");
    }
}

#[test]
fn half_close_is_an_option_of_each_listener() {
    let (application, gate) = gated();
    let config = Config { half_close: HalfClose::Close, ..Config::default() };
    let allows = Listen::new("127.0.0.1:0").half_close(HalfClose::Allow);
    let server = application().config(config).listen("127.0.0.1:0").listen(allows).start().unwrap();
    let [closes, allows] = server.addresses().try_into().unwrap();
    let mut client = Client::connect(&closes);
    client.get("/");
    client.half_close();
    assert_eq!(client.read_to_end(), b"");
    let mut client = Client::connect(&allows);
    client.get("/");
    client.half_close();
    gate.notify_one();
    assert_eq!(client.read_response().text(), "late");
}

#[test]
fn a_write_to_a_disconnected_client_fails_immediately() {
    let (sender, receiver) = channel();
    let writes = async move |response: Response| {
        let piece = vec![b'x'; 16_384];
        let error = loop {
            if let Err(error) = response.write(&piece[..]).await {
                break error;
            }
        };
        sender.send(error.to_string()).unwrap();
        let again = response.write("x").await;
        sender.send(again.unwrap_err().to_string()).unwrap();
    };
    let server = start(Application::new().route("/", writes));
    let mut client = connect(&server);
    client.get("/");
    assert_eq!(client.read_exactly(9), b"HTTP/1.1 ");
    client.reset();
    for _ in 0..2 {
        let error = receiver.recv_timeout(TIMEOUT).unwrap();
        assert!(error.contains("the peer is gone"), "{error}");
    }
}
