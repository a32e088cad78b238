//! `tower` layers around handlers of this crate: of an application, a group and one handler, with
//! those of `tower-http`.

use std::io::Read;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::read::{GzDecoder, GzEncoder};
use http::{HeaderName, HeaderValue};
use tokio::sync::Notify;
use tower_http::add_extension::AddExtensionLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::CorsLayer;
use tower_http::decompression::RequestDecompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::set_header::SetRequestHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;
use tower_layer::layer_fn;
use tremolo::{
    Application, ErrorInfo, Event, Group, Handler, HttpError, Json, Path, Request, Response,
    StaticFiles, StatusCode, WebSocket, methods, stream,
};
use tremolo_tests::frames::{Socket, handshake};
use tremolo_tests::{Client, Message};

use super::{service, text_of};
use crate::{Dropped, ask, connect, start};

/// Reads up to these bytes, and returns everything.
fn read_to(client: &mut Client, end: &[u8]) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(end) {
        bytes.extend(client.read_exactly(1));
    }
    String::from_utf8(bytes).unwrap()
}

const X_ADDED: HeaderName = HeaderName::from_static("x-added");

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut coded = Vec::new();
    GzEncoder::new(text, Compression::default()).read_to_end(&mut coded).unwrap();
    coded
}

/// Handlers that respond in every way, behind layers.
fn every_kind() -> Application {
    let here = env!("CARGO_MANIFEST_DIR");
    Application::new()
        .layer(TraceLayer::new_for_http())
        .layer(CorsLayer::permissive())
        .error(403, async |error: ErrorInfo| format!("page of {}", error.status()))
        .route("/whole", async || (201, "whole"))
        .route("/json", async || Json(["json"]))
        .route("/head", async |response: Response| {
            response.set_status((299, "Fine"))?;
            response.set_cookie(("a", "1"))?;
            response.set_cookie(("b", "2"))?;
            response.set_header("X-Own", "yes")?;
            Ok::<_, HttpError>("head")
        })
        .route("/chunked", (async || "chunked").with_chunked(true))
        .route("/stream", || stream! { yield "str"; yield ""; yield "eam"; })
        .route("/write", async |response: Response| {
            response.write("wri").await?;
            response.end("te").await
        })
        .route("/raw", async |response: Response| {
            response.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nraw").await?;
            response.close_keepalive()
        })
        .route("/empty", async || StatusCode::NO_CONTENT)
        .route("/error", async || Err::<(), _>(HttpError::forbidden().with_header("X-Own", "yes")))
        .route("/conflict", async || Err::<(), _>(HttpError::new(409).with_message("twice")))
        .route("/stream-error", || {
            stream! { yield Err::<&str, _>(HttpError::new(409).with_message("twice")); }
        })
        .route("/panic", async || {
            if true {
                panic!("as ordered");
            }
        })
        .mount("/files", StaticFiles::new(here))
        .mount("/service", service(async |_| Ok(http::Response::new("service".to_owned()))))
}

#[test]
fn responses_of_every_kind_pass_through_a_layer() {
    let server = start(every_kind());
    let mut client = connect(&server);
    for (path, status, text, has_cors) in [
        ("/whole", 201, "whole", true),
        ("/json", 200, "[\"json\"]", true),
        ("/head", 299, "head", true),
        ("/chunked", 200, "chunked", true),
        ("/stream", 200, "stream", true),
        // What a handler sends itself passes the layer by.
        ("/write", 200, "write", false),
        ("/raw", 200, "raw", false),
        ("/files/Cargo.toml", 200, "[package]", false),
        ("/empty", 204, "", true),
        ("/error", 403, "page of 403", true),
        ("/conflict", 409, "twice", true),
        ("/stream-error", 409, "twice", false),
        ("/panic", 500, "Internal Server Error", true),
        ("/nowhere", 404, "nothing at /nowhere", true),
        ("/service", 200, "service", true),
    ] {
        let response = client.ask(path);
        assert_eq!(response.status(), status, "{path}");
        assert!(response.text().contains(text), "{path}: {}", response.text());
        let origin = response.field("Access-Control-Allow-Origin");
        assert_eq!(origin, has_cors.then_some("*"), "{path}");
    }
}

#[test]
fn a_layer_sees_the_head_that_the_handler_has_set() {
    let server = start(every_kind());
    let mut client = connect(&server);
    let response = client.ask("/head");
    let head = response.head.to_ascii_lowercase();
    assert!(head.starts_with("http/1.1 299 fine\r\n"), "{head}");
    assert!(head.contains("set-cookie: a=1; path=/\r\nset-cookie: b=2; path=/\r\n"), "{head}");
    assert!(head.contains("x-own: yes\r\n") && head.contains("content-length: 4\r\n"), "{head}");
    assert!(head.contains("content-type: text/html; charset=utf-8\r\n"), "{head}");
    assert_eq!(client.ask("/json").field("Content-Type"), Some("application/json"));
    assert_eq!(client.ask("/chunked").field("Transfer-Encoding"), Some("chunked"));
    assert_eq!(client.ask("/error").field("X-Own"), Some("yes"));
    // The layer answers in place of the handler.
    let preflight = Message::new("OPTIONS /whole")
        .fields(&["Origin: https://a.example", "Access-Control-Request-Method: PUT"]);
    let response = client.exchange(&preflight);
    assert_eq!(
        (response.status(), response.field("Access-Control-Allow-Methods")),
        (200, Some("*"))
    );
    client.send(Message::new("HEAD /whole").closing().bytes());
    let head = String::from_utf8(client.read_to_end()).unwrap().to_ascii_lowercase();
    assert!(head.contains("content-length: 5\r\n") && head.ends_with("\r\n\r\n"), "{head}");
}

#[test]
fn a_layer_has_its_place_among_middleware() {
    let trace = crate::pipeline::Trace::default();
    let noting = |name: &'static str| {
        let trace = trace.clone();
        layer_fn(move |service| super::layers::Noting { service, name, trace: trace.clone() })
    };
    let handler = trace.clone();
    let handler = async move || handler.note("handler");
    let group = Group::new()
        .layer(noting("group"))
        .route("/group", handler.clone().layer(noting("inner")).layer(noting("outer")));
    let server = start(
        Application::new()
            .layer(noting("1"))
            .on_request(trace.noting("before"))
            .layer(noting("2"))
            .on_response(trace.noting("response"))
            .group(group)
            .mount("/in", Application::new().layer(noting("mounted")).route("/x", async || "x")),
    );
    ask(&server, "GET /in/x", &[], "");
    let expected =
        ["1 in", "before", "2 in", "mounted in", "mounted out", "2 out", "1 out", "response"];
    assert_eq!(trace.take(), expected);
    connect(&server).send(Message::new("GET /group").closing().bytes());
    let expected = [
        &["1 in", "before", "2 in", "group in", "outer in", "inner in", "handler"][..],
        &["inner out", "outer out", "group out", "2 out", "1 out"],
    ];
    tremolo_tests::wait_until("it has run", || trace.len() == 12);
    assert_eq!(trace.take(), expected.concat());
}

#[test]
fn bodies_stream_through_a_layer_in_both_directions() {
    let server = start(
        Application::new()
            .layer(TraceLayer::new_for_http())
            .layer(RequestBodyLimitLayer::new(1_000))
            .route("/echo", async |request: Request| {
                let mut body = request.stream();
                stream! {
                    while let Some(piece) = body.next().await {
                        yield piece;
                    }
                }
            }),
    );
    let mut client = connect(&server);
    client.send(Message::post("/echo").field("Transfer-Encoding: chunked").head());
    client.send("1\r\na\r\n");
    assert!(read_to(&mut client, b"\r\n1\r\na\r\n").starts_with("HTTP/1.1 200 OK\r\n"));
    client.send("5\r\nhello\r\n");
    assert_eq!(client.read_exactly(10), b"5\r\nhello\r\n");
    client.send("0\r\n\r\n");
    assert_eq!(client.read_exactly(5), b"0\r\n\r\n");
    assert_eq!(client.exchange(&Message::post("/echo").body("again")).text(), "again");
}

#[test]
fn a_request_is_read_as_a_layer_has_made_it() {
    #[derive(Clone, Debug, PartialEq)]
    struct User(&'static str);
    let text = async |body: String| body;
    let user = async |request: Request| request.extensions().get::<User>().map(|user| user.0);
    let of_service = async |request: super::Request| {
        assert_eq!(request.extensions().get(), Some(&User("ada")));
        assert!(!request.headers().contains_key("Content-Encoding"));
        Ok(http::Response::new(text_of(request).await?))
    };
    let server = start(
        Application::new()
            .layer(AddExtensionLayer::new(User("ada")))
            .layer(RequestDecompressionLayer::new())
            .layer(RequestBodyLimitLayer::new(100))
            .layer(SetRequestHeaderLayer::overriding(X_ADDED, HeaderValue::from_static("added")))
            .route("/user", user)
            .route("/added", async |request: Request| {
                let fields = request.headers();
                format!("{:?} {:?}", fields.get_all("x-added").count(), request.header("X-Added"))
            })
            .route(r"^/params/(\w+)$", async |Path(name): Path<String>, request: Request| {
                format!("{name} {}", request.url())
            })
            .route("/text", text)
            .route("/bytes", async |request: Request| {
                let first = request.read(3).await?;
                let rest = request.body().await?;
                Ok::<_, HttpError>([first, Bytes::from_static(b"|"), rest].concat())
            })
            .mount("/service", service(of_service))
            .route(
                "/kept",
                text.on_request(async |request: Request| {
                    request.body().await?;
                    Ok::<_, HttpError>(())
                }),
            ),
    );
    let mut client = connect(&server);
    assert_eq!(client.ask("/user").text(), "ada");
    assert_eq!(client.ask("/params/ada?x").text(), "ada /params/ada?x");
    let message = Message::new("GET /added").fields(&["X-Added: 1", "X-Added: 2"]);
    assert_eq!(client.exchange(&message).text(), "1 Some(\"added\")");
    for (path, expected) in [
        ("/text", "hello world"),
        ("/bytes", "hel|lo world"),
        ("/service", "hello world"),
        ("/kept", "hello world"),
    ] {
        let coded = Message::post(path).field("Content-Encoding: gzip").body(gzip(b"hello world"));
        for message in [coded, Message::post(path).body("hello world")] {
            let response = client.exchange(&message);
            assert_eq!(response.status_and_text(), (200, expected.to_owned()), "{path}");
        }
    }
    // What is too long once it is decoded, or is no gzip at all.
    let long = Message::post("/text").field("Content-Encoding: gzip").body(gzip(&[b'x'; 101]));
    assert_eq!(connect(&server).exchange(&long).status(), 413);
    let broken = Message::post("/text").field("Content-Encoding: gzip").body("not gzip");
    let response = connect(&server).exchange(&broken);
    assert!(response.status() == 400 && response.text().contains("request body refused"));
}

#[test]
fn compressed_pieces_leave_at_once_and_decode_to_what_was_sent() {
    let (waits, opens) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (wait, open) = (Arc::clone(&waits), Arc::clone(&opens));
    let server = start(
        Application::new()
            .layer(CompressionLayer::new())
            .route("/whole", async || "hello ".repeat(100))
            .route("/short", async || "short")
            .route("/stream", move || {
                let (wait, open) = (Arc::clone(&wait), Arc::clone(&open));
                stream! {
                    yield "hello ";
                    wait.notify_one();
                    open.notified().await;
                    yield "world";
                }
            }),
    );
    opens.notify_one();
    for (path, expected) in [("/whole", "hello ".repeat(100)), ("/stream", "hello world".into())] {
        let message = Message::new(&format!("GET {path}")).field("Accept-Encoding: gzip");
        let response = connect(&server).exchange(&message);
        assert_eq!(response.field("Content-Encoding"), Some("gzip"), "{path}");
        let mut text = String::new();
        GzDecoder::new(&response.body[..]).read_to_string(&mut text).unwrap();
        assert_eq!(text, expected, "{path}");
    }
    assert_eq!(ask(&server, "GET /short", &["Accept-Encoding: gzip"], "").1, "short");
}

#[test]
fn a_time_of_a_layer_drops_the_handler_and_a_begun_response_is_cut() {
    let (sender, dropped) = mpsc::channel();
    let of_writer = sender.clone();
    let short = Duration::from_millis(50);
    let layer = || TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, short);
    let server = start(
        Application::new()
            .route("/one", {
                let never = async move || {
                    let _guard = Dropped(sender.clone());
                    std::future::pending::<()>().await;
                };
                never.layer(layer())
            })
            .route("/begun", {
                let begins = async move |response: Response| {
                    let _guard = Dropped(of_writer.clone());
                    response.write("begun").await?;
                    std::future::pending::<()>().await;
                    Ok::<_, HttpError>(())
                };
                begins.layer(layer())
            })
            .route("/other", async || "other"),
    );
    let mut client = connect(&server);
    assert_eq!(client.ask("/one").status(), 504);
    assert_eq!(client.ask("/other").text(), "other");
    client.get("/begun");
    let bytes = String::from_utf8(client.read_until_cut()).unwrap();
    assert!(bytes.ends_with("5\r\nbegun\r\n"), "{bytes}");
    assert_eq!((dropped.try_recv(), dropped.try_recv()), (Ok("dropped"), Ok("dropped")));
}

#[test]
fn events_and_websockets_work_behind_layers() {
    let server = start(
        Application::new()
            .layer(TraceLayer::new_for_http())
            .layer(CompressionLayer::new())
            .config(tremolo::Config {
                sse_heartbeat: Duration::from_millis(20),
                ..Default::default()
            })
            .route("/events", || {
                stream! {
                    yield Event::new("one").id("1");
                    std::future::pending::<()>().await;
                }
                .events()
            })
            .route("/echo", async |mut socket: WebSocket| {
                while let Some(message) = socket.next().await.transpose()? {
                    socket.send(message).await?;
                }
                Ok::<_, HttpError>(())
            })
            .route("/post", methods::post(async || "posted")),
    );
    let mut client = connect(&server);
    client.send(Message::new("GET /events").field("Accept-Encoding: gzip").bytes());
    // The comment of a heartbeat follows the event.
    let text = read_to(&mut client, b"\r\n:\n\n\r\n").to_ascii_lowercase();
    assert!(text.contains("content-type: text/event-stream\r\n"), "{text}");
    assert!(
        text.contains("id: 1\ndata: one\n\n") || text.contains("data: one\nid: 1\n\n"),
        "{text}"
    );
    let mut socket = Socket::open_with(connect(&server), &handshake("/echo"));
    socket.send_text("hello");
    assert_eq!(socket.read_text(), "hello");
    socket.close(1000);
    assert_eq!(ask(&server, "GET /post", &[], "").0, 405);
}

#[test]
fn a_layer_that_calls_its_handler_twice_gets_an_error_once() {
    let twice = layer_fn(super::layers::Twice);
    let server = start(Application::new().layer(twice).route("/", async || "once"));
    assert_eq!(
        ask(&server, "GET /", &[], ""),
        (200, "200 OK 500 Internal Server Error".to_owned())
    );
}
