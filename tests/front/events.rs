//! Server-sent events of the Rust front: the handle, the reply, and clients that leave.

use std::future::pending;
use std::sync::mpsc::channel;
use std::time::Duration;

use socket2::{Domain, Socket, Type};
use tremolo::errors::ConnectionError;
use tremolo::{
    Application, BlockingSse, Config, Event, HttpError, LeaveOpen, Response, Sse, blocking, stream,
};
use tremolo_tests::{Client, TIMEOUT};

use crate::{Dropped, ask, connect, start};

fn read_through(client: &mut Client, end: &str) -> String {
    let mut received = Vec::new();
    while !received.ends_with(end.as_bytes()) {
        let byte = client.read_exactly(1);
        assert!(!byte.is_empty(), "the stream ended: {}", String::from_utf8_lossy(&received));
        received.extend(byte);
    }
    String::from_utf8(received).unwrap()
}

#[test]
fn a_handle_sends_events_of_any_kind() {
    let server = start(Application::new().route("/", async |sse: Sse, response: Response| {
        response.set_header("X-Own", "1")?;
        sse.send("two\r\nlines").await?;
        sse.send(String::new()).await?;
        sse.send(Event::new("{}").event("status").id("7")).await?;
        sse.comment("nothing\nhere").await?;
        sse.send(Event::default().retry(Duration::from_secs(3)).id("")).await?;
        sse.close().await?;
        sse.close().await
    }));
    let mut client = connect(&server);
    for _ in 0..2 {
        let response = client.ask("/");
        assert_eq!(response.field("X-Own"), Some("1"));
        assert_eq!(
            response.text(),
            "data: two\ndata: lines\n\ndata: \n\ndata: {}\nevent: status\nid: 7\n\n\
             : nothing\n: here\n\nretry: 3000\nid: \n\n"
        );
    }
}

#[test]
fn replies_of_events_have_the_head_before_the_first_one() {
    let (sender, receiver) = tokio::sync::oneshot::channel::<&'static str>();
    let receiver = std::sync::Mutex::new(Some(receiver));
    let application = Application::new()
        .on_response(async |response: Response| response.set_header("X-Hook", "ran"))
        .route("/late", move || {
            let receiver = receiver.lock().unwrap().take().unwrap();
            stream! { yield receiver.await.map(Event::new); }.events()
        })
        .route("/thread", blocking(|| stream! { yield "one"; yield "two\nlines"; }.events()))
        .route("/fails", || {
            stream! {
                yield Ok("one");
                yield Err(HttpError::service_unavailable());
            }
            .events()
        })
        .route("/texts", || stream! { yield "one"; yield "two\nlines"; }.events());
    let server = start(application);
    let mut client = connect(&server);
    client.get("/late");
    let head = read_through(&mut client, "\r\n\r\n");
    assert!(head.contains("Content-Type: text/event-stream\r\n"), "{head}");
    assert!(head.contains("X-Hook: ran\r\n"), "{head}");
    sender.send("now").unwrap();
    assert_eq!(read_through(&mut client, "0\r\n\r\n"), "b\r\ndata: now\n\n\r\n0\r\n\r\n");
    for path in ["/texts", "/thread"] {
        let texts = client.ask(path);
        assert_eq!(texts.field("Content-Type"), Some("text/event-stream"), "{path}");
        assert_eq!(texts.text(), "data: one\n\ndata: two\ndata: lines\n\n", "{path}");
    }
    client.get("/fails");
    let cut = String::from_utf8(client.read_until_cut()).unwrap();
    assert!(cut.ends_with("b\r\ndata: one\n\n\r\n"), "{cut}");
    let mut head = connect(&server);
    head.send("HEAD /texts HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    let head = String::from_utf8(head.read_to_end()).unwrap();
    assert!(head.contains("text/event-stream") && head.ends_with("\r\n\r\n"), "{head}");
}

#[test]
fn a_handler_can_answer_in_another_way_before_the_first_event() {
    let application = Application::new()
        .route("/gone", async |_: Sse| Err::<(), _>(HttpError::new(410).with_message("over")))
        .route("/stay", async |sse: Sse| {
            sse.response().set_status(204)?;
            let refused = sse.send("x").await.unwrap_err();
            Err::<(), HttpError>(refused.into())
        })
        .route("/written", async |sse: Sse, response: Response| {
            response.write("text, ").await?;
            let refused = sse.send("x").await.unwrap_err();
            response.end(refused.to_string()).await
        })
        .route("/fields", async |sse: Sse| {
            let refused = sse.send(Event::new("x").id("1\n2")).await.unwrap_err();
            refused.to_string()
        });
    let server = start(application);
    for (path, status, text) in [
        ("/gone", 410, "over"),
        ("/stay", 204, ""),
        ("/written", 200, "text, headers already sent"),
        ("/fields", 200, "invalid type or id of an event"),
    ] {
        let line = format!("GET {path}");
        assert_eq!(ask(&server, &line, &[], ""), (status, text.to_owned()), "{path}");
    }
}

/// Also when the stream lives longer than any handler may.
#[test]
fn a_silent_stream_has_heartbeats() {
    let config = Config {
        sse_heartbeat: Duration::from_millis(10),
        app_handler_timeout: Duration::from_millis(30),
        ..Config::default()
    };
    let application = Application::new()
        .config(config)
        .route("/handle", async |sse: Sse| {
            sse.open().await?;
            sse.closed().await;
            sse.send("never").await
        })
        .route("/reply", || stream! { yield pending::<&str>().await; }.events())
        .route(
            "/thread",
            blocking(|sse: BlockingSse| -> Result<(), HttpError> {
                sse.send("first")?;
                sse.closed();
                Ok(sse.send("never")?)
            }),
        );
    let server = start(application);
    for path in ["/handle", "/reply", "/thread"] {
        let mut client = connect(&server);
        client.get(path);
        for _ in 0..20 {
            read_through(&mut client, "3\r\n:\n\n\r\n");
        }
    }
}

#[test]
fn a_handler_learns_that_its_client_has_gone() {
    let (sender, receiver) = channel();
    let [waits, sends, threads, replies, forwards] = [0; 5].map(|_| sender.clone());
    let application = Application::new()
        .route("/waits", async move |sse: Sse| {
            sse.send("first").await?;
            sse.closed().await;
            waits.send("gone").unwrap();
            sse.send("second").await
        })
        .route("/sends", async move |sse: Sse| {
            let _dropped = Dropped(sends.clone());
            let mut clock = tokio::time::interval(Duration::from_millis(1));
            while sse.send("piece").await.is_ok() {
                clock.tick().await;
            }
        })
        .route(
            "/threads",
            blocking(move |sse: BlockingSse| {
                sse.send("first").unwrap();
                sse.closed();
                threads.send("gone").unwrap();
            }),
        )
        .route("/replies", move || {
            let dropped = Dropped(replies.clone());
            stream! {
                let _dropped = dropped;
                yield "first";
                yield pending::<&str>().await;
            }
            .events()
        })
        .route("/forwards", async move |sse: Sse| {
            let _dropped = Dropped(forwards.clone());
            let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
            sender.send("first").await.unwrap();
            sse.forward(Receiving(&mut receiver)).await
        });
    let server = start(application);
    for (way, leave) in WAYS {
        for (path, message) in [
            ("/waits", "gone"),
            ("/sends", "dropped"),
            ("/threads", "gone"),
            ("/replies", "dropped"),
            ("/forwards", "dropped"),
        ] {
            let mut client = connect(&server);
            client.get(path);
            read_through(&mut client, "\n\n\r\n");
            leave(client);
            assert_eq!(receiver.recv_timeout(TIMEOUT), Ok(message), "{way} {path}");
        }
    }
}

type Leave = fn(Client);

/// How a client leaves.
const WAYS: [(&str, Leave); 2] = [("reset", Client::reset), ("close", drop::<Client>)];

/// The items of a channel as a stream.
struct Receiving<'a>(&'a mut tokio::sync::mpsc::Receiver<&'static str>);

impl futures_core::Stream for Receiving<'_> {
    type Item = &'static str;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<&'static str>> {
        self.0.poll_recv(cx)
    }
}

#[test]
fn a_shutdown_drops_a_handler_unless_it_notices_the_end_of_its_stream() {
    let (sender, receiver) = channel();
    let (other, replies) = (sender.clone(), sender.clone());
    let (release, released) = tokio::sync::oneshot::channel::<()>();
    let released = std::sync::Mutex::new(Some(released));
    let application = Application::new()
        .route("/notices", async move |sse: Sse| {
            sse.send("first").await?;
            sse.closed().await;
            let released = released.lock().unwrap().take().unwrap();
            released.await.unwrap();
            sender.send("cleaned up").unwrap();
            Ok::<_, ConnectionError>(())
        })
        .route("/other", async move |sse: Sse| {
            let _dropped = Dropped(other.clone());
            sse.send("first").await?;
            pending::<Result<(), ConnectionError>>().await
        })
        .route("/replies", move || {
            let dropped = Dropped(replies.clone());
            stream! {
                let _dropped = dropped;
                yield "first";
                yield pending::<&str>().await;
            }
            .events()
        });
    let server = start(application);
    let mut clients = ["/notices", "/other", "/replies"].map(|path| {
        let mut client = connect(&server);
        client.get(path);
        read_through(&mut client, "\n\n\r\n");
        client
    });
    server.stop();
    for client in &mut clients {
        assert_eq!(client.read_exactly(5), b"0\r\n\r\n");
    }
    for _ in 0..2 {
        assert_eq!(receiver.recv_timeout(TIMEOUT), Ok("dropped"));
    }
    release.send(()).unwrap();
    assert_eq!(receiver.recv_timeout(TIMEOUT), Ok("cleaned up"));
    drop(clients);
    server.wait().unwrap();
}

#[test]
fn a_task_sends_events_after_its_handler_has_returned() {
    let application = Application::new().route("/", async |sse: Sse| {
        tokio::spawn(async move {
            for number in 1..=3 {
                sse.send(format!("{number}")).await.unwrap();
            }
            sse.close().await.unwrap();
        });
        LeaveOpen
    });
    let server = start(application);
    let mut client = connect(&server);
    for _ in 0..2 {
        assert_eq!(client.ask("/").text(), "data: 1\n\ndata: 2\n\ndata: 3\n\n");
    }
}

#[test]
fn a_slow_client_holds_the_sender_back() {
    let (sender, receiver) = channel();
    let application = Application::new().route("/", async move |sse: Sse| {
        let large = "x".repeat(1 << 20);
        while sse.send(&*large).await.is_ok() {
            sender.send(()).unwrap();
        }
    });
    let server = start(application);
    let mut client = connect(&server);
    client.get("/");
    // What the buffers of the kernel take is bounded, and so is what is queued.
    let mut sent = 0;
    while receiver.recv_timeout(Duration::from_millis(200)).is_ok() {
        sent += 1;
        assert!(sent < 64, "{sent} MiB were queued");
    }
    assert!(sent > 0);
}

/// The buffers of the system take all events, so that nothing is queued in the server. Without a
/// heartbeat as well, the system alone notices that the client takes none.
#[test]
fn a_client_that_takes_nothing_is_found_by_the_system() {
    let (sender, receiver) = channel();
    let config = Config {
        write_timeout: Duration::from_millis(300),
        sse_heartbeat: Duration::ZERO,
        ..Config::default()
    };
    let application = Application::new().config(config).route("/", async move |sse: Sse| {
        for _ in 0..8 {
            sse.send("x".repeat(4_000)).await?;
        }
        sender.send("sent").unwrap();
        sse.closed().await;
        sender.send("gone").unwrap();
        Ok::<_, ConnectionError>(())
    });
    let server = start(application);
    let address = server.addresses().last().unwrap().trim_start_matches("http://").to_owned();
    let address: std::net::SocketAddr = address.parse().unwrap();
    let client = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    client.set_recv_buffer_size(2_048).unwrap();
    client.connect(&address.into()).unwrap();
    client.send(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n").unwrap();
    assert_eq!(receiver.recv_timeout(TIMEOUT), Ok("sent"));
    assert_eq!(receiver.recv_timeout(TIMEOUT), Ok("gone"));
}
