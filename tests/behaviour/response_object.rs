//! Every row of the table of the response object, for both fronts: the exact bytes, and whether the
//! connection persists.

use std::thread;
use std::time::{Duration, Instant, SystemTime};

use tremolo_tests::{Case, Program, escape, load, mask_dates};

use crate::response_object_program;

#[test]
fn every_path_sends_exactly_the_bytes_of_its_case() {
    let program = response_object_program();
    let cases = load("response-object").concat();
    let failures = thread::scope(|scope| {
        let checks: Vec<_> =
            cases.iter().map(|case| scope.spawn(|| check(&program, case))).collect();
        checks.into_iter().filter_map(|check| check.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(failures.is_empty(), "{} cases differ\n\n{}", failures.len(), failures.join("\n"));
}

/// Sends the request of a case; describes the first difference in the response.
fn check(program: &Program, case: &Case) -> Option<String> {
    let mut client = program.connect();
    client.send(case.request_bytes());
    // A date is longer than its mask.
    let dates = escape(&case.answer).matches("{date}").count();
    let length = case.answer.len() + dates * (DATE_LENGTH - "{date}".len());
    let (mut got, mut probe) = (Vec::new(), Vec::new());
    let read = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        if case.stays {
            got = client.read_exactly(length);
            if client.try_send(PROBE).is_ok() {
                probe = client.read_to_end();
            }
        } else {
            got = client.read_to_end();
        }
    }));
    let (got, probe) = (mask_dates(&got), mask_dates(&probe));
    let is_probe_answered =
        probe.starts_with(b"HTTP/1.1 200 ") && probe.ends_with(b"\r\n\r\nHello");
    let problem = match read {
        Err(_) => "the connection was reset, or too little came in time",
        Ok(()) if got != case.answer => "the bytes differ",
        Ok(()) if case.stays && probe.is_empty() => "the connection was closed",
        Ok(()) if case.stays && !is_probe_answered => "the next request got something else",
        Ok(()) => return None,
    };
    let Case { place, request, fields, answer, .. } = case;
    let (expected, got, probe) = (escape(answer), escape(&got), escape(&probe));
    Some(format!(
        "--- {place} {request} {fields:?}: {problem}\nexpected:\n{expected}\ngot:\n{got}\n\
         the next request got:\n{probe}\n"
    ))
}

#[test]
fn the_page_links_to_every_path() {
    let program = response_object_program();
    let page = program.connect().ask("/");
    assert_eq!(
        (page.status(), page.field("Content-Type")),
        (200, Some("text/html; charset=utf-8"))
    );
    for cases in load("response-object") {
        let path = cases[0].request.split(' ').nth(1).unwrap();
        let link = format!("<a href=\"{path}\">");
        assert_eq!(page.text().contains(&link), path != "/nowhere", "{path}");
    }
    for outside in ["src=", "http://127", "https://", "url(", "@import"] {
        assert!(!page.text().contains(outside), "{outside}");
    }
}

#[test]
fn each_yielded_piece_is_sent_immediately() {
    let program = response_object_program();
    let mut client = program.connect();
    client.get("/yield-slow");
    let first = b"8\r\npiece 1\n\r\n";
    let mut got = Vec::new();
    while !got.ends_with(first) {
        let piece = client.read_exactly(1);
        assert!(!piece.is_empty(), "closed after {}", escape(&got));
        got.extend(piece);
    }
    let start = Instant::now();
    let last = b"8\r\npiece 7\n\r\n0\r\n\r\n";
    got.extend(client.read_exactly(6 * first.len() + 5));
    assert!(got.ends_with(last), "{}", escape(&got));
    // Six pauses of 200 ms; the first piece may arrive late, so less is accepted.
    assert!(start.elapsed() > Duration::from_millis(600), "{:?}", start.elapsed());
}

#[test]
fn the_date_field_is_current() {
    let program = response_object_program();
    let response = program.connect().ask("/return");
    let date = response.field("Date").unwrap();
    let time: Vec<u64> = date[17..25].split(':').map(|part| part.parse().unwrap()).collect();
    let seconds = (time[0] * 60 + time[1]) * 60 + time[2];
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let late = (now % 86_400 + 86_400 - seconds) % 86_400;
    assert!(late < 10, "{date} is {late} s late");
}

#[test]
fn a_second_end_and_a_failure_after_the_head_are_logged() {
    let program = response_object_program();
    assert_eq!(program.connect().ask("/end-twice").text(), "Hello");
    let mut client = program.connect();
    client.get("/error-after");
    client.read_to_end();
    drop(client);
    program.stop();
    let (status, log) = program.wait();
    assert!(status.success(), "{status}");
    assert!(log.contains("response already ended"), "{log}");
    assert!(log.contains("No such file or directory"), "{log}");
}

const DATE_LENGTH: usize = "Sun, 06 Nov 1994 08:49:37 GMT".len();

const PROBE: &[u8] = b"GET /end HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
