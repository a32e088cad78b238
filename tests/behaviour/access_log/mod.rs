//! The access log, line by line: both fronts write the same.

mod files;

use std::ffi::OsStr;

use serde_json::Value;
use tremolo_tests::Program;

/// A server with this access log.
fn launch(access_log: &str) -> Program {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/behaviour/access_log/program.py");
    let arguments = ["info", "text", access_log].map(OsStr::new);
    Program::launch_example_with(env!("CARGO_BIN_EXE_logging"), script, &arguments)
}

/// Requests a path on a new connection, and waits until the connection closes.
fn ask(program: &Program, path: &str) {
    send(program, format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
}

/// The lines of the log; dates and durations are checked and replaced.
fn brief(log: &str) -> Vec<String> {
    log.lines()
        .map(|line| {
            let (client, rest) = line.split_once(" - - [").expect(line);
            let (date, rest) = rest.split_once("] ").expect(line);
            assert_eq!(date.len(), "06/Nov/1994:08:49:37 +0000".len(), "{line}");
            let (rest, cut) = match rest.strip_suffix(" cut") {
                Some(rest) => (rest, " cut"),
                None => (rest, ""),
            };
            let (rest, duration) = rest.rsplit_once(' ').expect(line);
            let (whole, fraction) =
                duration.strip_suffix("ms").and_then(|ms| ms.split_once('.')).expect(line);
            assert!(whole.parse::<u32>().is_ok() && fraction.len() == 3, "{line}");
            format!("{client} {rest}{cut}")
        })
        .collect()
}

/// Sends these bytes on a new connection and waits until it closes.
fn send(program: &Program, bytes: impl AsRef<[u8]>) {
    let mut client = program.connect();
    client.send(bytes);
    client.read_until_cut();
}

#[test]
fn each_exchange_is_logged_with_its_status_and_bytes() {
    let program = launch("text");
    for path in ["/whole", "/stream", "/raw", "/nothing"] {
        ask(&program, path);
    }
    send(&program, "HEAD /whole HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    send(&program, "GET /whole HTTP/1.0\r\n\r\n");
    let fields = "Host: a\r\nReferer: http://a/b\r\nUser-Agent: Test/1 (x; y)\r\n";
    send(&program, format!("GET /whole?a=b HTTP/1.1\r\n{fields}Connection: close\r\n\r\n"));
    assert_eq!(
        brief(&program.stop_and_read_log()),
        [
            r#"127.0.0.1 "GET /whole HTTP/1.1" 200 5 "-" "-""#,
            r#"127.0.0.1 "GET /stream HTTP/1.1" 200 5 "-" "-""#,
            r#"127.0.0.1 "GET /raw HTTP/1.1" - 3 "-" "-""#,
            r#"127.0.0.1 "GET /nothing HTTP/1.1" - 0 "-" "-""#,
            r#"127.0.0.1 "HEAD /whole HTTP/1.1" 200 0 "-" "-""#,
            r#"127.0.0.1 "GET /whole HTTP/1.0" 200 5 "-" "-""#,
            r#"127.0.0.1 "GET /whole?a=b HTTP/1.1" 200 5 "http://a/b" "Test/1 (x; y)""#,
        ]
    );
}

#[test]
fn failures_are_logged_too() {
    let program = launch("text");
    ask(&program, "/cut");
    send(&program, "GET / HTTP/9.9\r\nHost: a\r\n\r\n");
    send(&program, "CONNECT b:1 HTTP/1.1\r\nHost: b:1\r\n\r\n");
    let log = program.stop_and_read_log();
    let lines: Vec<_> = log.lines().filter(|line| line.contains(" - - [")).collect();
    let [cut, bad, tunnel] = &brief(&lines.join("\n"))[..] else { panic!("{log}") };
    assert_eq!(cut, r#"127.0.0.1 "GET /cut HTTP/1.1" 200 2 "-" "-" cut"#);
    assert!(bad.starts_with(r#"127.0.0.1 "-" 505 "#) && bad.ends_with(r#" "-" "-""#), "{bad}");
    assert!(tunnel.starts_with(r#"127.0.0.1 "CONNECT b:1 HTTP/1.1" 501 "#), "{tunnel}");
}

#[test]
fn each_request_of_a_persistent_connection_is_logged() {
    let program = launch("text");
    let request = |path, more| format!("GET {path} HTTP/1.1\r\nHost: a\r\n{more}\r\n");
    let mut client = program.connect();
    assert_eq!(client.ask("/whole?1").status(), 200);
    client.send(request("/whole?2", "") + &request("/whole?3", "Connection: close\r\n"));
    client.read_until_cut();
    let lines = brief(&program.stop_and_read_log());
    assert_eq!(lines.len(), 3);
    for (line, number) in lines.iter().zip(1..) {
        assert!(line.contains(&format!("GET /whole?{number} HTTP/1.1")), "{line}");
    }
}

#[test]
fn a_hostile_client_cannot_forge_a_line() {
    for access in ["text", "json"] {
        let program = launch(access);
        let agent = "x\" 200 1\t\u{1b}\u{85}\\ - - [".as_bytes();
        let mut request = b"GET /\"a\\ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n".to_vec();
        request.extend_from_slice(b"Referer: \xff\r\nUser-Agent: ");
        // Control bytes in a field value are refused, except for the tab.
        let agent: Vec<u8> = agent.iter().copied().filter(|byte| *byte != 0x1b).collect();
        request.extend_from_slice(&agent);
        request.extend_from_slice(b"\r\n\r\n");
        send(&program, request);
        let log = program.stop_and_read_log();
        assert!(log.lines().count() == 1 && log.is_ascii(), "{log}");
        let agent = r"x\x22 200 1\x09\xc2\x85\x5c - - [";
        if access == "text" {
            assert!(log.contains(r#" - - ["#), "{log}");
            assert!(log.contains(&format!(r#""\xff" "{agent}" "#)), "{log}");
        } else {
            let line: Value = serde_json::from_str(&log).expect(&log);
            assert_eq!((&line["user_agent"], &line["referer"]), (&agent.into(), &r"\xff".into()));
        }
    }
}

#[test]
fn json_has_every_field_with_its_type() {
    let program = launch("json");
    let fields = "Host: a\r\nX-Forwarded-For: 203.0.113.7\r\nUser-Agent: Test/1\r\n";
    send(&program, format!("GET /whole?a HTTP/1.1\r\n{fields}Connection: close\r\n\r\n"));
    send(&program, "bad\r\n\r\n");
    let log = program.stop_and_read_log();
    let lines: Vec<Value> =
        log.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let [good, bad] = &lines[..] else { panic!("{log}") };
    // The client is the address behind the trusted proxy; the peer is the proxy.
    assert_eq!(good["client"], "203.0.113.7");
    assert!(good["peer"].as_str().is_some_and(|peer| peer.starts_with("127.0.0.1:")));
    for (name, value) in [
        ("level", Value::from("INFO")),
        ("method", "GET".into()),
        ("url", "/whole?a".into()),
        ("version", "HTTP/1.1".into()),
        ("status", 200.into()),
        ("bytes", 5.into()),
        ("user_agent", "Test/1".into()),
        ("cut", false.into()),
    ] {
        assert_eq!(good[name], value, "{name}");
    }
    assert!(good["duration_ms"].is_f64() && good["timestamp"].is_string());
    assert!(good.get("referer").is_none());
    assert!(bad["status"] == 400 && bad.get("method").is_none() && bad.get("url").is_none());
}

#[test]
fn the_combined_format_is_that_of_apache() {
    let program = launch("combined");
    let fields = "Host: a\r\nReferer: http://a/b\r\nUser-Agent: Test/1\r\n";
    send(&program, format!("GET /whole HTTP/1.1\r\n{fields}Connection: close\r\n\r\n"));
    let log = program.stop_and_read_log();
    let (client, rest) = log.split_once(" - - [").expect(&log);
    let (_, rest) = rest.split_once("] ").expect(&log);
    let expected = "\"GET /whole HTTP/1.1\" 200 5 \"http://a/b\" \"Test/1\"\n";
    assert_eq!((client, rest), ("127.0.0.1", expected));
}
