//! The heads of replies: repeated fields, addresses, and fields that a coding changes.

use http::HeaderValue;
use tempfile::TempDir;
use tremolo::{
    Answer, Application, Config, HeaderMap, HttpError, Json, Redirect, Reply, Request, Response,
    SendFile, ServerHandle, StaticFiles, StatusCode, stream,
};
use tremolo_tests::{Message, Response as Received};

use crate::{connect, start};

fn ask(server: &ServerHandle, path: &str, fields: &[&str]) -> Received {
    connect(server).exchange(&Message::new(&format!("GET {path}")).fields(fields))
}

/// The values of all fields of a name, in order.
fn all<'a>(response: &'a Received, name: &str) -> Vec<&'a str> {
    let fields = response.head.lines().filter_map(|line| line.split_once(": "));
    fields.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
}

/// RFC 9110 section 5.3; RFC 6265 section 3 for `Set-Cookie`.
#[test]
fn a_field_added_twice_is_sent_twice() {
    let server = start(
        Application::new()
            .route("/cookies", async || {
                Answer::whole("").with_header("Set-Cookie", "a=1").with_header("set-cookie", "b=2")
            })
            .route("/other", async |response: Response| {
                response.set_header("X-A", "0")?;
                response.set_cookie(("c", "3"))?;
                let answer = Answer::whole("").with_header("X-A", "1").with_header("X-B", "2");
                Ok::<_, HttpError>(answer.with_header("x-a", "3").with_header("Set-Cookie", "a=1"))
            })
            .route("/stream", async || {
                let pieces = stream! { yield "a"; yield "b"; };
                let answer = pieces.into_answer();
                answer.with_header("Link", "<a>").with_header("Link", "<b>")
            })
            .route("/type", async || {
                let answer = Answer::whole("").with_header("Content-Type", "a/b");
                answer.with_header("Content-Type", "a/c")
            }),
    );
    assert_eq!(all(&ask(&server, "/cookies", &[]), "Set-Cookie"), ["a=1", "b=2"]);
    let other = ask(&server, "/other", &[]);
    assert_eq!(all(&other, "X-A"), ["1", "3"]);
    assert_eq!(all(&other, "X-B"), ["2"]);
    // Cookies of middleware and of the handler itself are kept.
    let cookies = all(&other, "Set-Cookie");
    assert!(cookies.len() == 2 && cookies[0].starts_with("c=3") && cookies[1] == "a=1");
    assert_eq!(all(&ask(&server, "/stream", &[]), "Link"), ["<a>", "<b>"]);
    // A field with a single value (RFC 9110 section 8.3).
    assert_eq!(all(&ask(&server, "/type", &[]), "Content-Type"), ["a/c"]);
}

#[test]
fn a_reply_may_have_a_status_and_fields() {
    async fn map() -> (StatusCode, HeaderMap, &'static str) {
        let mut fields = HeaderMap::new();
        fields.append("X-A", "1".parse().unwrap());
        fields.append("X-A", HeaderValue::from_bytes(b"\xfc").unwrap());
        fields.insert("Content-Type", "text/plain".parse().unwrap());
        (StatusCode::CREATED, fields, "made")
    }
    let server = start(
        Application::new()
            .route("/map", map)
            .route("/array", async || (202, [("X-A", "1"), ("X-A", "2")], Json([1])))
            .route("/vector", async || (vec![("X-A".to_owned(), 1.to_string())], "text"))
            .route("/error", async || ([("X-A", "1")], Err::<(), _>(HttpError::conflict())))
            .route("/stream", || ([("X-A", "1")], stream! { yield "a"; }))
            .route("/split", async || ([("X-A", "a\r\nX-B: b")], "text")),
    );
    let mut client = connect(&server);
    client.send("GET /map HTTP/1.1\r\nHost: a\r\n\r\n");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.extend(client.read_exactly(1));
    }
    assert!(head.starts_with(b"HTTP/1.1 201 Created\r\nx-a: 1\r\nx-a: \xfc\r\n"), "{head:?}");
    for (path, status, values, content_type) in [
        ("/array", 202, &["1", "2"][..], "application/json"),
        ("/vector", 200, &["1"], "text/html; charset=utf-8"),
        ("/stream", 200, &["1"], "text/html; charset=utf-8"),
        // Fields beside an error are on its page.
        ("/error", 409, &["1"], "text/plain; charset=utf-8"),
        ("/split", 500, &[], "text/plain; charset=utf-8"),
    ] {
        let response = ask(&server, path, &[]);
        assert_eq!((response.status(), all(&response, "X-A")), (status, values.to_vec()), "{path}");
        assert_eq!(response.field("Content-Type"), Some(content_type), "{path}");
    }
}

#[test]
fn an_answer_can_be_read_and_changed() {
    let mut answer = Answer::whole("text").with_header("X-A", "1").with_header("x-a", "2");
    assert_eq!((answer.status(), answer.content_type()), (None, None));
    assert_eq!((answer.header("X-a"), answer.headers().count()), (Some("1"), 2));
    answer.set_header("X-A", "3");
    answer.append_header("X-B", "4");
    answer.set_status(StatusCode::CREATED);
    answer.set_content_type("text/plain");
    assert!(answer.headers().eq([("X-A", &b"3"[..]), ("X-B", b"4")]));
    assert!(answer.remove_header("x-b") && !answer.remove_header("x-b"));
    assert_eq!((answer.status(), answer.content_type()), (Some(201), Some("text/plain")));
    assert_eq!((answer.body(), answer.error().is_none()), (Some(&b"text"[..]), true));
    let refused = Err::<(), _>(HttpError::conflict()).into_answer();
    assert_eq!((refused.status(), refused.body()), (Some(409), None));
    assert_eq!(refused.error().map(HttpError::status), Some(409));
    assert_eq!(Answer::nothing().with_status(204).body(), Some(&b""[..]));
}

#[test]
fn the_fields_of_a_request_are_a_map_and_can_be_iterated() {
    async fn fields(request: Request) -> String {
        let map = HeaderMap::from(request.headers());
        let mut count = 0;
        for (name, _) in request.headers() {
            count += usize::from(name.eq_ignore_ascii_case(b"x-a"));
        }
        let mut names = Vec::new();
        for (name, value) in request.cookies() {
            names.push(format!("{name}={value}"));
        }
        format!("{} {count} {}", map.get_all("x-a").iter().count(), names.join(" "))
    }
    let server = start(Application::new().route("/", fields));
    let response = ask(&server, "/", &["X-A: 1", "x-a: 2", "Cookie: a=1; b=2"]);
    assert_eq!(response.text(), "2 2 a=1 b=2");
}

/// RFC 9110 section 10.2.2, RFC 3986 section 2.
#[test]
fn an_address_is_percent_encoded_where_required() {
    const ROWS: &[(&str, &str)] = &[
        ("/\u{fc}", "/%C3%BC"),
        ("/a b?q=\"x\"#\u{e9}", "/a%20b?q=%22x%22#%C3%A9"),
        ("/%C3%BC/%20?q=50%", "/%C3%BC/%20?q=50%25"),
        ("https://example.org/a;b=c?d=[e]&f='g'", "https://example.org/a;b=c?d=[e]&f='g'"),
        ("/\\evil.example", "/%5Cevil.example"),
    ];
    let mut application = Application::new();
    for (at, (target, _)) in ROWS.iter().enumerate() {
        application = application.route(&format!("/{at}"), async || Redirect::to(*target));
    }
    let server = start(application);
    for (at, (target, expected)) in ROWS.iter().enumerate() {
        let response = ask(&server, &format!("/{at}"), &[]);
        assert_eq!((response.status(), response.field("Location")), (302, Some(*expected)));
        assert!(response.field("Location").is_some_and(str::is_ascii), "{target}");
    }
}

/// RFC 9110 section 14.3.
#[test]
fn a_compressed_reply_has_no_accept_ranges() {
    let server =
        start(Application::new().config(Config { compression: true, ..Config::default() }).route(
            "/",
            async |response: Response| {
                response.set_header("Accept-Ranges", "bytes")?;
                response.set_header("ETag", "\"x\"")?;
                response.end("a".repeat(10_000)).await
            },
        ));
    let coded = ask(&server, "/", &["Accept-Encoding: gzip"]);
    assert_eq!(coded.field("Content-Encoding"), Some("gzip"));
    assert_eq!((coded.field("Accept-Ranges"), coded.field("ETag")), (None, Some("W/\"x\"")));
    let plain = ask(&server, "/", &[]);
    assert_eq!(plain.field("Accept-Ranges"), Some("bytes"));
    assert_eq!(plain.field("ETag"), Some("\"x\""));
}

/// RFC 9110 sections 8.3 and 8.4.
#[test]
fn a_compressed_file_has_its_media_type_and_is_not_compressed_again() {
    let folder = TempDir::new().unwrap();
    let content = "a".repeat(10_000);
    for name in ["logo.svgz", "logo.svgz.br", "data.tar.gz"] {
        std::fs::write(folder.path().join(name), &content).unwrap();
    }
    let (svgz, own) = (folder.path().join("logo.svgz"), folder.path().join("logo.svgz"));
    let server = start(
        Application::new()
            .config(Config { compression: true, ..Config::default() })
            .route("/sent", async move |response: Response| response.sendfile(&svgz).await)
            .route("/own", async move |response: Response| {
                response.sendfile(SendFile::new(&own).content_type("application/gzip")).await
            })
            .mount("/files", StaticFiles::new(folder.path()).precompressed(true)),
    );
    let svg = ("image/svg+xml", Some("gzip"));
    for (path, expected) in [
        ("/files/logo.svgz", svg),
        ("/sent", svg),
        ("/own", ("application/gzip", None)),
        ("/files/data.tar.gz", ("application/gzip", None)),
    ] {
        for accepted in ["Accept-Encoding: br, gzip, zstd", "Accept-Encoding: identity"] {
            let response = ask(&server, path, &[accepted]);
            let kind = response.field("Content-Type").unwrap_or_default();
            assert_eq!((kind, response.field("Content-Encoding")), expected, "{path}");
            assert_eq!(response.text(), content, "{path} {accepted}");
            // The bytes are those of the file, so ranges of them are possible.
            assert_eq!(response.field("Accept-Ranges"), Some("bytes"), "{path}");
        }
    }
}
