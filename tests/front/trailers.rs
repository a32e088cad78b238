//! Trailer fields of responses, as `curl --raw` shows them.

use std::process::Command;

use tremolo::{Application, HttpError, Response, Running, stream};

use crate::start;

fn server() -> Running {
    start(
        Application::new()
            .route("/stream", |response: Response| {
                stream! {
                    yield Ok::<_, HttpError>("hello");
                    response.set_trailer("X-Sum", "0")?;
                    yield Ok(" world");
                    response.set_trailer("X-Sum", "1")?;
                }
            })
            .route("/nothing", |response: Response| {
                stream! {
                    response.set_trailer("X-Sum", "1")?;
                    yield Ok::<_, HttpError>("");
                }
            })
            .route("/whole", async |response: Response| {
                response.set_trailer("X-Sum", "1")?;
                response.append_trailer("X-Sum", "2")?;
                Ok::<_, HttpError>("hello")
            })
            .route("/written", async |response: Response| {
                response.write("hello").await?;
                response.set_trailer("X-Sum", "1")?;
                response.end("").await
            })
            .route("/forbidden", async |response: Response| {
                response.set_trailer("Content-Length", "1")
            }),
    )
}

/// Head and body as received.
fn curl(server: &Running, path: &str, options: &[&str]) -> (String, String) {
    let address = &server.addresses()[0];
    let url = format!("http://{}{path}", address.strip_prefix("http://").unwrap_or(address));
    let mut command = Command::new("curl");
    command.args(["--silent", "--raw", "--include", "--max-time", "10"]).args(options).arg(url);
    let output = command.output().expect("curl is there");
    assert!(output.status.success(), "{path} {options:?}: {output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

/// RFC 9112 section 7.1.2, RFC 9110 section 6.6.2.
#[test]
fn trailers_follow_the_last_chunk() {
    let server = server();
    for (path, is_announced, expected) in [
        ("/stream", false, "5\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 1\r\n\r\n"),
        ("/nothing", true, "0\r\nX-Sum: 1\r\n\r\n"),
        ("/whole", true, "5\r\nhello\r\n0\r\nX-Sum: 1\r\nX-Sum: 2\r\n\r\n"),
        ("/written", false, "5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n"),
    ] {
        let (head, body) = curl(&server, path, &[]);
        assert_eq!(body, expected, "{path}");
        assert_eq!(head.contains("\r\nTrailer: X-Sum\r\n"), is_announced, "{path}: {head}");
    }
}

/// RFC 9110 section 6.5.1.
#[test]
fn trailers_need_chunks_and_forbidden_names_are_refused() {
    let server = server();
    for (path, expected) in [("/stream", "hello world"), ("/whole", "hello")] {
        let (head, body) = curl(&server, path, &["--http1.0"]);
        assert_eq!(body, expected, "{path}");
        assert!(!head.contains("Trailer"), "{path}: {head}");
    }
    assert_eq!(curl(&server, "/whole", &["--head"]).1, "");
    let (head, _) = curl(&server, "/forbidden", &[]);
    assert!(head.starts_with("HTTP/1.1 500 "), "{head}");
}
