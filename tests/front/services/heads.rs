//! Heads through a service: the request as the service receives it, and the response as the client
//! receives it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use http::StatusCode;
use tower_service::Service;
use tremolo::tower::{ClientAddress, OriginalUri};
use tremolo::{Answer, Application, Call, Handler, ServerHandle, TowerService};
use tremolo_tests::{Message, escape, mask_dates};

use super::{Asked, BoxError, Frames, Request, Response, failed, service, teapot};
use crate::{ask, connect, start};

/// Responds with the request that it received.
async fn seen(request: Request) -> Result<Response<String>, BoxError> {
    let OriginalUri(original) = request.extensions().get().unwrap();
    let ours: &tremolo::Request = request.extensions().get().unwrap();
    assert!(request.extensions().get::<ClientAddress>().unwrap().0.ip().is_loopback());
    assert_eq!(ours.method(), request.method());
    let mut text = format!("{} {} {original}", request.method(), request.uri());
    for (name, value) in request.headers() {
        text += &format!("|{name}={}", value.to_str().unwrap_or("?"));
    }
    Ok(Response::new(format!("{text}|{:?}", request.version())))
}

fn mounted(prefix: &str) -> ServerHandle {
    start(
        Application::new()
            .route("/api/native", async || "native")
            .mount(prefix, service(seen))
            .route("/teapot", teapot),
    )
}

#[test]
fn a_mounted_service_sees_the_path_behind_its_prefix() {
    for (prefix, target, expected) in [
        ("/api", "/api", "/ /api"),
        ("/api", "/api/", "/ /api/"),
        ("/api", "/api?q=1", "/?q=1 /api?q=1"),
        ("/api/", "/api/a/b?q=/c", "/a/b?q=/c /api/a/b?q=/c"),
        ("/api", "/api//a", "//a /api//a"),
        ("/api", "/%61pi/%7e", "/%7e /%61pi/%7e"),
        ("/api", "/api/%C3%BC%2F", "/%C3%BC%2F /api/%C3%BC%2F"),
        ("/api", "http://other/api/a", "/a /api/a"),
        ("/a/b", "/a/b/c", "/c /a/b/c"),
        ("/", "/", "/ /"),
        ("/", "/a?b", "/a?b /a?b"),
        ("/", "//a", "//a //a"),
        ("/", "/?b", "/?b /?b"),
    ] {
        let (status, text) = ask(&mounted(prefix), &format!("GET {target}"), &[], "");
        let seen = text.split('|').next().unwrap();
        assert_eq!((status, seen), (200, format!("GET {expected}").as_str()), "{prefix} {target}");
    }
}

#[test]
fn a_service_does_not_get_paths_outside_of_its_prefix_or_with_a_route() {
    let server = mounted("/api");
    for (path, status, expected) in [
        ("/api/native", 200, "native"),
        ("/apis", 404, "There is nothing at /apis"),
        ("//api/a", 404, "There is nothing at //api/a"),
        ("/", 404, "There is nothing at /"),
    ] {
        assert_eq!(ask(&server, &format!("GET {path}"), &[], ""), (status, expected.to_owned()));
    }
    assert_eq!(ask(&server, "GET /teapot", &[], "").0, 418);
}

#[test]
fn a_service_can_be_the_handler_of_a_route() {
    let server = start(Application::new().route("/one", service(seen)));
    let (status, text) = ask(&server, "GET /one?a", &[], "");
    assert!(status == 200 && text.starts_with("GET /one?a /one?a|"), "{text}");
}

#[test]
fn all_fields_arrive_in_order_and_the_target_names_the_host() {
    let server = mounted("/api");
    let fields = ["X-B: 1", "x-a: 2", "X-b: \u{fc}", "Empty:"];
    let message = Message::new("PURGE http://real/api HTTP/1.0").field("Host: fake");
    let mut client = connect(&server);
    client.send(message.fields(&fields).bytes());
    let text = client.read_response().text().to_owned();
    let expected = "PURGE / /api|host=real|x-b=1|x-b=?|x-a=2|empty=|HTTP/1.0";
    assert_eq!(text, expected);
}

#[test]
fn a_target_that_is_not_a_uri_is_refused() {
    let server = mounted("/api");
    let long = format!("GET /api/{}", "x".repeat(70_000));
    for (line, status) in [(&*long, 414), ("GET /api/<>", 400)] {
        let big = tremolo::Config { client_max_header_size: 1 << 20, ..Default::default() };
        let server = start(Application::new().config(big).mount("/api", service(seen)));
        assert_eq!(ask(&server, line, &[], "").0, status);
    }
    assert_eq!(ask(&server, "GET /api", &[], "").0, 200);
}

async fn answered(request: Request) -> Result<Response, BoxError> {
    let response = http::Response::builder();
    Ok(match request.uri().path() {
        "/fields" => response
            .status(201)
            .header("X-B", "1")
            .header("x-a", "2")
            .header("Set-Cookie", "a=1")
            .header("Set-Cookie", "b=2")
            .body(Frames::of(&["hello"]))?,
        "/typed" => response.header("Content-Type", "text/css").body(Frames::of(&["a", "b"]))?,
        "/length" => response.body(Frames::of(&["hel", "lo"]).with_exact(5))?,
        "/declared" => response.header("Content-Length", "5").body(Frames::of(&["hel", "lo"]))?,
        "/empty" => response.body(Frames::default())?,
        "/close" => response.header("Connection", "close").body(Frames::default())?,
        "/204" => response.status(204).body(Frames::of(&["x"]))?,
        "/304" => response.status(304).header("Content-Length", "9").body(Frames::default())?,
        "/101" => response.status(101).body(Frames::default())?,
        "/103" => response.status(103).body(Frames::default())?,
        "/999" => response.status(999).body(Frames::default())?,
        "/coding" => response.header("Transfer-Encoding", "gzip").body(Frames::default())?,
        "/panic" => panic!("on purpose"),
        _ => return Err(failed()),
    })
}

fn wire(server: &ServerHandle, line: &str) -> String {
    let mut client = connect(server);
    client.send(Message::new(line).closing().bytes());
    let bytes = mask_dates(&client.read_to_end());
    let common = "Connection: close\\r\\n\nDate: {date}\\r\\n\nServer: Tremolo\\r\\n\n";
    escape(&bytes).replace(common, "").replace("\\r\\n\n", ";")
}

/// RFC 9110 sections 6.4.1, 8.6, 9.3.2, 15.3.5, 15.4.5; RFC 9112 section 6.
#[test]
fn the_response_is_sent_as_the_service_built_it() {
    let server = start(Application::new().mount("/", service(answered)));
    for (line, expected) in [
        (
            "GET /fields",
            "201 Created;x-b: 1;x-a: 2;set-cookie: a=1;set-cookie: b=2;\
             Transfer-Encoding: chunked;;5;hello;0;;",
        ),
        ("GET /typed", "200 OK;Content-Type: text/css;Transfer-Encoding: chunked;;1;a;1;b;0;;"),
        ("GET /length", "200 OK;Content-Length: 5;;hello"),
        ("GET /declared", "200 OK;Content-Length: 5;;hello"),
        ("GET /empty", "200 OK;Content-Length: 0;;"),
        ("GET /close", "200 OK;Content-Length: 0;;"),
        ("GET /204", "204 No Content;;"),
        ("GET /304", "304 Not Modified;Content-Length: 9;;"),
        (
            "HEAD /fields",
            "201 Created;x-b: 1;x-a: 2;set-cookie: a=1;set-cookie: b=2;\
             Transfer-Encoding: chunked;;",
        ),
        ("HEAD /length", "200 OK;Content-Length: 5;;"),
        ("HEAD /declared", "200 OK;Content-Length: 5;;"),
        // A length of 0 would describe the response to GET.
        ("HEAD /empty", "200 OK;Transfer-Encoding: chunked;;"),
    ] {
        assert_eq!(wire(&server, line), format!("HTTP/1.1 {expected}"), "{line}");
    }
}

#[test]
fn an_invalid_response_is_an_error_and_keeps_the_connection() {
    let server = start(Application::new().mount("/", service(answered)));
    let mut client = connect(&server);
    for (path, status) in [
        ("/101", 501),
        ("/103", 500),
        ("/999", 500),
        ("/coding", 500),
        ("/panic", 500),
        ("/error", 500),
        ("/empty", 200),
    ] {
        let response = client.ask(path);
        assert_eq!(response.status(), status, "{path}");
        assert!(!response.text().contains("out of order"), "{path}");
    }
    assert_eq!(client.ask("/close").field("Connection"), Some("close"));
    assert_eq!(client.read_to_end(), b"");
}

/// Sets fields before the handler runs.
struct Stamped<H>(H);

#[derive(Debug)]
struct Stamp;

impl<M, H: Handler<M>> Handler<(Stamp, M)> for Stamped<H> {
    async fn call(&self, mut call: Call) -> Answer {
        let response = call.response();
        for (name, value) in [("X-B", "old"), ("X-Kept", "1"), ("Set-Cookie", "s=1")] {
            response.set_header(name, value).unwrap();
        }
        self.0.call(call).await
    }
}

#[test]
fn the_fields_of_a_service_replace_earlier_ones_except_cookies() {
    let server = start(Application::new().route("/fields", Stamped(service(answered))));
    let head = connect(&server).ask("/fields").head;
    let expected = "x-b: 1;X-Kept: 1;Set-Cookie: s=1;x-a: 2;set-cookie: a=1;set-cookie: b=2;";
    assert!(head.replace("\r\n", ";").contains(expected), "{head}");
}

/// Ready at the second poll.
#[derive(Clone)]
struct Shy<S> {
    service: S,
    asked: usize,
    refusals: Arc<AtomicUsize>,
}

impl<S: Service<Request, Error = BoxError>> Service<Request> for Shy<S> {
    type Response = S::Response;
    type Error = BoxError;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.asked += 1;
        if self.asked == 1 {
            self.refusals.fetch_add(1, Ordering::SeqCst);
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> S::Future {
        assert_eq!(self.asked, 2, "called before it was ready");
        self.asked = 0;
        self.service.call(request)
    }
}

#[test]
fn each_request_gets_a_ready_clone() {
    let refusals = Arc::new(AtomicUsize::new(0));
    let shy = Shy { service: Asked(seen), asked: 0, refusals: Arc::clone(&refusals) };
    let server = start(Application::new().mount("/", TowerService::new(shy)));
    let mut client = connect(&server);
    for _ in 0..3 {
        assert_eq!(client.ask("/a").status(), StatusCode::OK);
    }
    assert_eq!(refusals.load(Ordering::SeqCst), 3);
}
