//! Multipart bodies in steps and part by part (SPEC section 2).

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use tremolo::{Application, FileLimits, FormError, HttpError, Misuse, Request, Response};

use super::{MULTIPART, Server, multipart, post_head};

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

/// Each call takes a little, in another way, where the last one stopped.
async fn mixed(request: Request) -> Result<String, HttpError> {
    let limits = FileLimits { max_file_size: 4, ..FileLimits::default() };
    let step = request.files_with(limits).next().await.unwrap()?;
    let mut lines = show(step.name(), None, &step.data, "..");
    let (mut rest, mut stream) = (Vec::new(), step.stream());
    while let Some(piece) = stream.next().await {
        rest.extend_from_slice(&piece?);
    }
    lines += &show("rest", None, &rest, "");
    // Of the second part nothing is read: it is skipped.
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

/// A step that is given up in the middle loses nothing.
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

fn server() -> Server {
    let application = Application::new()
        .route("/files", files)
        .route("/parts", parts)
        .route("/mixed", mixed)
        .route("/limited", limited)
        .route("/ignored", ignored)
        .route("/cancelled", cancelled);
    Server::start(application)
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
        assert_eq!(server.post(path, MULTIPART, &body), expected);
        for size in 1..40 {
            let answer = server.post_chunked(path, MULTIPART, &body, size);
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
        let answer = server.post_chunked("/mixed", MULTIPART, &body, size);
        assert_eq!(answer, (200, expected.clone()), "in chunks of {size}");
    }
}

#[test]
fn what_is_malformed_or_too_much_is_refused() {
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
        assert_eq!(server.post(path, content_type, body), expected, "{path} {text}");
    }
}

#[test]
fn what_nobody_reads_does_not_cost_the_connection() {
    let server = server();
    let mut client = server.connect();
    let body = multipart(&[("a", None, &[b'x'; 100_000]), ("b", None, b"y")]);
    for path in ["/ignored", "/parts"] {
        let head = String::from_utf8(post_head(path, MULTIPART, body.len())).unwrap();
        client.send(head.replace("Connection: close\r\n", "").as_bytes());
        client.send(&body);
        let (status, _) = (client.read_until("\r\n"), client.read_until("\r\n\r\n"));
        match path {
            "/ignored" => {
                assert_eq!(status, "HTTP/1.1 200 OK\r\n");
                assert_eq!(client.read_until("a"), "a");
            }
            // More than `bytes(64)` allows.
            _ => assert_eq!(status, "HTTP/1.1 413 Payload Too Large\r\n"),
        }
    }
}

#[test]
fn a_step_that_is_given_up_loses_nothing() {
    let server = server();
    let body = multipart(&[("a", Some("a"), &[b'x'; 10_000])]);
    let mut client = server.connect();
    client.send(&post_head("/cancelled", MULTIPART, body.len()));
    client.send(&body[..5_000]);
    client.read_until("go on");
    client.send(&body[5_000..]);
    client.read_until(&"x".repeat(10_000));
}
