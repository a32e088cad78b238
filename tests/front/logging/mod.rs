//! The log of a server: the lines of its built-in logger, read from standard error.

mod access;

use std::ffi::OsStr;
use std::io::Read;
use std::process::{Command, Stdio};

use tremolo_tests::frames::{Frame, Socket, handshake, opcode};
use tremolo_tests::{Client, Program, wait_until};

/// A server with this log level, log format and access log.
fn launch<const COUNT: usize>(arguments: [&str; COUNT]) -> Program {
    Program::launch_with(env!("CARGO_BIN_EXE_logging"), &arguments.map(OsStr::new))
}

/// Requests a path on a new connection, and waits until the connection closes.
fn ask(program: &Program, path: &str) {
    send(program, format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
}

/// Sends these bytes on a new connection and waits until it closes.
fn send(program: &Program, bytes: impl AsRef<[u8]>) {
    let mut client = program.connect();
    client.send(bytes);
    client.read_until_cut();
}

/// The lines of a log, without Rust's own panic messages, to which no level applies.
fn lines_with<'a>(log: &'a str, text: &str) -> Vec<&'a str> {
    log.lines().filter(|line| line.contains(text)).collect()
}

#[test]
fn a_failure_is_logged_once_at_any_level_with_request_and_client() {
    for level in ["error", "info", "debug"] {
        let program = launch([level, "text", "off"]);
        for path in ["/fails?a=1", "/cut?a=2", "/panics?a=3"] {
            ask(&program, path);
        }
        let log = program.stop_and_read_log();
        for (line, url) in [
            ("handler failed error", "/fails?a=1"),
            ("handler failed in its response", "/cut?a=2"),
            ("handler panicked panic=\"at the disco\"", "/panics?a=3"),
        ] {
            let mut lines = lines_with(&log, line);
            lines.retain(|line| line.contains(url));
            let [line] = lines[..] else { panic!("{level}: {line}: {log}") };
            assert!(line.contains(" ERROR "), "{line}");
            for expected in ["client=127.0.0.1:", url, "method=\"GET\""] {
                assert_eq!(line.matches(expected).count(), 1, "{level}: {line}");
            }
        }
    }
}

#[test]
fn lines_of_a_handler_are_in_the_span_of_its_request() {
    let program = launch(["debug", "text", "off"]);
    ask(&program, "/speaks?loud");
    let log = program.stop_and_read_log();
    let [line] = lines_with(&log, "a handler speaks")[..] else { panic!("{log}") };
    let spans = line.find("connection{client=127.0.0.1:").zip(line.find(" local=127.0.0.1:"));
    let request = line.find(":request{method=\"GET\" url=\"/speaks?loud\"}: ");
    assert!(spans.is_some() && request.is_some(), "{line}");
    // Below that level no span is created.
    let program = launch(["info", "text", "off"]);
    ask(&program, "/speaks");
    let log = program.stop_and_read_log();
    let [line] = lines_with(&log, "a handler speaks")[..] else { panic!("{log}") };
    assert!(!line.contains('{'), "{line}");
}

#[test]
fn the_span_of_a_request_names_its_trace() {
    let (trace, parent) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
    for (value, expected) in [
        (format!("00-{trace}-{parent}-01"), format!(" trace_id={trace} parent_id={parent}}}: ")),
        ("00-forged}-1-01".to_owned(), "url=\"/speaks\"}: ".to_owned()),
    ] {
        let program = launch(["debug", "text", "off"]);
        let fields = format!("Host: a\r\ntraceparent: {value}\r\nConnection: close\r\n");
        send(&program, format!("GET /speaks HTTP/1.1\r\n{fields}\r\n"));
        let log = program.stop_and_read_log();
        let [line] = lines_with(&log, "a handler speaks")[..] else { panic!("{log}") };
        assert!(line.contains(&expected), "{line}");
    }
}

/// The address that a load balancer sends is known from the first request on.
#[test]
fn the_client_of_a_connection_is_the_one_behind_the_balancer() {
    let program = launch(["debug", "text", "text", "proxied"]);
    let mut client = program.connect();
    client.send("PROXY TCP4 203.0.113.7 192.0.2.1 56324 443\r\n");
    client.send("GET /speaks HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    client.read_until_cut();
    let log = program.stop_and_read_log();
    let [line] = lines_with(&log, "a handler speaks")[..] else { panic!("{log}") };
    assert_eq!(line.matches("client=").count(), 1, "{line}");
    assert!(line.contains("client=203.0.113.7:56324"), "{line}");
    let [line] = lines_with(&log, "GET /speaks HTTP/1.1")[..] else { panic!("{log}") };
    assert!(line.starts_with("203.0.113.7 - - ["), "{line}");
}

#[test]
fn json_lines_have_the_spans_as_objects() {
    let program = launch(["debug", "json", "off"]);
    ask(&program, "/speaks");
    let log = program.stop_and_read_log();
    let lines: Vec<serde_json::Value> =
        log.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let spoken = lines.iter().find(|line| line["fields"]["message"] == "a handler speaks");
    let spoken = spoken.expect("it is logged");
    assert_eq!(spoken["spans"][0]["name"], "connection");
    assert_eq!(spoken["spans"][1]["url"], "/speaks");
}

#[test]
fn the_level_filters_lines() {
    let program = launch(["warn", "text", "text"]);
    for path in ["/speaks", "/whole", "/missing"] {
        ask(&program, path);
    }
    assert_eq!(program.stop_and_read_log(), "");
}

/// Not even the line with the listening address.
#[test]
fn off_is_silent() {
    let path = std::env::temp_dir().join(format!("tremolo-silent-{}", std::process::id()));
    let path = path.to_str().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_logging"));
    command.args([path, "off", "text", "text"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut client = None;
    wait_until("it listens", || {
        client = Client::try_connect(path).ok();
        client.is_some()
    });
    assert_eq!(client.unwrap().ask("/fails").status(), 500);
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let (mut out, mut log) = (String::new(), String::new());
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!((out, log), (String::new(), String::new()));
}

#[test]
fn a_subscriber_of_the_program_gets_the_fields_at_its_own_level() {
    let program = launch(["own", "text", "text"]);
    ask(&program, "/whole");
    let log = program.stop_and_read_log();
    let [line] = lines_with(&log, "tremolo::access")[..] else { panic!("{log}") };
    for field in ["client=127.0.0.1 ", "method=\"GET\" ", "url=\"/whole\" ", "status=200 "] {
        assert!(line.contains(field), "{line}");
    }
}

#[test]
fn an_error_with_all_its_causes_is_one_line_with_escapes() {
    for format in ["text", "json"] {
        let program = launch(["debug", format, "off"]);
        for path in ["/chain", "/chain-in-stream", "/refused", "/panics-in-lines"] {
            ask(&program, path);
        }
        let log = program.stop_and_read_log();
        let chain = r"not saved: not written: disk full\r\n ERROR forged\u{1b}[2J";
        for (message, text) in [
            ("handler failed", chain),
            ("handler failed in its response", chain),
            ("handler refused", r"no\r\n ERROR forged\u{1b}[2J"),
            ("handler panicked", r"one\r\n ERROR two\u{1b}[2J"),
        ] {
            // JSON and quoted text escape the backslash again.
            let found = log
                .lines()
                .find(|line| line.contains(message) && line.replace(r"\\", r"\").contains(text));
            assert!(found.is_some(), "{format}: {message}: {log}");
        }
        assert!(lines_with(&log, "forged").iter().all(|line| !line.contains('\u{1b}')), "{log}");
    }
}

#[test]
fn an_error_without_a_text_is_logged_and_has_a_page() {
    let program = launch(["error", "text", "off"]);
    let mut client = program.connect();
    assert_eq!(client.ask("/no-text").status(), 500);
    assert_eq!(client.ask("/whole").text(), "hello");
    drop(client);
    let log = program.stop_and_read_log();
    let lines = lines_with(&log, "none: (an error without a text)");
    assert!(lines.len() == 1 && lines[0].contains("url=\"/no-text\""), "{log}");
    assert_eq!(lines_with(&log, "the Display of an error panicked").len(), 1, "{log}");
}

#[test]
fn a_timeout_is_a_warning_that_names_method_url_and_client() {
    for level in ["warn", "debug"] {
        let of_handlers = launch([level, "text", "off", "handler_timeout"]);
        for path in ["/slow?a=1", "/never?a=2"] {
            ask(&of_handlers, path);
        }
        let of_writes = launch([level, "text", "off", "write_timeout"]);
        let mut slow_reader = of_writes.connect();
        slow_reader.get("/much?a=3");
        slow_reader.read_exactly(1);
        // The server ends after it has disconnected the slow reader.
        let log = of_handlers.stop_and_read_log() + &of_writes.stop_and_read_log();
        for (message, url) in [
            ("a handler took too long", "/slow?a=1"),
            ("handler cancelled reason=the handler took too long", "/never?a=2"),
            ("connection cut reason=the peer takes no data", "/much?a=3"),
        ] {
            let [line] = lines_with(&log, message)[..] else { panic!("{message}: {log}") };
            assert!(line.contains(" WARN "), "{line}");
            for expected in ["client=127.0.0.1:", url, "method=\"GET\""] {
                assert_eq!(line.matches(expected).count(), 1, "{level}: {line}");
            }
        }
    }
}

#[test]
fn a_low_descriptor_limit_is_shared_and_logged_at_the_start() {
    let arguments = ["warn", "text", "off"].map(OsStr::new);
    let logging = env!("CARGO_BIN_EXE_logging");
    let program = Program::launch_with_descriptors(logging, 64, &arguments);
    let mut clients: Vec<_> = (0..48).map(|_| program.connect()).collect();
    for client in &mut clients {
        assert_eq!(client.ask("/whole").text(), "hello");
    }
    let mut next = program.connect();
    next.get("/whole");
    assert_eq!(clients[0].ask("/whole").text(), "hello");
    assert!(next.has_received_nothing());
    drop(clients);
    assert_eq!(next.read_response().text(), "hello");
    drop(next);
    let log = program.stop_and_read_log();
    assert_eq!(log.lines().count(), 1, "{log}");
    for part in [" WARN ", "is 64", "16 are reserved", "limited to 48", "descriptors=64"] {
        assert!(log.contains(part), "{part}: {log}");
    }
}

/// The client has gone or has closed: its handler has not failed.
#[test]
fn exact_paths_that_are_given_twice_are_warnings_with_both_lines() {
    let program = launch(["warn", "text", "off", "twice"]);
    let mut client = program.connect();
    assert_eq!(client.ask("/whole").text(), "hello");
    assert_eq!(client.ask("/table").text(), "late");
    let log = program.stop_and_read_log();
    for start in ["the path \"/whole\"", "GET of the path \"/table\""] {
        let [line] = lines_with(&log, start)[..] else { panic!("{start}: {log}") };
        assert!(line.contains(" WARN ") && line.contains("only the later one serves"), "{line}");
        assert_eq!(line.matches("program.rs:").count(), 2, "{line}");
    }
    assert_eq!(log.lines().count(), 2, "{log}");
}

#[test]
fn the_end_of_a_websocket_is_no_failure_of_its_handler() {
    let program = launch(["debug", "text", "off"]);
    let request = handshake("/socket");
    Socket::open_with(program.connect(), &request).close(1000);
    Socket::open_with(program.connect(), &request).client.reset();
    let mut socket = Socket::open_with(program.connect(), &request);
    socket.client.send(Frame::new(opcode::TEXT, "not masked").unmasked());
    assert_eq!(socket.read_close(), Some(1002));
    drop(socket);
    let log = program.stop_and_read_log();
    assert_eq!(lines_with(&log, " ERROR "), [""; 0], "{log}");
    assert_eq!(lines_with(&log, "the response was not completed").len(), 3, "{log}");
}
