//! Forms, read whole: both encodings, limits, refusals.

use std::sync::Arc;

use tremolo::forms::{FormData, FormLimits};
use tremolo::{Application, HttpError, Request, ServerHandle};
use tremolo_tests::{MULTIPART, Message, URLENCODED, multipart};

use crate::{connect, last_answer, post, post_chunked, start};

fn lines(form: &FormData) -> String {
    let mut lines = String::new();
    for (name, value) in form.fields.iter() {
        lines += &format!("{name}={value};");
    }
    for file in &form.files {
        let content_type = file.content_type.as_deref().unwrap_or("-");
        lines += &format!("{}={},{content_type},", file.name, file.filename);
        lines += &format!("{};", file.data.len());
    }
    lines
}

async fn form(request: Request) -> Result<String, HttpError> {
    Ok(lines(&*request.form().await?))
}

async fn small(request: Request) -> Result<String, HttpError> {
    let limits = FormLimits { max_fields: 2, max_size: 200 };
    Ok(lines(&*request.form_with(limits).await?))
}

async fn twice(request: Request) -> Result<String, HttpError> {
    let first = request.form().await?;
    let none = FormLimits { max_fields: 0, max_size: 0 };
    let second = request.form_with(none).await?;
    assert!(Arc::ptr_eq(&first, &second));
    Ok(lines(&second))
}

async fn failed_twice(request: Request) -> Result<String, HttpError> {
    let first = request.form_with(FormLimits { max_fields: 1, ..FormLimits::default() }).await;
    let second = request.form().await;
    assert!(first.is_err() && first == second);
    Ok(format!("{}", first.unwrap_err()))
}

/// The whole body, then its form, then the body again.
async fn after_body(request: Request) -> Result<String, HttpError> {
    let body = request.body().await?;
    let lines = lines(&*request.form().await?);
    assert_eq!(body, request.body().await?);
    Ok(lines)
}

async fn large(request: Request) -> Result<String, HttpError> {
    request.set_body_limit(16 << 20)?;
    form(request).await
}

fn server() -> ServerHandle {
    let application = Application::new()
        .route("/form", form)
        .route("/small", small)
        .route("/twice", twice)
        .route("/failed-twice", failed_twice)
        .route("/after-body", after_body)
        .route("/large", large);
    start(application)
}

#[test]
fn reads_both_encodings_in_the_order_of_the_wire() {
    let server = server();
    let urlencoded = b"b=2&a=1&b=caf%C3%A9+noir&c";
    let parts = multipart(&[
        ("b", None, b"2"),
        ("photo", Some("a.png"), b"12345"),
        ("b", None, "caf\u{e9}".as_bytes()),
        ("empty", Some("nothing.txt"), b""),
        ("not-chosen", Some(""), b""),
        ("a", None, b""),
    ]);
    let expected =
        "b=2;b=caf\u{e9};a=;photo=a.png,text/x-photo,5;empty=nothing.txt,text/x-empty,0;";
    for path in ["/form", "/twice", "/after-body"] {
        let answer = post(&server, path, URLENCODED, urlencoded);
        assert_eq!(answer, (200, "b=2;a=1;b=caf\u{e9} noir;c=;".to_owned()), "{path}");
        assert_eq!(post(&server, path, MULTIPART, &parts), (200, expected.to_owned()), "{path}");
        for size in [1, 2, 7, 64, 1_000] {
            let answer = post_chunked(&server, path, MULTIPART, &parts, size);
            assert_eq!(answer, (200, expected.to_owned()), "{path} in chunks of {size}");
        }
    }
    let shouted =
        post(&server, "/form", "Application/X-WWW-Form-Urlencoded; charset=utf-8", b"a=1");
    assert_eq!(shouted, (200, "a=1;".to_owned()));
    assert_eq!(post(&server, "/form", URLENCODED, b""), (200, String::new()));
    assert_eq!(post(&server, "/form", MULTIPART, b"--b--\r\n"), (200, String::new()));
}

#[test]
fn refuses_malformed_and_too_large_forms() {
    let server = server();
    let other = "expected Content-Type: application/x-www-form-urlencoded or multipart/form-data";
    let many = multipart(&[("a", None, b""), ("b", Some("b"), b""), ("c", None, b"")]);
    let long = multipart(&[("a", None, &[b'x'; 300])]);
    let cut = &many[..many.len() - 9];
    let no_name = b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n";
    let rows: &[(&str, &str, &[u8], u16, &str)] = &[
        ("/form", "application/json", b"{}", 415, other),
        ("/form", "application/x-www-form-urlencodedx", b"a=1", 415, other),
        ("/form", "multipart/mixed; boundary=b", &many, 415, other),
        ("/form", "multipart/form-data", &many, 400, "missing multipart boundary"),
        ("/form", "multipart/form-data; boundary=", &many, 400, "invalid multipart boundary"),
        ("/form", MULTIPART, cut, 400, "multipart body cut short"),
        ("/form", MULTIPART, b"", 400, "multipart body cut short"),
        ("/form", MULTIPART, no_name, 400, "part without a name"),
        ("/small", URLENCODED, b"a&b&c", 413, "too many fields in the form"),
        ("/small", MULTIPART, &many, 413, "too many parts"),
        ("/small", URLENCODED, &[b'x'; 201], 413, "form too large"),
        ("/small", MULTIPART, &long, 413, "form too large"),
        ("/failed-twice", MULTIPART, &many, 200, "too many parts"),
        ("/failed-twice", URLENCODED, b"a&b", 200, "too many fields in the form"),
    ];
    for (path, content_type, body, status, text) in rows {
        let expected = (*status, (*text).to_owned());
        let shown = String::from_utf8_lossy(body);
        assert_eq!(post(&server, path, content_type, body), expected, "{content_type} {shown}");
        if !body.is_empty() {
            let answer = post_chunked(&server, path, content_type, body, 100);
            assert_eq!(answer, expected, "{content_type} {shown}");
        }
    }
    let fits = post(&server, "/small", URLENCODED, format!("{}&b", "x".repeat(198)).as_bytes());
    assert_eq!(fits.0, 200);
}

#[test]
fn the_limit_of_the_server_applies_before_those_of_the_form() {
    let server = server();
    let body = multipart(&[("a", Some("a"), &vec![b'x'; 3 << 20])]);
    let refused = (413, "request body too large".to_owned());
    assert_eq!(post(&server, "/form", MULTIPART, &body), refused);
    let expected = "a=a,text/x-a,3145728;".to_owned();
    assert_eq!(post(&server, "/large", MULTIPART, &body), (200, expected));
    let body = multipart(&[("a", Some("a"), &vec![b'x'; 9 << 20])]);
    assert_eq!(post(&server, "/large", MULTIPART, &body), (413, "form too large".to_owned()));
    assert_eq!(post_chunked(&server, "/large", MULTIPART, &body, 10_000).0, 413);
}

#[test]
fn a_declared_length_over_the_form_limit_gets_no_100_continue() {
    let server = server();
    let mut client = connect(&server);
    let message = Message::post("/small").content_type(URLENCODED).closing();
    let message = message.field("Expect: 100-continue").body([b'x'; 201]);
    client.send(message.head());
    assert_eq!(last_answer(&mut client), (413, "form too large".to_owned()));
}
