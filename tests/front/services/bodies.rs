//! Bodies through a service, in both directions: streamed, limited, cut on failure.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use http_body::{Body, Frame};
use tremolo::errors::ConnectionError;
use tremolo::tower::TowerBody;
use tremolo::{Application, Config, ServerHandle};
use tremolo_tests::{Message, wait_until};

use super::{BoxError, Frames, Request, Response, failed, service, text_of};
use crate::{ask, connect, post, post_chunked, start};

async fn echo(request: Request) -> Result<Response<TowerBody>, BoxError> {
    Ok(Response::new(request.into_body()))
}

async fn count(request: Request) -> Result<Response<String>, BoxError> {
    Ok(Response::new(text_of(request).await?.len().to_string()))
}

async fn failing(request: Request) -> Result<Response, BoxError> {
    let trailers = || {
        let fields = [("x-sum", "1"), ("x-sum", "2"), ("content-length", "9")];
        let fields = fields
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let mut map = HeaderMap::new();
        for (name, value) in fields {
            map.append(name, value);
        }
        Ok(Frame::trailers(map))
    };
    if request.uri().path() == "/announced" {
        let frames = Frames::of(&["hello"]).and(trailers()).with_exact(5);
        return Ok(Response::builder().header("Trailer", "x-sum").body(frames)?);
    }
    Ok(Response::new(match request.uri().path() {
        "/at-once" => Frames::default().and(Err(failed())),
        "/late" => Frames::of(&["hello"]).and(Err(failed())),
        "/short" => Frames::of(&["hel", "lo"]).with_exact(9),
        "/long" => Frames::of(&["hel", "lo"]).with_exact(4),
        "/trailers" => Frames::of(&["hello", ""]).and(trailers()),
        "/trailers-alone" => Frames::default().and(trailers()),
        "/trailers-and-length" => Frames::of(&["hello"]).and(trailers()).with_exact(5),
        _ => Frames::of(&["", "hello"]),
    }))
}

fn server() -> ServerHandle {
    let config = Config { client_max_body_size: 10, ..Config::default() };
    start(
        Application::new()
            .config(config)
            .mount("/echo", service(echo).with_body_limit(1 << 30))
            .mount("/count", service(count))
            .mount("/count/more", service(count).with_body_limit(1 << 20))
            .mount("/", service(failing)),
    )
}

#[test]
fn a_body_is_echoed_while_it_still_arrives() {
    let server = server();
    let mut client = connect(&server);
    let message = Message::post("/echo").field("Transfer-Encoding: chunked");
    client.send(message.head());
    // The head and the first pieces arrive before the rest is sent.
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.extend(client.read_exactly(1));
    }
    for piece in ["a", "hello"] {
        let chunk = format!("{:x}\r\n{piece}\r\n", piece.len());
        client.send(&chunk);
        assert_eq!(client.read_exactly(chunk.len()), chunk.as_bytes());
    }
    client.send("0\r\n\r\n");
    assert_eq!(client.read_exactly(5), b"0\r\n\r\n");
    assert_eq!(client.ask("/").text(), "hello");
}

#[test]
fn a_known_length_is_sent_as_content_length() {
    let server = server();
    let mut client = connect(&server);
    let large = vec![b'x'; 300_000];
    for body in [&b""[..], b"hello", &large] {
        let response = client.exchange(&Message::post("/echo").body(body));
        assert_eq!(response.body, body);
        let length = response.field("Content-Length").map(|length| length.parse().unwrap());
        assert_eq!(length, Some(body.len()));
    }
}

#[test]
fn bodies_in_chunks_are_the_same_at_every_split() {
    let server = server();
    let body: Vec<u8> = (0..200_u8).map(|n| b'a' + n % 26).collect();
    for size in [1, 7, 100, 200] {
        let (status, text) = post_chunked(&server, "/echo", "text/plain", &body, size);
        assert_eq!((status, text.as_bytes()), (200, &body[..]), "in chunks of {size}");
    }
}

#[test]
fn limits_are_those_of_the_application_or_of_the_mount() {
    let server = server();
    for (path, size, status) in [
        ("/count", 10, 200),
        ("/count", 11, 413),
        ("/count/more", 1 << 20, 200),
        ("/count/more", (1 << 20) + 1, 413),
    ] {
        let body = vec![b'x'; size];
        assert_eq!(post(&server, path, "text/plain", &body).0, status, "{path} {size}");
        let chunked = post_chunked(&server, path, "text/plain", &body, 1_000);
        assert_eq!(chunked.0, status, "{path} {size} in chunks");
    }
}

#[test]
fn a_failure_before_the_head_is_a_page_and_a_later_one_is_a_cut() {
    let server = server();
    assert_eq!(ask(&server, "GET /at-once", &[], "").0, 500);
    // The excess over the declared length is detected before any of it is sent.
    for (path, came, bad_end) in
        [("/late", "5\r\nhello\r\n", "0\r\n\r\n"), ("/short", "hello", "9"), ("/long", "hel", "lo")]
    {
        let mut client = connect(&server);
        client.get(path);
        let bytes = String::from_utf8(client.read_until_cut()).unwrap();
        let (head, body) = bytes.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{path}: {head}");
        assert!(body == came && !body.ends_with(bad_end), "{path}: {body}");
    }
}

#[test]
fn empty_frames_are_not_sent() {
    let server = server();
    assert_eq!(connect(&server).ask("/empty-first").status_and_text(), (200, "hello".to_owned()));
}

/// Trailer fields are passed on if they are allowed and the body is chunked (RFC 9110 section
/// 6.5.1).
#[test]
fn trailers_of_a_service_are_sent() {
    let server = server();
    let trailed = "\r\n0\r\nx-sum: 1\r\nx-sum: 2\r\n\r\n";
    for (path, version, end) in [
        ("/trailers", "1.1", trailed),
        ("/announced", "1.1", trailed),
        ("/trailers-alone", "1.1", trailed),
        ("/trailers-and-length", "1.1", "\r\n\r\nhello"),
        ("/announced", "1.0", "\r\n\r\nhello"),
    ] {
        let mut client = connect(&server);
        client.send(format!("GET {path} HTTP/{version}\r\nHost: a\r\nConnection: close\r\n\r\n"));
        let bytes = String::from_utf8(client.read_to_end()).unwrap();
        assert!(bytes.ends_with(end), "{path} {version}: {bytes}");
        assert_eq!(bytes.contains("Content-Length: 5"), end.ends_with("hello"), "{path} {version}");
    }
}

#[test]
fn trailers_of_a_request_arrive_as_the_last_frame() {
    let last = async |request: Request| {
        let (mut body, mut seen) = (request.into_body(), String::new());
        while let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await
        {
            match frame?.into_trailers() {
                Ok(trailers) => seen += &format!("{trailers:?}"),
                Err(_) => seen.push('.'),
            }
        }
        assert!(body.is_end_stream());
        Ok(Response::new(seen))
    };
    let server = start(Application::new().mount("/", service(last)));
    let message = Message::post("/").chunked("hello", 5, &["X-Sum: 1", "Content-Length: 9"]);
    assert_eq!(connect(&server).exchange(&message).text(), ".{\"x-sum\": \"1\"}");
}

#[test]
fn expect_100_continue_is_answered_when_the_service_reads() {
    let server = server();
    for (path, first) in [("/count", 100), ("/other", 200)] {
        let mut client = connect(&server);
        client.send(Message::post(path).field("Expect: 100-continue").body("hello").head());
        assert_eq!(client.read_response().status(), first, "{path}");
        if first == 100 {
            client.send("hello");
            assert_eq!(client.read_response().text(), "5");
        }
    }
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let server = server();
    let mut client = connect(&server);
    let (mut bytes, paths) = (Vec::new(), ["/echo", "/count", "/echo", "/late-not"]);
    for path in paths {
        bytes.extend(Message::post(path).body("12345").bytes());
    }
    client.send(bytes);
    for expected in ["12345", "5", "12345", "hello"] {
        assert_eq!(client.read_response().status_and_text(), (200, expected.to_owned()));
    }
}

/// An endless body that counts how much of it was polled.
struct Endless {
    taken: Arc<AtomicU64>,
    /// Dropped with the body.
    _alive: Arc<()>,
}

impl Body for Endless {
    type Data = Bytes;
    type Error = ConnectionError;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ConnectionError>>> {
        self.taken.fetch_add(ENDLESS.len() as u64, Ordering::SeqCst);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&ENDLESS)))))
    }
}

static ENDLESS: [u8; 16_384] = [b'x'; 16_384];

#[test]
fn a_slow_reader_pauses_the_body_and_a_disconnect_drops_it() {
    let (taken, alive) = (Arc::new(AtomicU64::new(0)), Arc::new(()));
    let (count, lives) = (Arc::clone(&taken), Arc::clone(&alive));
    let endless = async move |_: Request| {
        Ok(Response::new(Endless { taken: Arc::clone(&count), _alive: Arc::clone(&lives) }))
    };
    let server = start(Application::new().mount("/", service(endless)));
    let own = Arc::strong_count(&alive);
    let mut client = connect(&server);
    client.get("/");
    // The sockets hold some megabytes; then the body is no longer polled.
    let mut last = 0;
    wait_until("the body is held up", || {
        std::thread::park_timeout(Duration::from_millis(50));
        let now = taken.load(Ordering::SeqCst);
        std::mem::replace(&mut last, now) == now && now > 0
    });
    assert!(last < 64 << 20, "{last} bytes for a client that reads nothing");
    assert!(!client.read_exactly(32 << 20).is_empty());
    wait_until("it goes on", || taken.load(Ordering::SeqCst) > last);
    assert!(Arc::strong_count(&alive) > own);
    client.reset();
    wait_until("the body is dropped", || Arc::strong_count(&alive) == own);
}

#[test]
fn a_disconnect_drops_the_future_of_the_service() {
    let alive = Arc::new(());
    let lives = Arc::clone(&alive);
    let waiting = async move |request: Request| {
        let _alive = Arc::clone(&lives);
        if request.uri().path() == "/wait" {
            std::future::pending::<()>().await;
        }
        Ok(Response::new(String::from("here")))
    };
    let config = Config { app_close_timeout: Duration::from_millis(10), ..Config::default() };
    let server = start(Application::new().config(config).mount("/", service(waiting)));
    let (own, mut client) = (Arc::strong_count(&alive), connect(&server));
    client.get("/wait");
    wait_until("the service waits", || Arc::strong_count(&alive) > own);
    client.reset();
    wait_until("its future is dropped", || Arc::strong_count(&alive) == own);
    assert_eq!(connect(&server).ask("/").text(), "here");
}
