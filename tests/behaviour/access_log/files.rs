//! The access log in a file, and in a format of the user's.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use tremolo_tests::{Client, Program, example, wait_until};

use crate::RESPONSE_OBJECT;

/// A server whose access log goes to this file, in this format.
fn launch(path: &Path, format: &str) -> Program {
    let (rust, script) = RESPONSE_OBJECT;
    let environment = [
        ("TREMOLO_ACCESS_LOG", "text"),
        ("TREMOLO_ACCESS_LOG_FILE", path.to_str().unwrap()),
        ("TREMOLO_ACCESS_LOG_FORMAT", format),
    ];
    Program::launch_example_in(rust, script, &[], &environment)
}

fn folder_and_file() -> (TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("access.log");
    (folder, path)
}

/// The status of a response to a request with this field.
fn ask(client: &mut Client, field: &str) -> u16 {
    client.send(format!("GET /return?a=b HTTP/1.1\r\nHost: a\r\n{field}\r\n"));
    client.read_response().status()
}

#[test]
fn the_file_has_the_lines_in_the_format_of_the_user() {
    let (_folder, path) = folder_and_file();
    let format = "{client} {method} {path} {query} {status} \"{user_agent}\" {trace_id} {{}}";
    let program = launch(&path, format);
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let mut client = program.connect();
    let agent = "User-Agent: a\"b\r\n";
    let fields = format!("{agent}traceparent: 00-{trace}-00f067aa0ba902b7-01\r\n");
    let status = ask(&mut client, &fields);
    ask(&mut client, "traceparent: 00-nothing\r\n");
    drop(client);
    let log = program.stop_and_read_log();
    assert!(!log.contains("GET"), "{log}");
    let lines = fs::read_to_string(&path).unwrap();
    assert_eq!(
        lines,
        format!("127.0.0.1 GET /return a=b {status} \"a\\x22b\" {trace} {{}}\n")
            + &format!("127.0.0.1 GET /return a=b {status} \"-\" - {{}}\n")
    );
}

#[test]
fn sigusr1_opens_the_file_anew() {
    let (folder, path) = folder_and_file();
    let renamed = folder.path().join("access.log.1");
    let program = launch(&path, "{url}");
    let mut client = program.connect();
    client.ask("/before");
    // A line may come a moment after its response.
    wait_until("the line is there", || fs::read_to_string(&path).unwrap() == "/before\n");
    fs::rename(&path, &renamed).unwrap();
    program.signal("USR1");
    wait_until("the file is there again", || path.exists());
    client.ask("/after");
    let _ = program.stop_and_read_log();
    assert_eq!(fs::read_to_string(renamed).unwrap(), "/before\n");
    assert_eq!(fs::read_to_string(path).unwrap(), "/after\n");
}

#[test]
fn lines_are_written_soon_and_not_only_at_the_end() {
    let (_folder, path) = folder_and_file();
    let program = launch(&path, "{url}");
    program.connect().ask("/soon");
    wait_until("the line is there", || fs::read_to_string(&path).unwrap() == "/soon\n");
    let _ = program.stop_and_read_log();
}

/// `/dev/full` answers as a full disk does.
#[test]
fn a_full_disk_does_not_stop_the_server() {
    let full = Path::new("/dev/full");
    if !full.exists() {
        return;
    }
    let program = launch(full, "{url} {user_agent}");
    let mut client = program.connect();
    let agent = format!("User-Agent: {}\r\n", "x".repeat(4_096));
    for _ in 0..20 {
        assert_ne!(ask(&mut client, &agent), 0);
    }
    let log = program.stop_and_read_log();
    let reports = log.matches("the access log cannot be written, and loses lines").count();
    assert_eq!(reports, 1, "{log}");
}

#[test]
fn a_mistake_in_the_format_or_the_file_is_one_line_and_nothing_starts() {
    for (variable, value, expected) in [
        (
            "TREMOLO_ACCESS_LOG_FORMAT",
            "{statuss}",
            "access_log_format: there is no field \"statuss\"",
        ),
        ("TREMOLO_ACCESS_LOG_FORMAT", "{status", "access_log_format: a brace is missing"),
        (
            "TREMOLO_ACCESS_LOG_FILE",
            "/nonexistent/log",
            "access_log_file: cannot open /nonexistent/log",
        ),
    ] {
        let mut command = example(RESPONSE_OBJECT.0, RESPONSE_OBJECT.1);
        let output = command.arg("127.0.0.1:0").env(variable, value).output().unwrap();
        let log = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), &output.stdout[..]), (Some(1), &b""[..]), "{log}");
        assert!(log.contains(expected) && log.lines().count() == 1, "{log}");
    }
}
