//! Forms and uploads (RFC 7578, RFC 2046 section 5.1): what is accepted, what is refused, and that
//! memory use stays constant.

use sha2::{Digest, Sha256};
use tremolo_tests::{MULTIPART, Message, URLENCODED, multipart};

use super::{MIB, assert_persists, assert_serves, pairs, pattern, program};

fn line(name: &str, filename: &str, kind: &str, data: &[u8]) -> String {
    let sha256: String = Sha256::digest(data).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{name},{filename},{kind},{},{sha256}\n", data.len())
}

/// Fields of a part, and the output of `/parts` for that part with the data `x`.
const HEADS: &[(&str, &str, &str, &str)] = &[
    ("Content-Disposition: form-data; name=\"a\"", "a", "", ""),
    ("content-disposition:form-data;name=a", "a", "", ""),
    ("Content-Disposition: form-data; name=\"a b\"; x=y", "a b", "", ""),
    ("Content-Disposition: form-data; name=\"\"; filename=\"\"", "", "", ""),
    ("Content-Disposition: form-data; name=\"a;b\"; filename=\"c;d\"", "a;b", "c;d", ""),
    ("Content-Disposition: form-data; filename=\"f\"; name=\"a\"", "a", "f", ""),
    ("Content-Type: text/csv\r\nContent-Disposition: form-data; name=\"a\"", "a", "", "text/csv"),
    (
        "Content-Disposition: form-data; name=\"\u{e9}\"; filename=\"\u{1f980}.txt\"",
        "\u{e9}",
        "\u{1f980}.txt",
        "",
    ),
    // Browsers percent-encode quotes and line ends (WHATWG HTML), curl escapes quotes.
    ("Content-Disposition: form-data; name=\"a\"; filename=\"x\\\"y.txt\"", "a", "x\"y.txt", ""),
    // RFC 7578 section 4.2 forbids `filename*`; some clients send it (RFC 5987).
    (
        "Content-Disposition: form-data; name=\"a\"; filename*=UTF-8''%C3%A9.txt",
        "a",
        "\u{e9}.txt",
        "",
    ),
    // What cannot be decoded is ignored (RFC 6266 section 4.3).
    (
        "Content-Disposition: form-data; name=\"a\"; filename=\"f\"; filename*=utf-16''%00f",
        "a",
        "f",
        "",
    ),
    (
        "Content-Disposition: form-data; name=\"a\"; filename*=UTF-8''%ff; filename=\"f\"",
        "a",
        "f",
        "",
    ),
    // Forms of some phones and old libraries: without quotes, empty, with spaces.
    ("Content-Disposition: form-data; name=a; filename=my file.txt", "a", "my file.txt", ""),
    ("Content-Disposition: form-data; name=\"a\"; filename=", "a", "", ""),
    ("Content-Disposition: form-data; name = \"a\"; filename = \"f\"", "a", "f", ""),
    (
        "Content-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: binary",
        "a",
        "",
        "",
    ),
];

#[test]
fn part_heads_of_browsers_and_curl_are_parsed() {
    let program = program();
    let mut client = program.connect();
    for (head, name, filename, kind) in HEADS {
        let body = format!("--b\r\n{head}\r\n\r\nx\r\n--b--\r\n");
        let response = client.exchange(&Message::post("/parts").content_type(MULTIPART).body(body));
        assert_eq!(response.status_and_text(), (200, line(name, filename, kind, b"x")), "{head}");
    }
}

#[test]
fn preamble_and_epilogue_are_ignored() {
    let program = program();
    let mut client = program.connect();
    let part = "Content-Disposition: form-data; name=\"a\"\r\n\r\nx";
    let long = "-".repeat(100);
    for (kind, body) in [
        (MULTIPART, format!("--b\r\n{part}\r\n--b--")),
        (MULTIPART, format!("preamble\r\n--b\r\n{part}\r\n--b--\r\nepilogue\r\n--b\r\n")),
        (MULTIPART, format!("\r\n--b \t\r\n{part}\r\n--b-- \t\r\n")),
        ("multipart/form-data; boundary=\"b\"", format!("--b\r\n{part}\r\n--b--\r\n")),
        ("multipart/form-data;charset=utf-8;boundary=b", format!("--b\r\n{part}\r\n--b--\r\n")),
        ("Multipart/Form-Data; Boundary=b", format!("--b\r\n{part}\r\n--b--\r\n")),
        ("multipart/form-data; boundary=\"b c:d\"", format!("--b c:d\r\n{part}\r\n--b c:d--\r\n")),
        ("multipart/form-data; boundary=*****", format!("--*****\r\n{part}\r\n--*****--\r\n")),
        ("multipart/form-data; boundary=a&b", format!("--a&b\r\n{part}\r\n--a&b--\r\n")),
        ("multipart/form-data; boundary={1-a}", format!("--{{1-a}}\r\n{part}\r\n--{{1-a}}--\r\n")),
        ("multipart/form-data; boundary = b", format!("--b\r\n{part}\r\n--b--\r\n")),
        (
            &format!("multipart/form-data; boundary={long}"),
            format!("--{long}\r\n{part}\r\n--{long}--"),
        ),
    ] {
        for path in ["/parts", "/form", "/files"] {
            let message = Message::post(path).content_type(kind);
            let response = client.exchange(&message.body(&body));
            let expected = match path {
                "/parts" => line("a", "", "", b"x"),
                "/form" => "a=x\n".to_owned(),
                _ => "a,,,1,true\n".to_owned(),
            };
            assert_eq!(response.status_and_text(), (200, expected), "{path} {kind} {body:?}");
        }
    }
    // A delimiter starts a line, so this text belongs to the preamble (RFC 2046 section 5.1.1).
    for body in ["--b--\r\n".to_owned(), format!("preamble--b\r\n{part}\r\n--b--\r\n")] {
        let message = Message::post("/parts").content_type(MULTIPART).body(&body);
        assert_eq!(client.exchange(&message).status_and_text(), (200, String::new()), "{body:?}");
    }
}

#[test]
fn parts_of_every_size_are_complete_in_every_framing() {
    let program = program();
    let mut client = program.connect();
    let data = pattern(MIB);
    for size in [0, 1, 2, 1_000, 16_383, 16_384, 16_385, 100_000, MIB] {
        let data = &data[..size];
        let body = multipart(&[("a", Some("a"), data), ("b", None, b"y"), ("c", Some(""), data)]);
        let expected = line("a", "a", "text/x-a", data)
            + &line("b", "", "", b"y")
            + &line("c", "", "text/x-c", data);
        let message = Message::post("/parts").content_type(MULTIPART);
        for message in [
            message.clone().body(&body),
            message.clone().chunked(&body, 1_021, &["x-a: 1"]),
            message.chunked(&body, body.len(), &[]),
        ] {
            assert_eq!(
                client.exchange(&message).status_and_text(),
                (200, expected.clone()),
                "{size}"
            );
        }
    }
}

/// Data that nearly equals the delimiter, with its boundary.
#[test]
fn data_that_looks_like_a_boundary_is_data() {
    let program = program();
    let mut client = program.connect();
    for data in ["\r", "\n", "\r\n", "\r\n-", "\r\n--", "\r\n--a", "x--b", "\n--b", "-"] {
        let data = data.repeat(3);
        let body = multipart(&[("a", None, data.as_bytes()), ("c", None, data.as_bytes())]);
        let expected = line("a", "", "", data.as_bytes()) + &line("c", "", "", data.as_bytes());
        for size in [1, 2, 3, 5, 1_000] {
            let message = Message::post("/parts").content_type(MULTIPART).chunked(&body, size, &[]);
            assert_eq!(
                client.exchange(&message).status_and_text(),
                (200, expected.clone()),
                "{data:?}"
            );
        }
    }
}

#[test]
fn steps_are_at_most_as_large_as_requested() {
    let program = program();
    let mut client = program.connect();
    let body =
        multipart(&[("a", Some("f"), &pattern(40_000)), ("b", None, b""), ("c", None, b"xy")]);
    for (path, text) in [
        (
            "/files",
            "a,f,text/x-a,16384,false\na,f,text/x-a,16384,false\na,f,text/x-a,7232,true\n\
             b,,,0,true\nc,,,2,true\n",
        ),
        (
            "/files?max=20000",
            "a,f,text/x-a,20000,false\na,f,text/x-a,20000,true\nb,,,0,true\nc,,,2,true\n",
        ),
        ("/files?max=1000000", "a,f,text/x-a,40000,true\nb,,,0,true\nc,,,2,true\n"),
    ] {
        let message = Message::post(path).content_type(MULTIPART);
        for message in [message.clone().body(&body), message.chunked(&body, 999, &[])] {
            assert_eq!(
                client.exchange(&message).status_and_text(),
                (200, text.to_owned()),
                "{path}"
            );
        }
    }
}

#[test]
fn forms_are_read_in_both_encodings() {
    let program = program();
    let mut client = program.connect();
    for (kind, body, text) in [
        (URLENCODED, "", ""),
        (URLENCODED, "a", "a=\n"),
        (URLENCODED, "a=", "a=\n"),
        (URLENCODED, "b=2&a=1&b=1", "a=1\nb=1\nb=2\n"),
        (URLENCODED, "a=caf%C3%A9+%2B&&c", "a=caf\u{e9} +\nc=\n"),
        ("application/x-www-form-urlencoded; charset=UTF-8", "a=1", "a=1\n"),
    ] {
        let message = Message::post("/form").content_type(kind);
        for message in [message.clone().body(body), message.chunked(body, 2, &[])] {
            assert_eq!(client.exchange(&message).status_and_text(), (200, pairs(text)), "{body:?}");
        }
    }
}

#[test]
fn malformed_forms_are_refused() {
    let program = program();
    let part = "Content-Disposition: form-data; name=\"a\"";
    let rows: &[(u16, &str, String)] = &[
        (400, "multipart/form-data", "--b--\r\n".to_owned()),
        (400, "multipart/form-data; boundary=", "--b--\r\n".to_owned()),
        (400, "multipart/form-data; boundary=\u{e9}", "--b--\r\n".to_owned()),
        (400, "multipart/form-data; boundary=b c", "--b c--\r\n".to_owned()),
        (400, "multipart/form-data; boundary=\"b;c\"", "--b;c--\r\n".to_owned()),
        (400, "multipart/form-data; boundary=b; boundary=c", "--b--\r\n".to_owned()),
        (400, MULTIPART, String::new()),
        (400, MULTIPART, "no boundary at all".to_owned()),
        (400, MULTIPART, format!("--b\r\n{part}\r\n\r\nx")),
        (400, MULTIPART, format!("--b\r\n{part}")),
        (400, MULTIPART, "--b\r\n\r\nx\r\n--b--\r\n".to_owned()),
        (400, MULTIPART, "--b\r\nContent-Type: a/b\r\n\r\nx\r\n--b--\r\n".to_owned()),
        (400, MULTIPART, format!("--b\r\n{}\r\n\r\nx\r\n--b--\r\n", &part[..30])),
        (400, MULTIPART, format!("--b\r\nno colon\r\n{part}\r\n\r\nx\r\n--b--\r\n")),
        (415, "text/plain", "a=1".to_owned()),
        (415, "multipart/mixed; boundary=b", "--b--\r\n".to_owned()),
    ];
    for (status, kind, body) in rows {
        for path in ["/form", "/files", "/parts"] {
            let message = Message::post(path).content_type(kind);
            for message in [message.clone().body(body), message.chunked(body, 7, &[])] {
                let mut client = program.connect();
                client.send(message.bytes());
                let came = client.read_response();
                assert_eq!(came.status(), *status, "{path} {kind} {body:?}: {came:?}");
                // The message was well framed.
                assert_persists(&mut client);
            }
        }
    }
    let mut client = program.connect();
    assert_eq!(client.exchange(&Message::post("/form").body("a=1")).status(), 415);
    let message = Message::post("/form").content_type(URLENCODED);
    assert_eq!(client.exchange(&message.body("x&".repeat(101))).status(), 413);
    assert_persists(&mut client);
}

/// The complete parts have been answered by then; the response has no last chunk.
#[test]
fn a_malformed_part_cuts_a_started_response() {
    let program = program();
    let part = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n";
    for rest in ["--bb--\r\n", "--b", "--b\r\n", "--b\r\nX\r\n\r\n--b--", "--b\r\n\r\n\r\n--b--"] {
        let body = format!("{part}{rest}");
        let message = |path| Message::post(path).content_type(MULTIPART).body(&body);
        for path in ["/files", "/parts"] {
            let mut client = program.connect();
            client.send(message(path).bytes());
            let came = String::from_utf8(client.read_until_cut()).unwrap();
            assert!(came.contains("\r\na,,,1,"), "{path} {rest:?}: {came}");
            assert!(!came.ends_with("0\r\n\r\n"), "{path} {rest:?}: {came}");
        }
        assert_eq!(program.connect().exchange(&message("/form")).status(), 400, "{rest:?}");
    }
}

#[test]
fn forms_over_their_limits_are_413() {
    let program = program();
    let many = |count| multipart(&vec![("a", None, &b"x"[..]); count]);
    let large = multipart(&[("a", None, &vec![b'x'; 2 * MIB])]);
    let long_head = multipart(&[(&"n".repeat(MIB), None, b"x")]);
    for (path, body, status) in [
        ("/form", many(100), 200),
        ("/form", many(101), 413),
        ("/files", many(1_024), 200),
        ("/files", many(1_025), 413),
        ("/form", large, 413),
        ("/form", long_head.clone(), 413),
        ("/parts", long_head, 413),
    ] {
        let message = Message::post(path).content_type(MULTIPART);
        for message in [message.clone().body(&body), message.chunked(&body, 10_000, &[])] {
            let mut client = program.connect();
            client.send(message.bytes());
            if (path, status) == ("/files", 413) {
                // The steps before it have been answered: the client can detect the cut.
                let came = client.read_until_cut();
                assert!(!came.ends_with(b"0\r\n\r\n"), "{path}: not cut");
                continue;
            }
            assert_eq!(client.read_response().status(), status, "{path} {}", body.len());
        }
    }
    assert_serves(&program);
}

/// 256 MiB in two parts; the program holds only its buffers.
#[test]
fn memory_stays_constant_during_an_upload() {
    let program = program();
    let mut client = program.connect();
    let part = "--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"a\"\r\n\r\n";
    let piece = vec![b'x'; MIB];
    assert_persists(&mut client);
    let before = program.peak_memory();
    let length = 2 * (part.len() + 128 * MIB + "\r\n".len()) + "--b--\r\n".len();
    client.send(format!(
        "POST /files?max=1048576 HTTP/1.1\r\nHost: a\r\nContent-Type: {MULTIPART}\r\n\
         Content-Length: {length}\r\n\r\n"
    ));
    for _ in 0..2 {
        client.send(part);
        for _ in 0..128 {
            client.send(&piece);
        }
        client.send("\r\n");
    }
    client.send("--b--\r\n");
    let lines = client.read_response();
    let text = lines.text();
    let size = |line: &str| line.split(',').nth(3).unwrap().parse::<usize>().unwrap();
    assert_eq!(text.lines().map(size).sum::<usize>(), 256 * MIB);
    assert_eq!(text.lines().filter(|line| line.ends_with(",true")).count(), 2);
    let grown = program.peak_memory() - before;
    assert!(grown < 32 << 20, "{} KiB more", grown >> 10);
}
