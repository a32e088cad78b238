//! Every sample of the guide, in both languages: `TEST_PYTHON` chooses the Python front.

mod samples;

use samples::{Served, start};
use tremolo_tests::frames::{Socket, handshake};
use tremolo_tests::{Client, Message, python};

/// The status and the text that a path has.
fn ask(client: &mut Client, path: &str) -> (u16, String) {
    let response = client.ask(path);
    (response.status(), response.text().to_owned())
}

#[test]
fn hello() {
    let served = start("hello");
    assert_eq!(ask(&mut served.connect(), "/hello"), (200, "Hello World!".to_owned()));
}

#[test]
fn text_of_clients_is_plain_or_escaped() {
    let served = start("greeting");
    let mut client = served.connect();
    let plain = client.ask("/plain?name=%3Cb%3E");
    assert_eq!(
        (plain.text(), plain.field("Content-Type")),
        ("Hello <b>!", Some("text/plain; charset=utf-8"))
    );
    let html = client.ask("/html?name=%3Cb%3E");
    assert_eq!(html.text(), "<h1>Hello &lt;b&gt;!</h1>");
    assert!(html.field("Content-Type").is_some_and(|kind| kind.starts_with("text/html")));
}

#[test]
fn routes() {
    let served = start("routing");
    let mut client = served.connect();
    for (path, expected) in [
        ("/users/7", (200, "user 7")),
        ("/posts/2026/rain", (200, "rain of 2026")),
        ("/files/a/b", (200, "the file a/b")),
        ("/notes", (200, "all notes")),
        ("/v2/status", (200, "version 2")),
        ("/admin/", (200, "the administration")),
    ] {
        assert_eq!(ask(&mut client, path), (expected.0, expected.1.to_owned()), "{path}");
    }
    for path in ["/users/", "/posts/26/rain", "/users/7/8", "/vx/status"] {
        assert_eq!(client.ask(path).status(), 404, "{path}");
    }
    assert_ne!(client.ask("/users/seven").status(), 200);
    let created = client.exchange(&Message::post("/notes").body("milk"));
    assert_eq!((created.status(), created.text()), (201, "created: milk"));
}

#[test]
fn replies() {
    let served = start("replies");
    let mut client = served.connect();
    let note = client.ask("/note");
    let value: serde_json::Value = serde_json::from_slice(&note.body).unwrap();
    assert_eq!(value, serde_json::json!({ "id": 1, "text": "milk" }));
    assert_eq!(note.field("Content-Type"), Some("application/json"));
    let created = client.ask("/created");
    assert_eq!((created.status(), created.field("Location")), (201, Some("/notes/2")));
    let moved = client.ask("/moved");
    assert_eq!((moved.status(), moved.field("Location")), (301, Some("/note")));
    assert_eq!(client.ask("/count").text(), "1\n2\n3\n");
    assert_eq!(client.ask("/rows").text(), "1 makes 1\n2 makes 3\n3 makes 6\n");
    let driven = client.ask("/driven");
    assert_eq!((driven.status(), driven.text()), (201, "Hello World!"));
    assert!(driven.field("Set-Cookie").is_some_and(|cookie| cookie.starts_with("session=abc")));
    assert_eq!(client.ask("/raw").text(), "raw");
    let report = client.ask("/report");
    assert_eq!(report.field("Content-Type"), Some("text/csv; charset=utf-8"));
    let name =
        "attachment; filename=\"na_ve report.csv\"; filename*=UTF-8''na%C3%AFve%20report.csv";
    assert_eq!(report.field("Content-Disposition"), Some(name));
    let tag = "\"version%207\"";
    let versioned = client.ask("/versioned");
    assert_eq!((versioned.text(), versioned.field("ETag")), ("a page", Some(tag)));
    let known = Message::new("GET /versioned").field(&format!("If-None-Match: {tag}"));
    let known = client.exchange(&known);
    assert_eq!((known.status(), known.text()), (304, ""));
    assert_eq!(client.ask("/count").status(), 200);
}

#[test]
fn requests() {
    let served = start("requests");
    let mut client = served.connect();
    assert_eq!(ask(&mut client, "/search?q=tea&page=2"), (200, "page 2 of tea".to_owned()));
    assert!((400..500).contains(&client.ask("/search").status()));
    let json = Message::post("/echo").field("Content-Type: application/json");
    let echo = client.exchange(&json.clone().body(r#"{"text": "milk"}"#));
    let value: serde_json::Value = serde_json::from_slice(&echo.body).unwrap();
    assert_eq!(value, serde_json::json!({ "text": "milk" }));
    assert!((400..500).contains(&client.exchange(&json.body("{}")).status()));
    let form = Message::post("/login")
        .field("Content-Type: application/x-www-form-urlencoded")
        .body("user=Ada+L");
    assert_eq!(client.exchange(&form).text(), "hello Ada L");
    let fields =
        Message::new("GET /fields").field("Accept-Language: de").field("Cookie: theme=dark");
    assert_eq!(client.exchange(&fields).text(), "GET de dark");
    let large = Message::post("/count").body(vec![b'x'; 3 << 20]);
    assert_eq!(client.exchange(&large).text(), "3145728 bytes");
}

#[test]
fn uploads() {
    let served = start("uploads");
    let body = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nno file\r\n--b\r\n\
                Content-Disposition: form-data; name=\"f\"; filename=\"../x\"\r\n\r\nhello\r\n--b--\r\n";
    let message =
        Message::post("/upload").field("Content-Type: multipart/form-data; boundary=b").body(body);
    assert_eq!(served.connect().exchange(&message).text(), "f: 5 bytes\n");
}

#[test]
fn files() {
    let served = start("files");
    let mut client = served.connect();
    let whole = client.ask("/notes");
    assert_eq!(whole.text(), "line 1\nline 2\nline 3\n");
    assert!(whole.field("ETag").is_some());
    let range = Message::new("GET /static/notes.txt").field("Range: bytes=7-12");
    let part = client.exchange(&range);
    assert_eq!((part.status(), part.text()), (206, "line 2"));
    assert_eq!(client.ask("/static/../files.rs").status(), 404);
}

#[test]
fn websockets() {
    let served = start("websocket");
    let mut socket = Socket::open_with(served.connect(), &handshake("/shout"));
    socket.send_text("hello");
    assert_eq!(socket.read_text(), "HELLO");
}

#[test]
fn events() {
    let served = start("events");
    let request = Message::new("GET /ticks").field("Last-Event-ID: 3");
    let stream = served.connect().exchange(&request);
    assert_eq!(stream.field("Content-Type"), Some("text/event-stream"));
    let text = stream.text();
    assert!(text.contains("id: 4\n") && text.contains("data: tick 5\n"), "{text}");
    assert!(!text.contains("tick 3"), "{text}");
}

/// In Rust it is a program of `examples/compare`, with tests of its own.
#[test]
fn a_feed_for_many_clients() {
    if python().is_none() {
        return;
    }
    let Served::Python(program) = start("feed") else { panic!("it is in Python") };
    let mut client = program.connect();
    for text in ["first", "second"] {
        assert_eq!(client.exchange(&Message::post("/messages").body(text)).text(), "published");
    }
    assert_eq!(client.ask("/after/1").text(), r#"[{"id": 2, "text": "second"}]"#);
    let mut stream = program.connect();
    stream.send(Message::new("GET /events").field("Last-Event-ID: 1").bytes());
    let mut received = String::new();
    while !received.contains("id: 2") {
        received += std::str::from_utf8(&stream.read_exactly(1)).unwrap();
    }
    assert!(received.contains("data: second") && !received.contains("first"), "{received}");
    client.get("/after/2");
    program.stop();
    assert_eq!(client.read_response().text(), "[]");
    assert!(stream.read_to_end().ends_with(b"0\r\n\r\n"));
    let (status, log) = program.wait();
    assert!(status.success(), "{log}");
}

#[test]
fn state() {
    let served = start("state");
    let mut client = served.connect();
    assert_eq!(client.ask("/").text(), "visit 1");
    assert_eq!(client.ask("/").text(), "visit 2");
}

#[test]
fn middleware() {
    let served = start("middleware");
    let mut client = served.connect();
    let hello = client.ask("/");
    assert_eq!(hello.text(), "hello");
    assert!(hello.field("Server-Timing").is_some_and(|value| value.starts_with("app;dur=")));
    assert_eq!(client.ask("/admin/").status(), 401);
    if python().is_none() {
        assert_eq!(client.ask("/report").field("Cache-Control"), Some("max-age=60"));
    }
    let allowed = Message::new("GET /admin/").field("Authorization: Bearer secret");
    assert_eq!(client.exchange(&allowed).text(), "welcome");
}

#[test]
fn errors() {
    let served = start("errors");
    let mut client = served.connect();
    assert_eq!(client.ask("/teapot").status(), 418);
    assert_eq!(client.ask("/share/4").text(), "25 cakes");
    assert_eq!(client.ask("/share/0").status(), 400);
    let file = client.ask("/file");
    assert_eq!(file.status(), 500);
    assert!(!file.text().contains("nonexistent"));
    let missing = client.ask("/nowhere");
    let (status, _): (u16, String) = serde_json::from_slice(&missing.body).unwrap();
    assert_eq!((missing.status(), status), (404, 404));
}
