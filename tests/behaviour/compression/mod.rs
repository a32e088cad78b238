//! Compressed responses, decoded by an independent implementation: that of `curl`.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use tremolo_tests::{Client, Message, Program, Response as Received};

const CODINGS: [&str; 3] = ["br", "zstd", "gzip"];

fn page() -> String {
    (0..4_000).map(|number| format!("line {number}\n")).collect()
}

/// A server whose option `compression` is `on` or `off`.
fn launch(compression: &str) -> Program {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/behaviour/compression/program.py");
    let rust = env!("CARGO_BIN_EXE_compression");
    Program::launch_example_with(rust, script, &[OsStr::new(compression)])
}

fn ask(client: &mut Client, line: &str, coding: &str) -> Received {
    client.exchange(&Message::new(line).field(&format!("Accept-Encoding: {coding}")))
}

fn url(program: &Program, path: &str) -> String {
    format!("{}{path}", program.address())
}

/// The body that `curl` decodes, and its exit code.
fn curl(program: &Program, path: &str, options: &[&str]) -> (Vec<u8>, Option<i32>) {
    let mut command = Command::new("curl");
    command.args(["--silent", "--no-buffer", "--max-time", "10", "--compressed"]).args(options);
    let output = command.arg(url(program, path)).output().expect("curl is there");
    (output.stdout, output.status.code())
}

#[test]
fn clients_decode_the_original_body() {
    let program = launch("on");
    for coding in CODINGS {
        let accept = format!("Accept-Encoding: {coding}");
        for (path, version) in
            [("/page", "--http1.1"), ("/pieces", "--http1.1"), ("/pieces", "--http1.0")]
        {
            let (decoded, code) = curl(&program, path, &["-H", &accept, version]);
            assert!(decoded == page().as_bytes(), "{coding} {path} {version}");
            assert_eq!(code, Some(0));
        }
    }
}

#[test]
fn heads_declare_the_coding() {
    let (program, length) = (launch("on"), page().len());
    let mut client = program.connect();
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
fn compression_can_be_enabled_for_one_handler_or_one_response() {
    let program = launch("off");
    let mut client = program.connect();
    let coded = Some("gzip");
    for (path, coding) in [("/coded", coded), ("/page", None), ("/own-coded", coded)] {
        let answer = ask(&mut client, &format!("GET {path}"), "gzip");
        assert_eq!(answer.field("Content-Encoding"), coding, "{path}");
        assert_eq!(answer.field("Vary"), coding.map(|_| "Accept-Encoding"), "{path}");
    }
}

#[test]
fn a_response_to_head_has_the_fields_of_get() {
    let program = launch("on");
    let mut client = program.connect();
    client.send("HEAD /page HTTP/1.1\r\nHost: a\r\nAccept-Encoding: br\r\n\r\n");
    client.send("GET /short HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let both = String::from_utf8(client.read_until_cut()).unwrap();
    let (head, rest) = both.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("\r\nContent-Encoding: br\r\n"), "{head}");
    assert!(head.contains("\r\nVary: Accept-Encoding"), "{head}");
    assert!(rest.starts_with("HTTP/1.1 200 OK\r\n") && rest.ends_with("\r\n\r\nshort"), "{rest}");
}

#[test]
fn each_piece_can_be_decoded_before_the_next_one_is_sent() {
    let program = launch("on");
    for coding in CODINGS {
        let mut curl = Command::new("curl")
            .args(["--silent", "--no-buffer", "--max-time", "10", "--compressed", "-H"])
            .args([format!("Accept-Encoding: {coding}"), url(&program, "/events")])
            .stdout(Stdio::piped())
            .spawn()
            .expect("curl is there");
        let mut lines = BufReader::new(curl.stdout.take().unwrap()).lines();
        assert_eq!(lines.next().unwrap().unwrap(), "first", "{coding}");
        assert_eq!(program.connect().ask("/next").status(), 200);
        assert_eq!(lines.next().unwrap().unwrap(), "second", "{coding}");
        assert!(lines.next().is_none() && curl.wait().unwrap().success(), "{coding}");
    }
}

#[test]
fn a_failed_response_is_detected_as_incomplete() {
    let program = launch("on");
    for coding in CODINGS {
        let accept = format!("Accept-Encoding: {coding}");
        let (decoded, code) = curl(&program, "/cut", &["-H", &accept]);
        assert_eq!((&decoded[..], code), (&b"Hello"[..], Some(CUT)), "{coding}");
    }
}

/// `man curl`, EXIT CODES.
const CUT: i32 = 18;
