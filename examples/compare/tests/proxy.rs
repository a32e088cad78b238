//! The proxy, in front of a server in this process.

use std::ffi::OsStr;
use std::net::SocketAddr;

use socket2::{Domain, SockAddr, Socket, Type};
use tremolo::{Application, Handler, HandlerResult, Request, Response, ServerHandle};
use tremolo_tests::{Message, Program, start};

use crate::{ask, head, launch, same};

/// What the proxy leads to: it echoes each piece as it comes, and the fields of requests.
fn upstream() -> ServerHandle {
    let echo = async |request: Request, response: Response| {
        response.set_content_type("application/x-pieces")?;
        let mut pieces = request.stream();
        while let Some(piece) = pieces.next().await {
            response.write(piece?).await?;
        }
        response.write("").await
    };
    let fields = async |request: Request, response: Response| {
        response.set_header("X-Own", "kept")?;
        let names: Vec<_> = request.headers().iter().map(|(name, _)| name.to_vec()).collect();
        response
            .end(format!("{} {}", request.url(), String::from_utf8_lossy(&names.join(&b' '))))
            .await
    };
    let count = async |request: Request| -> HandlerResult<String> {
        let (mut pieces, mut size) = (request.stream(), 0);
        while let Some(piece) = pieces.next().await {
            size += piece?.len();
        }
        Ok(size.to_string())
    };
    let refused = async || (418, "short and stout");
    start(
        Application::new()
            .route("/echo", echo.with_body_limit(u64::MAX))
            .route("/count", count.with_body_limit(u64::MAX))
            .route("/fields", fields)
            .route("/teapot", refused)
            .route("/large", async || vec![b'x'; 5_000_000]),
    )
}

fn address(upstream: &ServerHandle) -> String {
    upstream.addresses().pop().unwrap()
}

fn pair(upstream: &str) -> [Program; 2] {
    let address = upstream.strip_prefix("http://").unwrap_or(upstream);
    launch(
        [env!("CARGO_BIN_EXE_proxy_tremolo"), env!("CARGO_BIN_EXE_proxy_axum")],
        &[OsStr::new(address)],
    )
}

#[test]
fn statuses_fields_and_bodies_pass() {
    let upstream = upstream();
    let seen = same(pair(&address(&upstream)).map(|program| {
        ["/teapot", "/none", "/large"].map(|path| {
            let answer = ask(&program, &Message::new(&format!("GET {path}")));
            let length = answer.field("Content-Length").map(str::to_owned);
            (answer.status(), length, answer.body.len())
        })
    }));
    assert_eq!(seen.clone().map(|(status, ..)| status), [418, 404, 200]);
    assert_eq!(seen[2].2, 5_000_000);
}

#[test]
fn each_piece_passes_at_once_in_both_directions() {
    let upstream = upstream();
    for program in pair(&address(&upstream)) {
        let mut client = program.connect();
        client.send("POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n");
        client.send("5\r\nfirst\r\n");
        let mut received = String::new();
        while !received.ends_with("\r\n5\r\nfirst\r\n") {
            received += std::str::from_utf8(&client.read_exactly(1)).unwrap();
        }
        let received = received.to_ascii_lowercase();
        assert!(received.contains("\r\ncontent-type: application/x-pieces\r\n"), "{received}");
        client.send("6\r\nsecond\r\n");
        assert_eq!(client.read_exactly(11), b"6\r\nsecond\r\n");
        client.send("0\r\n\r\n");
        assert_eq!(client.read_exactly(5), b"0\r\n\r\n");
    }
}

#[test]
fn a_large_body_passes() {
    let upstream = upstream();
    let message = Message::post("/count").body(vec![b'x'; 5_000_000]);
    let answers =
        same(pair(&address(&upstream)).map(|program| ask(&program, &message).text().to_owned()));
    assert_eq!(answers, "5000000");
}

#[test]
fn fields_for_one_connection_do_not_pass() {
    let upstream = upstream();
    let request = Message::new("GET /fields?a=b").fields(&[
        "Connection: X-Once",
        "X-Once: 1",
        "Keep-Alive: 5",
        "X-Kept: 2",
        "TE: trailers",
    ]);
    let seen = same(pair(&address(&upstream)).map(|program| {
        let answer = ask(&program, &request);
        let fields = head(&answer, &["X-Own", "Keep-Alive"]);
        assert_eq!(fields, (200, vec![Some("kept"), None]));
        answer.text().to_ascii_lowercase()
    }));
    assert_eq!(seen, "/fields?a=b host x-kept");
}

#[test]
fn an_upstream_that_is_gone_is_502() {
    // Bound, so that the port is not given to others, but not listening.
    let unused = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    unused.bind(&SockAddr::from(SocketAddr::from(([127, 0, 0, 1], 0)))).unwrap();
    let address = unused.local_addr().unwrap().as_socket().unwrap().to_string();
    let statuses =
        same(pair(&address).map(|program| ask(&program, &Message::new("GET /teapot")).status()));
    assert_eq!(statuses, 502);
}
