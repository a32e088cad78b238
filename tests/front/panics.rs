//! Values of the user that panic, or that use a handle of their request, where the server calls
//! them outside of a handler: errors, extensions, bodies, tasks, hooks.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::mpsc::channel;
use std::task::{Context, Poll};

use tremolo::signatures::StreamReply;
use tremolo::{
    Application, Config, ConnectionContext, HttpError, Request, Response, Server, WorkerContext,
};
use tremolo_tests::TIMEOUT;

use crate::{connect, start};

/// An error whose every method panics.
#[derive(Debug)]
struct Hostile;

impl fmt::Display for Hostile {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("in Display");
    }
}

impl tremolo::ResponseError for Hostile {}

impl Error for Hostile {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        panic!("in source");
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        panic!("in Drop");
    }
}

/// An error that calls its own response, which locks the connection.
struct Asking(Response);

impl fmt::Debug for Asking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Asking")
    }
}

impl fmt::Display for Asking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "head sent: {}", self.0.headers_sent())
    }
}

impl tremolo::ResponseError for Asking {}

impl Error for Asking {}

impl Drop for Asking {
    fn drop(&mut self) {
        let _ = self.0.headers_sent();
    }
}

/// A value, stream or future content that panics when it is dropped.
#[derive(Clone)]
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "in Drop of a value");
    }
}

/// Applications with only routes, with an error page, and with middleware: an error takes another
/// code path in each.
fn variants() -> Vec<Application> {
    let application = |debug| {
        Application::new()
            .config(Config { debug, ..Config::default() })
            .route("/ok", async || "fine")
            .route("/hostile", async || Err::<(), _>(Hostile))
            .route("/hostile-403", async || {
                Err::<(), _>(HttpError::forbidden().with_source(Box::new(Hostile) as Box<_>))
            })
            .route("/asking", async |response: Response| Err::<(), _>(Asking(response)))
            .route("/hostile-in-stream", || tremolo::stream! { yield Err::<&str, _>(Hostile); })
            .route("/extension", async |request: Request| {
                request.extensions().insert(Bomb);
                Err::<(), _>(HttpError::internal_server_error())
            })
    };
    vec![
        application(false),
        application(true),
        application(false).error(500, async || "page"),
        application(false).error(500, async || Err::<(), _>(Hostile)),
        application(true).on_response(async || {}),
        application(false).on_response(async |response: Response| {
            if response.status().is_ok_and(|status| status == 500) {
                return Err(HttpError::from(Hostile));
            }
            Ok(())
        }),
    ]
}

#[test]
fn an_error_that_panics_or_uses_its_response_is_answered_and_keeps_the_connection() {
    for (number, application) in variants().into_iter().enumerate() {
        let server = start(application);
        let mut client = connect(&server);
        for path in ["/hostile", "/hostile-403", "/asking", "/hostile-in-stream", "/extension"] {
            let response = client.ask(path);
            let expected = if path == "/hostile-403" { 403 } else { 500 };
            let status = response.status();
            // The application's error page may set its own status.
            assert!(status == expected || status == 500, "{number} {path}: {response:?}");
            assert!(response.is_framed && !response.text().contains("in D"), "{number} {path}");
        }
        assert_eq!(client.ask("/ok").text(), "fine", "{number}");
    }
}

#[test]
fn an_error_after_the_head_cuts_the_response_and_the_worker_continues() {
    let server = start(
        Application::new()
            .route("/ok", async || "fine")
            .route("/late", || {
                tremolo::stream! { yield Ok("Hello"); yield Err(Hostile); }
            })
            .route("/late-asking", async |response: Response| {
                response.write("Hello").await?;
                Err::<(), HttpError>(Asking(response).into())
            }),
    );
    for path in ["/late", "/late-asking"] {
        let mut client = connect(&server);
        client.get(path);
        assert!(client.read_until_cut().ends_with(b"5\r\nHello\r\n"), "{path}");
        assert_eq!(connect(&server).ask("/ok").text(), "fine");
    }
}

/// A body that is never polled.
struct Body(Bomb);

impl futures_core::Stream for Body {
    type Item = &'static str;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<&'static str>> {
        Poll::Ready(None)
    }
}

#[test]
fn a_body_that_panics_in_drop_is_answered() {
    let server = start(
        Application::new()
            .route("/ok", async || "fine")
            .route("/whole", async || StreamReply::new(Body(Bomb)))
            .route("/refused", async || (999, StreamReply::new(Body(Bomb)))),
    );
    let mut client = connect(&server);
    assert_eq!(client.ask("/refused").status(), 500);
    assert_eq!(client.ask("/whole").status(), 200);
    assert_eq!(client.ask("/ok").text(), "fine");
}

#[test]
fn panics_in_values_tasks_and_hooks_do_not_affect_other_requests() {
    let (sender, receiver) = channel();
    let limited = Config { max_connections: Some(1), ..Config::default() };
    let server = start(
        Application::new()
            .config(limited)
            .on_worker_start(async |worker: WorkerContext| worker.insert(Bomb))
            .on_connect(async |connection: ConnectionContext| connection.insert(Bomb))
            .on_close(async || Err::<(), _>(Hostile))
            .route("/task", async move |server: Server| {
                let (bomb, sender) = (Bomb, sender.clone());
                server.spawn(async move {
                    let _bomb = bomb;
                    sender.send(()).unwrap();
                });
                "started"
            })
            .route("/ok", async || "fine"),
    );
    for _ in 0..3 {
        // One at a time: if a closed connection were still counted, the next one would be refused.
        let mut client = connect(&server);
        assert_eq!(client.ask("/task").text(), "started");
        receiver.recv_timeout(TIMEOUT).unwrap();
        assert_eq!(client.ask("/ok").text(), "fine");
    }
    server.stop();
    server.wait().unwrap();
}

/// A piece whose owner panics ends the connection on which it is sent. A handle in another task is
/// notified, and the connection is no longer counted.
#[test]
fn bytes_whose_owner_panics_end_only_their_connection() {
    struct Owner(Bomb);
    impl AsRef<[u8]> for Owner {
        fn as_ref(&self) -> &[u8] {
            let _ = &self.0;
            &[b'x'; 100_000]
        }
    }
    let (sender, receiver) = channel();
    let limited = Config { max_connections: Some(1), ..Config::default() };
    let server = start(
        Application::new()
            .config(limited)
            .route("/owned", async move |server: Server| {
                let (request, sender) = (server.request.clone(), sender.clone());
                server.spawn(async move {
                    request.disconnected().await;
                    sender.send(()).unwrap();
                });
                let _ = server.response.write(bytes::Bytes::from_owner(Owner(Bomb))).await;
                std::future::pending::<()>().await;
            })
            .route("/ok", async || "fine"),
    );
    let mut client = connect(&server);
    client.get("/owned");
    client.read_until_cut();
    receiver.recv_timeout(TIMEOUT).unwrap();
    drop(client);
    assert_eq!(connect(&server).ask("/ok").text(), "fine");
}
