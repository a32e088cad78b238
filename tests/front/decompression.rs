//! Request bodies in a content coding: decoded where the handler asks for it, within its limit
//! (RFC 9110 sections 8.4, 12.5.3 and 15.5.16; CWE-409).

use std::io::Write;

use serde_json::Value;
use tremolo::{
    Application, Config, Form, Handler, HandlerResult, HttpError, Json, Request, ServerHandle,
};
use tremolo_tests::{Message, Response};

use crate::{connect, start};

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

fn deflate(plain: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

/// `a=1&a=2` in Brotli: one metablock that is not compressed, and an empty last one.
const BROTLI: &[u8] = b"\x0b\x03\x80a=1&a=2\x03";

async fn form(Form(form): Form<Vec<(String, String)>>) -> String {
    format!("{form:?}")
}

async fn text(text: String) -> String {
    text
}

async fn count(request: Request) -> HandlerResult<String> {
    let (mut body, mut count) = (request.stream(), 0);
    while let Some(piece) = body.next().await {
        count += piece?.len();
    }
    Ok(count.to_string())
}

async fn whole(request: Request) -> HandlerResult<String> {
    Ok(request.body().await?.len().to_string())
}

async fn parts(request: Request) -> HandlerResult<String> {
    let form = request.form().await?;
    Ok(form.get("a").unwrap_or_default().to_owned())
}

fn application() -> Application {
    let json = async |Json(value): Json<Value>| value.to_string();
    Application::new()
        .route("/text", text.with_decompression(1000))
        .route("/json", json.with_decompression(1000))
        .route("/form", form.with_decompression(1000))
        .route("/parts", parts.with_decompression(1000))
        .route("/whole", whole.with_decompression(1000))
        .route("/count", count.with_decompression(10 << 20))
        .route("/plain-text", text)
        .route("/plain-count", count)
}

fn coded(path: &str, content_type: &str, coding: &str) -> Message {
    Message::post(path).content_type(content_type).field(&format!("Content-Encoding: {coding}"))
}

fn send(server: &ServerHandle, path: &str, coding: &str, body: &[u8]) -> Response {
    connect(server).exchange(&coded(path, "text/plain", coding).body(body))
}

#[test]
fn every_reader_of_a_body_gets_it_decoded() {
    const FORM: &str = "application/x-www-form-urlencoded";
    let server = start(application());
    let multipart = b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b--\r\n";
    for (path, content_type, plain, expected) in [
        ("/text", "text/plain", &b"plain"[..], "plain"),
        ("/json", "application/json", b"[1, 2]", "[1,2]"),
        ("/form", FORM, b"a=1&a=2", r#"[("a", "1"), ("a", "2")]"#),
        ("/parts", FORM, b"a=1", "1"),
        ("/parts", "multipart/form-data; boundary=b", multipart, "1"),
        ("/count", "a/b", b"twelve bytes", "12"),
    ] {
        for (coding, body) in [
            ("gzip", gzip(plain)),
            ("x-gzip", gzip(plain)),
            ("GZip, identity", gzip(plain)),
            ("deflate", deflate(plain)),
            ("identity", plain.to_vec()),
        ] {
            let mut client = connect(&server);
            let message = || coded(path, content_type, coding);
            for message in [message().body(&body), message().chunked(&body, 3, &[])] {
                let response = client.exchange(&message);
                assert_eq!(
                    (response.status(), response.text()),
                    (200, expected),
                    "{path} {coding}"
                );
            }
        }
    }
    let response = connect(&server).exchange(&coded("/form", FORM, "br").body(BROTLI));
    assert_eq!((response.status(), response.text()), (200, r#"[("a", "1"), ("a", "2")]"#));
}

#[test]
fn a_body_is_refused_when_it_has_become_longer_than_the_limit() {
    let server = start(application());
    for (length, status) in [(0, 200), (999, 200), (1000, 200), (1001, 413), (4 << 20, 413)] {
        for path in ["/text", "/whole"] {
            let response = send(&server, path, "gzip", &gzip(&vec![b'a'; length]));
            assert_eq!(response.status(), status, "{path} {length}");
            if status == 413 {
                assert_eq!(
                    response.text(),
                    "413 Content Too Large\ndecoded request body too large\nlimit: decompression\n"
                );
            }
        }
    }
    // What is sent has its own limit.
    let config = Config { client_max_body_size: 10, ..Config::default() };
    let server = start(application().config(config));
    let response = send(&server, "/text", "gzip", &gzip(b"a text"));
    assert_eq!(response.status_and_text(), (413, "request body too large".to_owned()));
}

#[test]
fn a_long_body_is_decoded_piece_by_piece() {
    let server = start(application());
    let response = send(&server, "/count", "gzip", &gzip(&vec![0; 10 << 20]));
    assert_eq!((response.status(), response.text()), (200, "10485760"));
}

#[test]
fn what_is_not_in_its_coding_is_a_400() {
    let server = start(application());
    let good = gzip(b"a text of some length");
    let mut wrong_sum = good.clone();
    let at = wrong_sum.len() - 5;
    wrong_sum[at] ^= 1;
    let behind = [&good[..], b"and more"].concat();
    for body in [b"no gzip".to_vec(), good[..good.len() - 1].to_vec(), wrong_sum, behind] {
        for path in ["/text", "/count"] {
            let response = send(&server, path, "gzip", &body);
            assert_eq!(
                response.status_and_text(),
                (400, "the body is not in its Content-Encoding".to_owned()),
                "{path} {response:?}"
            );
        }
    }
    // A body that is empty has no coding.
    assert_eq!(send(&server, "/text", "gzip", b"").status(), 200);
}

#[test]
fn another_coding_is_refused_with_those_that_are_accepted() {
    let server = start(application());
    for (path, coding, accepted) in [
        ("/text", "compress", Some("br, deflate, gzip, zstd")),
        ("/text", "gzip, gzip", Some("br, deflate, gzip, zstd")),
        ("/plain-text", "gzip", Some("identity")),
        ("/plain-text", "compress", Some("identity")),
    ] {
        let response = send(&server, path, coding, b"abc");
        assert_eq!(
            (response.status(), response.field("Accept-Encoding")),
            (415, accepted),
            "{path}"
        );
    }
    // Its bytes can be read.
    for path in ["/count", "/plain-count"] {
        let response = send(&server, path, "compress", b"abc");
        assert_eq!((response.status(), response.text()), (200, "3"), "{path}");
    }
    let body = gzip(b"a text");
    let response = send(&server, "/plain-count", "gzip", &body);
    assert_eq!(response.text(), body.len().to_string());
}

#[test]
fn middleware_reads_the_decoded_body_too() {
    let server = start(application().on_request(async |request: Request| -> HandlerResult<()> {
        let body = request.body().await?;
        if body == b"refused"[..] { Err(HttpError::forbidden()) } else { Ok(()) }
    }));
    assert_eq!(send(&server, "/text", "gzip", &gzip(b"refused")).status(), 403);
    assert_eq!(send(&server, "/text", "gzip", &gzip(b"fine")).text(), "fine");
}
