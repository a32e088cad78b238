//! Fairness: no client and no handler that yields without waiting delays the others. All tests use
//! one worker, and streams that never end.

use std::iter::repeat_with;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use tremolo::{
    Application, BlockingResponse, Config, HttpError, Pieces, Reply, Response, Running, Server,
    blocking, stream,
};
use tremolo_tests::{Client, TIMEOUT};

use crate::{connect, start};

/// Sends a message when a handler or a stream is dropped.
struct Dropped(Sender<&'static str>);

impl Drop for Dropped {
    fn drop(&mut self) {
        let _ = self.0.send("dropped");
    }
}

/// A stream that yields this piece endlessly without waiting.
fn endless(piece: &'static str, dropped: Dropped) -> impl Reply + use<> {
    stream! {
        let _dropped = dropped;
        loop {
            yield piece;
        }
    }
}

/// An application with `/hello`, and the channel that reports what was dropped.
fn application() -> (Application, Sender<&'static str>, Receiver<&'static str>) {
    let (sender, receiver) = channel();
    (Application::new().route("/hello", async || "hello"), sender, receiver)
}

fn hello(server: &Running) {
    assert_eq!(connect(server).ask("/hello").text(), "hello");
}

fn head_of(client: &mut Client, method: &str, path: &str) -> String {
    client.send(format!("{method} {path} HTTP/1.1\r\nHost: test\r\n\r\n"));
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.extend(client.read_exactly(1));
    }
    String::from_utf8(head).unwrap()
}

/// Writes endlessly and ignores errors.
async fn write_endlessly(response: &Response) {
    loop {
        let _ = response.write("0123456789abcdef").await;
    }
}

/// Reads on a thread until the server closes the connection.
fn read_all(mut client: Client) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        while client.fill(1 << 20).is_ok_and(|more| more) {
            client.read_exactly(1 << 20);
        }
    })
}

/// RFC 9110 sections 9.3.2, 15.3.5, 15.4.5.
#[test]
fn a_stream_without_content_to_send_is_dropped_after_the_head() {
    let (application, sender, receiver) = application();
    let guard = move || Dropped(sender.clone());
    let [a, b, c, d] = [(); 4].map(|()| guard.clone());
    let server = start(
        application
            .route("/200", move || endless("piece", a()))
            .route("/204", move || (204, endless("piece", b())))
            .route("/304", move || (304, endless("piece", c())))
            .route(
                "/thread",
                blocking(move || {
                    let dropped = d();
                    Pieces(repeat_with(move || {
                        let _ = &dropped;
                        "piece"
                    }))
                }),
            ),
    );
    for (method, path, status) in [
        ("HEAD", "/200", "200 OK"),
        ("GET", "/204", "204 No Content"),
        ("GET", "/304", "304 Not Modified"),
        ("HEAD", "/204", "204 No Content"),
        ("HEAD", "/thread", "200 OK"),
    ] {
        let mut client = connect(&server);
        let head = head_of(&mut client, method, path);
        assert!(head.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{head}");
        assert_eq!(receiver.recv_timeout(TIMEOUT), Ok("dropped"), "{method} {path}");
        // The response is complete, and the connection persists.
        assert_eq!(client.ask("/hello").text(), "hello", "{method} {path}");
        hello(&server);
    }
}

#[test]
fn a_stream_is_dropped_when_its_client_disconnects() {
    let (application, sender, receiver) = application();
    let server = start(application.route("/", move || endless("piece", Dropped(sender.clone()))));
    let mut client = connect(&server);
    client.get("/");
    assert_eq!(client.read_exactly(9), b"HTTP/1.1 ");
    client.reset();
    assert_eq!(receiver.recv_timeout(TIMEOUT), Ok("dropped"));
    hello(&server);
}

/// A handler writes endlessly, to a client that reads all of it.
#[test]
fn fast_readers_of_endless_bodies_do_not_delay_others() {
    let (application, sender, receiver) = application();
    let guard = move || Dropped(sender.clone());
    let [a, b, c] = [(); 3].map(|()| guard.clone());
    let written = async move |response: Response| -> Result<(), HttpError> {
        let _dropped = c();
        loop {
            response.write("0123456789abcdef").await?;
        }
    };
    let config = Config { compression: true, ..Config::default() };
    let server = start(
        application
            .config(config)
            .route("/plain", move || endless("0123456789abcdef", a()))
            .route("/empty", move || endless("", b()))
            .route("/written", written),
    );
    let mut readers = Vec::new();
    for (path, coding) in
        [("/plain", "identity"), ("/plain", "gzip"), ("/written", "br"), ("/empty", "gzip")]
    {
        let mut client = connect(&server);
        let field = format!("Accept-Encoding: {coding}");
        client.send(format!("GET {path} HTTP/1.1\r\nHost: test\r\n{field}\r\n\r\n"));
        readers.push(read_all(client));
        for _ in 0..3 {
            hello(&server);
        }
    }
    // The server is stopped during this load.
    server.abort();
    for _ in 0..4 {
        assert_eq!(receiver.recv_timeout(TIMEOUT), Ok("dropped"));
    }
    readers.into_iter().for_each(|reader| drop(reader.join()));
}

/// The written pieces are discarded, so the handler never waits for room in a queue.
#[test]
fn a_loop_of_discarded_writes_does_not_delay_others_and_meets_its_timeout() {
    let (application, sender, receiver) = application();
    let guard = move || Dropped(sender.clone());
    let [a, b] = [(); 2].map(|()| guard.clone());
    let writes = async move |response: Response| {
        let _dropped = a();
        write_endlessly(&response).await;
    };
    let blocks = move |response: BlockingResponse| -> Result<(), HttpError> {
        let _dropped = b();
        loop {
            response.write("piece")?;
        }
    };
    let app_handler_timeout = Duration::from_millis(500);
    let server = start(
        application
            .config(Config { app_handler_timeout, ..Config::default() })
            .route("/", writes)
            .route("/thread", blocking(blocks)),
    );
    for path in ["/", "/thread"] {
        let mut client = connect(&server);
        head_of(&mut client, "HEAD", path);
        hello(&server);
        assert_eq!(receiver.recv_timeout(TIMEOUT), Ok("dropped"), "{path}");
    }
}

#[test]
fn a_loop_of_failing_writes_does_not_delay_others() {
    let (application, sender, receiver) = application();
    let app_close_timeout = Duration::from_millis(200);
    let guard = move || Dropped(sender.clone());
    let [a, b] = [(); 2].map(|()| guard.clone());
    let server = start(
        application
            .config(Config { app_close_timeout, ..Config::default() })
            .route("/handler", async move |response: Response| {
                let _dropped = a();
                write_endlessly(&response).await;
            })
            .route("/task", async move |server: Server| {
                let (response, dropped) = (server.response.clone(), b());
                server.create_task(async move {
                    let _dropped = dropped;
                    write_endlessly(&response).await;
                });
                server.response.write("begun").await
            }),
    );
    for path in ["/handler", "/task"] {
        let mut client = connect(&server);
        client.get(path);
        assert_eq!(client.read_exactly(9), b"HTTP/1.1 ");
        hello(&server);
        client.reset();
        hello(&server);
        assert_eq!(receiver.recv_timeout(TIMEOUT), Ok("dropped"), "{path}");
    }
}

/// `on_response` runs when the first piece is available that is not empty.
#[test]
fn a_stream_of_empty_pieces_does_not_delay_others() {
    let (application, sender, _receiver) = application();
    let server = start(
        application
            .route("/empty", move || endless("", Dropped(sender.clone())))
            .on_response(async || ()),
    );
    let mut client = connect(&server);
    client.get("/empty");
    hello(&server);
    assert!(client.has_received_nothing());
    server.abort();
}

#[test]
fn unread_pipelines_do_not_delay_others_and_are_answered() {
    let (application, ..) = application();
    let server = start(application);
    let requests = Arc::new("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n".repeat(2_000));
    let senders: Vec<_> = (0..20)
        .map(|_| {
            let (mut client, requests) = (connect(&server), Arc::clone(&requests));
            thread::spawn(move || {
                client.send(&*requests);
                client
            })
        })
        .collect();
    hello(&server);
    for sender in senders {
        let mut client = sender.join().unwrap();
        for _ in 0..2_000 {
            assert_eq!(client.read_response().text(), "hello");
        }
    }
}

#[test]
fn an_upload_in_tiny_chunks_is_read_over_several_turns() {
    let (application, ..) = application();
    let count = async |request: tremolo::Request| -> Result<String, HttpError> {
        let mut size = 0;
        while let Some(piece) = request.piece().await? {
            size += piece.len();
        }
        Ok(size.to_string())
    };
    let server = start(application.route("/count", count));
    let mut client = connect(&server);
    client.send("POST /count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    client.send("1\r\nx\r\n".repeat(30_000) + "0\r\n\r\n");
    assert_eq!(client.read_response().text(), "30000");
    hello(&server);
}
