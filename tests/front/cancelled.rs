//! Cancelled handlers: their clean-up runs wherever they wait, and no other request is affected.

use std::future::pending;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use tokio::sync::Notify;
use tremolo::{Application, Config, HttpError, Request, Response, Running, stream};
use tremolo_tests::{Client, Message, TIMEOUT};

use crate::{Dropped, connect, start};

/// Handlers that report their start and then wait endlessly, each at another await point.
fn application(sender: &Sender<&'static str>) -> Application {
    let [returns, streams, begins, reads, asks] = [0; 5].map(|_| sender.clone());
    let halts = sender.clone();
    let begin = |sender: &Sender<&'static str>| {
        sender.send("started").unwrap();
        Dropped(sender.clone())
    };
    Application::new()
        .on_request(async move |request: Request| {
            if request.path() == "/middleware" {
                let _dropped = begin(&halts);
                pending::<()>().await;
            }
        })
        .route("/middleware", async || "never")
        .route("/return", async move || {
            let _dropped = begin(&returns);
            pending::<()>().await;
        })
        .route("/stream", move || {
            let sender = streams.clone();
            stream! {
                let _dropped = begin(&sender);
                yield "Hello";
                pending::<()>().await;
            }
        })
        .route("/write", async move |response: Response| -> Result<(), HttpError> {
            let _dropped = begin(&begins);
            response.write("Hello").await?;
            pending().await
        })
        .route("/read", async move |request: Request| -> Result<String, HttpError> {
            let _dropped = begin(&reads);
            let body = request.body().await;
            // An error of a read does not end the handler: it may clean up first.
            pending::<()>().await;
            Ok(format!("{body:?}"))
        })
        .route("/ok", async || "fine")
        .error(500, async move || {
            let _dropped = Dropped(asks.clone());
        })
}

fn server(config: Config) -> (Running, Receiver<&'static str>) {
    let (sender, receiver) = channel();
    (start(application(&sender).config(config)), receiver)
}

/// The request of a path; that for `/read` has an incomplete body.
fn begin(server: &Running, path: &str) -> Client {
    let mut client = connect(server);
    match path {
        "/read" => client.send(Message::post(path).field("Content-Length: 3").head()),
        _ => client.get(path),
    }
    client
}

const PATHS: [&str; 5] = ["/middleware", "/return", "/stream", "/write", "/read"];

#[test]
fn a_handler_over_its_timeout_is_dropped_and_is_a_500_or_a_cut() {
    let app_handler_timeout = Duration::from_millis(100);
    let (server, receiver) = server(Config { app_handler_timeout, ..Config::default() });
    for path in PATHS {
        let mut client = begin(&server, path);
        for what in ["started", "dropped"] {
            assert_eq!(receiver.recv_timeout(TIMEOUT), Ok(what), "{path}");
        }
        if ["/stream", "/write"].contains(&path) {
            let cut = client.read_until_cut();
            assert!(cut.ends_with(b"5\r\nHello\r\n"), "{path}: {}", tremolo_tests::escape(&cut));
        } else {
            // The response comes from the error page, whose handler runs and returns.
            // A handler that waits for the body waits for the client, so the status is 408.
            let status = if path == "/read" { 408 } else { 500 };
            assert_eq!(client.read_response().status(), status, "{path}");
            if status == 408 {
                continue;
            }
            assert_eq!(receiver.recv_timeout(TIMEOUT), Ok("dropped"), "{path}");
        }
        assert!(receiver.try_recv().is_err(), "{path}");
        assert_eq!(connect(&server).ask("/ok").text(), "fine", "{path}");
    }
}

/// Only the handler that reads is notified, and has the grace period for its clean-up.
#[test]
fn a_handler_is_dropped_when_its_client_disconnects() {
    let app_close_timeout = Duration::from_millis(50);
    let (server, receiver) = server(Config { app_close_timeout, ..Config::default() });
    for path in PATHS {
        let client = begin(&server, path);
        assert_eq!(receiver.recv_timeout(TIMEOUT), Ok("started"), "{path}");
        client.reset();
        assert_eq!(receiver.recv_timeout(TIMEOUT), Ok("dropped"), "{path}");
    }
    assert_eq!(connect(&server).ask("/ok").text(), "fine");
    assert!(receiver.try_recv().is_err());
}

/// After a `101` the connection speaks another protocol, without a timeout.
#[test]
fn a_handler_after_101_is_not_cancelled() {
    let app_handler_timeout = Duration::from_millis(50);
    let talks = async |request: Request, response: Response| -> Result<(), HttpError> {
        let head = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
        response.send(head).await?;
        let mut stream = request.stream();
        while let Some(piece) = stream.next().await {
            response.send(piece?).await?;
        }
        Ok(())
    };
    let never = async || pending::<()>().await;
    let server = start(
        Application::new()
            .route("/talks", talks)
            .route("/never", never)
            .config(Config { app_handler_timeout, ..Config::default() }),
    );
    let mut talking = connect(&server);
    talking
        .send("GET /talks HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nfirst");
    assert_eq!(talking.read_response().status(), 101);
    assert_eq!(talking.read_exactly(5), b"first");
    // A handler of a later connection has reached its timeout by now.
    assert_eq!(connect(&server).ask("/never").status(), 500);
    let request = "GET / HTTP/1.1\r\n\r\n";
    talking.send(request);
    assert_eq!(talking.read_exactly(request.len()), request.as_bytes());
    talking.half_close();
    assert_eq!(talking.read_to_end(), b"");
}

/// A panic payload may panic in its own drop, and so may a value that a handler leaves behind.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("as ordered, in a drop");
    }
}

/// Paths whose handlers panic with such a payload (on the worker, on a thread, in tasks), with the
/// status of the response; or that leave such a value behind, dropped before or after the response.
const PANICKING: [(&str, Option<u16>); 8] = [
    ("/payload", Some(500)),
    ("/payload-at-once", Some(500)),
    ("/payload-in-stream", Some(500)),
    ("/payload-on-a-thread", Some(500)),
    ("/payload-on-a-thread", Some(500)),
    ("/payload-in-a-task", Some(200)),
    ("/extension", None),
    ("/context", None),
];

fn panicking() -> Application {
    let bomb = || {
        if true {
            std::panic::panic_any(Bomb);
        }
    };
    Application::new()
        .route("/ok", async || "fine")
        .route("/payload", async move || bomb())
        .route("/payload-at-once", bomb)
        .route("/payload-in-stream", move || {
            stream! {
                bomb();
                yield "never";
            }
        })
        .route("/payload-on-a-thread", tremolo::blocking(bomb))
        .route("/payload-in-a-task", async move |server: tremolo::Server| {
            server.create_task(async move { bomb() });
            server.spawn(async move { bomb() });
            "fine"
        })
        .route("/extension", async |request: Request| {
            request.extensions().insert(Arc::new(Bomb));
            "fine"
        })
        .route("/context", async |connection: tremolo::ConnectionContext| {
            connection.insert(Arc::new(Bomb));
            "fine"
        })
}

/// The worker, the other current request, and the threads continue.
#[test]
fn a_panic_with_a_panicking_payload_does_not_affect_others() {
    for middleware in [false, true] {
        let gate = Arc::new(Notify::new());
        let held = Arc::clone(&gate);
        let slow = move || {
            let held = Arc::clone(&held);
            stream! {
                yield "Hello ";
                // As long as other requests are served meanwhile.
                held.notified().await;
                yield "World!";
            }
        };
        let mut application = panicking().route("/slow", slow);
        if middleware {
            application = application.on_response(async || ());
        }
        let config = Config { thread_pool_size: 1, ..Config::default() };
        let server = start(application.config(config));
        let mut idle = connect(&server);
        let mut busy = connect(&server);
        busy.get("/slow");
        for (path, status) in PANICKING {
            let mut client = connect(&server);
            client.send(Message::new(&format!("GET {path}")).closing().bytes());
            let answer = String::from_utf8(client.read_until_cut()).unwrap();
            if let Some(status) = status {
                assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {answer}");
            }
            assert_eq!(idle.ask("/ok").text(), "fine", "{path}");
        }
        gate.notify_one();
        assert_eq!(busy.read_response().text(), "Hello World!");
        server.stop();
        server.wait().unwrap();
    }
}
