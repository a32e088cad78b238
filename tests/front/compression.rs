//! Compressed responses, decoded by an independent implementation: that of `curl`.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;

use tokio::sync::{Mutex, mpsc};
use tremolo::{
    Application, Config, Handler, Html, HttpError, Response, Running, StaticFiles, stream,
};
use tremolo_tests::{Client, Message, Response as Received};

use crate::{connect, start};

const CODINGS: [&str; 3] = ["br", "zstd", "gzip"];

fn page() -> String {
    (0..4_000).map(|number| format!("line {number}\n")).collect()
}

fn server() -> Running {
    let pieces = || {
        stream! {
            for piece in page().as_bytes().chunks(777) {
                yield piece.to_vec();
            }
        }
    };
    start(
        Application::new()
            .config(Config { compression: true, ..Config::default() })
            .route("/page", async || page())
            .route("/pieces", pieces)
            .route("/short", || "short")
            .route("/plain", page.with_compression(false))
            .route("/image", async |response: Response| {
                response.set_content_type("image/png")?;
                response.end(page()).await
            })
            .route("/own", async |response: Response| {
                response.set_compression(false)?;
                response.end(page()).await
            })
            .route("/cut", || {
                stream! {
                    yield Ok("Hello");
                    yield Err(HttpError::new(500));
                }
            })
            .mount("/files", StaticFiles::new(env!("CARGO_MANIFEST_DIR"))),
    )
}

fn ask(client: &mut Client, line: &str, coding: &str) -> Received {
    client.exchange(&Message::new(line).field(&format!("Accept-Encoding: {coding}")))
}

fn url(server: &Running, path: &str) -> String {
    let address = &server.addresses()[0];
    format!("http://{}{path}", address.strip_prefix("http://").unwrap_or(address))
}

/// The body that `curl` decodes, and its exit code.
fn curl(server: &Running, path: &str, options: &[&str]) -> (Vec<u8>, Option<i32>) {
    let mut command = Command::new("curl");
    command.args(["--silent", "--no-buffer", "--max-time", "10", "--compressed"]).args(options);
    let output = command.arg(url(server, path)).output().expect("curl is there");
    (output.stdout, output.status.code())
}

#[test]
fn clients_decode_the_original_body() {
    let server = server();
    for coding in CODINGS {
        let accept = format!("Accept-Encoding: {coding}");
        for (path, version) in
            [("/page", "--http1.1"), ("/pieces", "--http1.1"), ("/pieces", "--http1.0")]
        {
            let (decoded, code) = curl(&server, path, &["-H", &accept, version]);
            assert!(decoded == page().as_bytes(), "{coding} {path} {version}");
            assert_eq!(code, Some(0));
        }
    }
}

#[test]
fn heads_declare_the_coding() {
    let (server, length) = (server(), page().len());
    let mut client = connect(&server);
    for coding in CODINGS {
        let whole = ask(&mut client, "GET /page", coding);
        assert_eq!(whole.field("Content-Encoding"), Some(coding));
        assert_eq!(whole.field("Vary"), Some("Accept-Encoding"));
        assert!(whole.body.len() < length / 2 && !whole.body.is_empty(), "{coding}");
        let pieces = ask(&mut client, "GET /pieces", coding);
        assert_eq!(pieces.field("Content-Encoding"), Some(coding));
        assert_eq!(pieces.field("Transfer-Encoding"), Some("chunked"));
        assert!(pieces.body.len() < length / 2, "{coding}");
    }
    for path in ["/short", "/plain", "/own", "/image", "/files/Cargo.toml"] {
        let plain = ask(&mut client, &format!("GET {path}"), "br, gzip, zstd");
        assert_eq!((plain.status(), plain.field("Content-Encoding")), (200, None), "{path}");
    }
    let plain = ask(&mut client, "GET /page", "identity");
    assert_eq!((plain.text(), plain.field("Vary")), (&*page(), Some("Accept-Encoding")));
}

#[test]
fn compression_can_be_enabled_for_one_handler() {
    let server = start(
        Application::new()
            .route("/coded", page.with_compression(true))
            .route("/plain", || Html(page())),
    );
    let mut client = connect(&server);
    for (path, coding) in [("/coded", Some("gzip")), ("/plain", None), ("/coded", Some("gzip"))] {
        let answer = ask(&mut client, &format!("GET {path}"), "gzip");
        assert_eq!(answer.field("Content-Encoding"), coding, "{path}");
    }
}

#[test]
fn each_event_can_be_decoded_before_the_next_one_is_sent() {
    let (send, events) = mpsc::unbounded_channel::<String>();
    let events = Arc::new(Mutex::new(events));
    let events = move |response: Response| {
        let events = Arc::clone(&events);
        stream! {
            response.set_content_type("text/event-stream")?;
            let mut events = events.lock().await;
            while let Some(event) = events.recv().await.filter(|event| event != "end") {
                yield Ok::<_, HttpError>(event + "\n");
            }
        }
    };
    let server = start(Application::new().route("/events", events.with_compression(true)));
    for coding in CODINGS {
        let mut curl = Command::new("curl")
            .args(["--silent", "--no-buffer", "--max-time", "10", "--compressed", "-H"])
            .args([format!("Accept-Encoding: {coding}"), url(&server, "/events")])
            .stdout(Stdio::piped())
            .spawn()
            .expect("curl is there");
        let mut lines = BufReader::new(curl.stdout.take().unwrap()).lines();
        for event in ["first", "second", "third"] {
            send.send(event.to_owned()).unwrap();
            assert_eq!(lines.next().unwrap().unwrap(), event, "{coding}");
        }
        send.send("end".to_owned()).unwrap();
        assert!(lines.next().is_none() && curl.wait().unwrap().success(), "{coding}");
    }
}

#[test]
fn a_failed_response_is_detected_as_incomplete() {
    let server = server();
    for coding in CODINGS {
        let accept = format!("Accept-Encoding: {coding}");
        let (decoded, code) = curl(&server, "/cut", &["-H", &accept]);
        assert_eq!((&decoded[..], code), (&b"Hello"[..], Some(CUT)), "{coding}");
    }
}

/// `man curl`, EXIT CODES.
const CUT: i32 = 18;
