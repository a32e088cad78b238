//! Each row of the table of the response object, requested with `curl`: its output and exit code.

use std::process::Command;

use crate::response_object_program;

/// Options and path, the expected output, and the exit code (`man curl`, EXIT CODES).
const ROWS: &[(&str, &str, i32)] = &[
    ("/yield", "Hello World!", OK),
    ("/return", "Hello, World!", OK),
    ("/write", "Hello World!", OK),
    ("/write-open", "Hello", OK),
    ("/write-none", "", OK),
    ("/end", "Hello", OK),
    ("/end-empty", "", OK),
    ("/write-end", "Hello World!", OK),
    ("/end-twice", "Hello", OK),
    ("/send", "raw", OK),
    ("--http0.9 /send-binary", "\0\u{1}\u{2} not HTTP \u{fffd}\u{fffd}\u{fffd}", OK),
    ("/send-binary", "", UNSUPPORTED_PROTOCOL),
    ("--http1.0 /send-none", "", NOTHING_CAME),
    ("/close-keepalive", "Hello", OK),
    ("/close", "", NOTHING_CAME),
    ("/none", "", NOTHING_CAME),
    ("/leave-open", "later", OK),
    ("-w%{http_code} /status", "short and stout418", OK),
    ("/late-header", "Hello headers already sent", OK),
    ("-w%{http_code} /no-content", "204", OK),
    ("-w%{http_code} /not-modified", "304", OK),
    ("-f /error-before", "", STATUS_OVER_400),
    ("/error-after", "Hello", CUT),
    ("--http1.0 /yield", "Hello World!", OK),
    ("-d a=b /return", "Hello, World!", OK),
    ("/yield /return /end", "Hello World!Hello, World!Hello", OK),
];

#[test]
fn curl_receives_the_documented_response_of_each_row() {
    let program = response_object_program();
    for (arguments, printed, code) in ROWS {
        let mut command = Command::new("curl");
        command.args(["--silent", "--no-buffer", "--max-time", "10"]);
        for argument in arguments.split(' ') {
            match argument.strip_prefix('/') {
                Some(path) => command.arg(format!("{}/{path}", program.address())),
                None => command.arg(argument),
            };
        }
        let output = command.output().expect("curl is installed");
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!((&*text, output.status.code()), (*printed, Some(*code)), "curl {arguments}");
    }
}

const OK: i32 = 0;
const UNSUPPORTED_PROTOCOL: i32 = 1;
const CUT: i32 = 18;
const STATUS_OVER_400: i32 = 22;
const NOTHING_CAME: i32 = 52;
