//! Multipart bodies, read in steps and part by part.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use tremolo::errors::Misuse;
use tremolo::forms::{FileLimits, FormError};
use tremolo::{Application, HttpError, Request, Response, ServerHandle};
use tremolo_tests::{MULTIPART, Message, multipart};

use crate::{connect, post, post_chunked, start};

fn show(name: &str, filename: Option<&str>, data: &[u8], end: &str) -> String {
    format!("{name},{},{}{end} ", filename.unwrap_or("-"), String::from_utf8_lossy(data))
}

async fn files(request: Request) -> Result<String, HttpError> {
    let (mut lines, limits) = (String::new(), FileLimits { max_files: 5, max_file_size: 4 });
    let mut files = request.files_with(limits);
    while let Some(step) = files.next().await {
        let step = step?;
        lines += &show(step.name(), step.filename(), &step.data, if step.eof { "." } else { ".." });
    }
    assert!(files.next().await.is_none());
    Ok(lines)
}

async fn parts(request: Request) -> Result<String, HttpError> {
    let (mut lines, mut parts) = (String::new(), request.parts());
    while let Some(part) = parts.next().await {
        let part = part?;
        lines += &show(part.name(), part.filename(), &part.bytes(64).await?, "");
    }
    Ok(lines)
}

/// Each call reads a little, with another method, from where the last one stopped.
async fn mixed(request: Request) -> Result<String, HttpError> {
    let limits = FileLimits { max_file_size: 4, ..FileLimits::default() };
    let step = request.files_with(limits).next().await.unwrap()?;
    let mut lines = show(step.name(), None, &step.data, "..");
    let (mut rest, mut stream) = (Vec::new(), step.stream());
    while let Some(piece) = stream.next().await {
        rest.extend_from_slice(&piece?);
    }
    lines += &show("rest", None, &rest, "");
    // Nothing of the second part is read: it is skipped.
    let skipped = request.parts().next().await.unwrap()?;
    let part = request.parts().next().await.unwrap()?;
    let gone = FormError::Body(Misuse::BodyAlreadyRead.into());
    assert_eq!(skipped.piece().await, Err(gone));
    let first = request.files_with(limits).next().await.unwrap()?;
    lines += &show(first.name(), None, &first.data, "..");
    lines += &show("rest", None, &part.bytes(64).await?, "");
    assert_eq!(part.piece().await, Ok(None));
    lines += &show(&files(request).await?, None, b"", "");
    Ok(lines)
}

async fn limited(request: Request) -> Result<String, HttpError> {
    let mut parts = request.parts();
    let part = parts.next().await.unwrap()?;
    assert_eq!(part.bytes(3).await, Err(FormError::TooLarge));
    Ok(part.name().to_owned())
}

async fn ignored(request: Request) -> Result<String, HttpError> {
    let part = request.parts().next().await.unwrap()?;
    Ok(part.name().to_owned())
}

/// A step whose future is dropped loses no bytes.
async fn cancelled(request: Request, response: Response) -> Result<(), HttpError> {
    response.set_chunked(false)?;
    {
        let mut files = request.files();
        let mut step = pin!(files.next());
        poll_fn(|cx| {
            assert!(step.as_mut().poll(cx).is_pending());
            Poll::Ready(())
        })
        .await;
    }
    response.write("go on").await?;
    let step = request.files().next().await.unwrap()?;
    response.end(step.data).await?;
    Ok(())
}

fn server() -> ServerHandle {
    let application = Application::new()
        .route("/files", files)
        .route("/parts", parts)
        .route("/mixed", mixed)
        .route("/limited", limited)
        .route("/ignored", ignored)
        .route("/cancelled", cancelled);
    start(application)
}

#[test]
fn steps_and_parts_are_the_same_at_every_split() {
    let server = server();
    let body = multipart(&[
        ("a", None, b""),
        ("b", Some("b.txt"), b"1234"),
        ("c", Some(""), b"12345"),
        ("d", None, b"\r\n--\r\n--a\r\n-"),
        ("e", None, b"12345678"),
    ]);
    let steps = "a,-,. b,b.txt,1234. c,,1234.. c,,5. d,-,\r\n--.. d,-,\r\n--.. d,-,a\r\n-. \
                 e,-,1234.. e,-,5678. ";
    let parts = "a,-, b,b.txt,1234 c,,12345 d,-,\r\n--\r\n--a\r\n- e,-,12345678 ";
    for (path, expected) in [("/files", steps), ("/parts", parts)] {
        let expected = (200, expected.to_owned());
        assert_eq!(post(&server, path, MULTIPART, &body), expected);
        for size in 1..40 {
            let answer = post_chunked(&server, path, MULTIPART, &body, size);
            assert_eq!(answer, expected, "{path} in chunks of {size}");
        }
    }
}

#[test]
fn a_second_call_continues_where_the_first_stopped() {
    let body = multipart(&[
        ("a", None, b"123456"),
        ("skipped", None, b"123456"),
        ("b", None, b"abcdef"),
        ("c", None, b"xyz"),
    ]);
    let expected = "a,-,1234.. rest,-,56 b,-,abcd.. rest,-,ef c,-,xyz. ,-, ".to_owned();
    let server = server();
    for size in [1, 10, 1_000] {
        let answer = post_chunked(&server, "/mixed", MULTIPART, &body, size);
        assert_eq!(answer, (200, expected.clone()), "in chunks of {size}");
    }
}

#[test]
fn malformed_and_too_large_forms_are_refused() {
    let server = server();
    let six = multipart(&[("a", None, &b"x"[..]); 6]);
    let cut = multipart(&[("a", None, b"x")]);
    let cut = &cut[..cut.len() - 6];
    let rows: &[(&str, &str, &[u8], u16, &str)] = &[
        ("/files", MULTIPART, &six, 413, "too many parts"),
        ("/parts", MULTIPART, &six, 200, "a,-,x a,-,x a,-,x a,-,x a,-,x a,-,x "),
        ("/files", MULTIPART, cut, 400, "multipart body cut short"),
        ("/parts", MULTIPART, b"--b\r\nX\r\n\r\n\r\n--b--", 400, "invalid field line in a part"),
        ("/parts", "text/plain", b"x", 415, "expected Content-Type: multipart/form-data"),
        ("/files", "multipart/form-data", b"x", 400, "missing multipart boundary"),
        ("/limited", MULTIPART, &multipart(&[("a", None, b"1234")]), 200, "a"),
    ];
    for (path, content_type, body, status, text) in rows {
        let expected = (*status, (*text).to_owned());
        assert_eq!(post(&server, path, content_type, body), expected, "{path} {text}");
    }
}

#[test]
fn unread_parts_keep_the_connection() {
    let server = server();
    let mut client = connect(&server);
    let body = multipart(&[("a", None, &[b'x'; 100_000]), ("b", None, b"y")]);
    let post = |path| Message::post(path).content_type(MULTIPART).body(&body);
    assert_eq!(client.exchange(&post("/ignored")).status_and_text(), (200, "a".to_owned()));
    // More than `bytes(64)` allows.
    assert_eq!(client.exchange(&post("/parts")).status(), 413);
}

#[test]
fn a_cancelled_step_loses_no_bytes() {
    let server = server();
    let body = multipart(&[("a", Some("a"), &[b'x'; 10_000])]);
    let message = Message::post("/cancelled").content_type(MULTIPART).closing().body(&body);
    let (bytes, mut client) = (message.bytes(), connect(&server));
    let (first, second) = bytes.split_at(bytes.len() - 5_000);
    client.send(first);
    let mut came = Vec::new();
    while !came.ends_with(b"\r\n\r\ngo on") {
        let byte = client.read_exactly(1);
        assert!(!byte.is_empty(), "{came:?}");
        came.extend(byte);
    }
    client.send(second);
    assert_eq!(client.read_to_end(), [b'x'; 10_000]);
}
