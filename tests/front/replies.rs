//! The heads of replies: repeated fields, addresses, and fields that a coding changes.

use tempfile::TempDir;
use tremolo::{
    Answer, Application, Config, HttpError, Redirect, Response, Running, SendFile, StaticFiles,
    stream,
};
use tremolo_tests::{Message, Response as Received};

use crate::{connect, start};

fn ask(server: &Running, path: &str, fields: &[&str]) -> Received {
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
                let answer = tremolo::Reply::into_answer(pieces);
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
