//! nginx between client and server: requests and responses pass unchanged in both directions.

use std::process::Command;
use std::sync::Arc;

use tokio::sync::Notify;
use tremolo::{Application, stream};
use tremolo_tests::{MULTIPART, Message, Nginx, multipart, start};

use crate::{Files, MIB, assert_holds, assert_same, numbered, request_object, response_object};

#[test]
fn ranges_and_conditions_pass_nginx() {
    let content = numbered(3 * MIB);
    let files = Files::new("file.bin", &content);
    let nginx = Nginx::launch(files.program.address());
    // One connection to nginx, which has its own connections to the server.
    let mut client = nginx.connect();
    for path in ["/file", "/streamed/file"] {
        let get = || Message::new(&format!("GET {path}"));
        let whole = client.exchange(&get());
        assert_eq!(whole.status(), 200);
        assert_same(&whole.body, &content);
        let part = client.exchange(&get().field("Range: bytes=1000000-2999999"));
        assert_eq!((part.status(), part.field("Content-Length")), (206, Some("2000000")));
        assert_same(&part.body, &content[1_000_000..3_000_000]);
        let etag = whole.field("ETag").unwrap();
        let same = client.exchange(&get().field(&format!("If-None-Match: {etag}")));
        assert_eq!((same.status(), same.body.len()), (304, 0));
        let beyond = client.exchange(&get().field("Range: bytes=99999999-"));
        assert_eq!(beyond.status(), 416);
    }
}

#[test]
fn curl_resumes_through_nginx() {
    let content = numbered(3 * MIB);
    let files = Files::new("file.bin", &content);
    let nginx = Nginx::launch(files.program.address());
    let got = files.begun(&content[..1_234_567]);
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--fail", "--max-time", "30", "-w", "%{http_code}", "-C", "-", "-o"]);
    let output = curl.arg(&got).arg(format!("{}/file", nginx.address())).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "206");
    assert_holds(&got, &content);
}

#[test]
fn answers_of_every_framing_pass_nginx() {
    let program = response_object();
    let nginx = Nginx::launch(program.address());
    let pieces: String = (1..=7).map(|number| format!("piece {number}\n")).collect();
    let rows = [
        ("/yield", 200, "Hello World!"),
        ("/yield-slow", 200, &pieces),
        ("/return", 200, "Hello, World!"),
        ("/write", 200, "Hello World!"),
        ("/write-none", 202, ""),
        ("/end-empty", 200, ""),
        ("/close-keepalive", 200, "Hello"),
        ("/send", 200, "raw"),
        ("/leave-open", 200, "later"),
        ("/status", 418, "short and stout"),
        ("/no-content", 204, ""),
        ("/not-modified", 304, ""),
        ("/none", 502, ""),
        ("/close", 502, ""),
    ];
    for prefix in ["", "/streamed"] {
        for (path, status, body) in rows {
            let answer = nginx.connect().ask(&format!("{prefix}{path}"));
            assert_eq!(answer.status(), status, "{prefix}{path}");
            // The page of a 502 comes from nginx.
            assert!(status == 502 || answer.body == body.as_bytes(), "{path}: {answer:?}");
        }
    }
}

/// Without streaming, the second piece would never arrive.
#[test]
fn a_stream_passes_nginx_piece_by_piece() {
    let gate = Arc::new(Notify::new());
    let opened = Arc::clone(&gate);
    let server = start(Application::new().route("/", move || {
        let gate = Arc::clone(&gate);
        stream! {
            yield "first";
            gate.notified().await;
            yield "second";
        }
    }));
    let nginx = Nginx::launch(server.addresses().last().unwrap());
    let mut client = nginx.connect();
    client.get("/streamed/");
    let mut got = Vec::new();
    while !got.ends_with(b"\r\nfirst\r\n") {
        let byte = client.read_exactly(1);
        assert_eq!(byte.len(), 1, "{}", String::from_utf8_lossy(&got));
        got.extend(byte);
    }
    opened.notify_one();
    assert_eq!(client.read_exactly(16), b"6\r\nsecond\r\n0\r\n\r\n"[..16]);
}

#[test]
fn uploads_pass_nginx() {
    let program = request_object();
    let nginx = Nginx::launch(program.address());
    let content = numbered(3 * MIB + 5);
    let form = multipart(&[("note", None, b"hello"), ("file", Some("a.bin"), &content)]);
    let expected = format!(
        "note,,,5,{}\nfile,a.bin,text/x-file,{},{}\n",
        crate::sha256(b"hello"),
        content.len(),
        crate::sha256(&content),
    );
    let mut client = nginx.connect();
    // With a length; and in chunks, which nginx either converts to a length or passes on.
    for path in ["/parts", "/streamed/parts"] {
        let upload = || Message::post(path).content_type(MULTIPART);
        for message in [upload().body(&form), upload().chunked(&form, 10_007, &[])] {
            assert_eq!(
                client.exchange(&message).status_and_text(),
                (200, expected.clone()),
                "{path}"
            );
        }
    }
}

/// A response that is sent before the end of the upload reaches the client complete.
#[test]
fn an_early_refusal_passes_nginx() {
    let program = request_object();
    let nginx = Nginx::launch(program.address());
    for path in ["/early", "/streamed/early"] {
        let (status, page) = nginx
            .connect()
            .exchange(&Message::post(path).body(numbered(8 * MIB)))
            .status_and_text();
        assert_eq!((status, page.as_str()), (413, "1000 bytes are enough"), "{path}");
    }
    let echo = nginx.connect().exchange(&Message::post("/echo").body("still here"));
    assert_eq!(echo.status_and_text(), (200, "still here".to_owned()));
}

#[test]
fn the_client_before_nginx_is_known() {
    let program = request_object();
    let nginx = Nginx::launch(program.address());
    let mut client = nginx.connect();
    let get = |path: &str| Message::new(&format!("GET {path} HTTP/1.1")).field("Host: example.com");
    let (_, fields) = client.exchange(&get("/headers")).status_and_text();
    assert!(fields.contains("x-forwarded-for: 127.0.0.1\n"), "{fields}");
    let meta = "GET\n/meta\n\nHTTP/1.1\nexample.com\n127.0.0.1\nhttps\n";
    assert_eq!(client.exchange(&get("/meta")).status_and_text(), (200, meta.to_owned()));
    // nginx is trusted because it is on loopback, and so is the peer that connects to it here.
    let further = get("/meta").field("X-Forwarded-For: 203.0.113.9");
    let meta = meta.replace("127.0.0.1", "203.0.113.9");
    assert_eq!(client.exchange(&further).status_and_text(), (200, meta));
}
