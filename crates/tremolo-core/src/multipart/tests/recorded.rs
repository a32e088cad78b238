//! Recorded bodies of real clients: curl 7.88.1, requests 2.34.2 and httpx 0.28.1 posted to a
//! socket that recorded the bytes.

use super::{Limits, Part, boundary_of, decode_everywhere};

const TEXT_FILE: &[u8] = b"first line\r\nsecond line\n";
const BINARY_FILE: &[u8] = b"\x00\r\n--\xff";

fn decoded(content_type: &[u8], body: &[u8]) -> Vec<Part> {
    let boundary = boundary_of(content_type).unwrap();
    decode_everywhere(boundary.as_bytes(), Limits::default(), body).unwrap()
}

fn expected(parts: &[(&str, Option<&str>, &[u8])]) -> Vec<Part> {
    let owned = |&(name, filename, data): &(&str, Option<&str>, &[u8])| {
        (name.to_owned(), filename.map(str::to_owned), data.to_vec())
    };
    parts.iter().map(owned).collect()
}

/// `-F text=… -F empty= -F file=@a.txt -F 'quoted=@q".bin;type=…' …`; a name may end with a
/// backslash.
#[test]
fn decodes_bodies_of_curl() {
    let parts = decoded(
        b"multipart/form-data; boundary=------------------------97b2800fa18ed6c9",
        include_bytes!("recorded/curl.body"),
    );
    let sent = expected(&[
        ("text", None, b"Hello, world"),
        ("empty", None, b""),
        ("file", Some("a.txt"), TEXT_FILE),
        ("quoted", Some("q\".bin"), BINARY_FILE),
        ("umlaut", Some("grüße.txt"), b"hallo"),
        ("odd\"name\\", None, b"x"),
        ("none", Some("empty.txt"), b""),
        ("named", Some(r"C:\dir\b.txt"), TEXT_FILE),
    ]);
    assert_eq!(parts, sent);
}

/// `--form-escape`, and every curl before 7.81: backslashes before quotes and backslashes.
#[test]
fn decodes_bodies_of_curl_with_backslash_escapes() {
    let parts = decoded(
        b"multipart/form-data; boundary=------------------------6daef9fd03dcdaed",
        include_bytes!("recorded/curl_escape.body"),
    );
    let sent =
        expected(&[("odd\"na\\me", None, b"x"), ("named", Some("C:\\dir\\q\".txt"), TEXT_FILE)]);
    assert_eq!(parts, sent);
}

#[test]
fn decodes_bodies_of_requests() {
    let parts = decoded(
        b"multipart/form-data; boundary=9d01d462fb7ee59beae73e89a17b2b48",
        include_bytes!("recorded/requests.body"),
    );
    let sent = expected(&[
        ("text", None, b"Hello, world"),
        ("empty", None, b""),
        ("file", Some("a.txt"), TEXT_FILE),
        ("quoted", Some("q\".bin"), BINARY_FILE),
        ("umlaut", Some("grüße.txt"), b"hallo"),
        ("line\r\nbreak", Some("x\\y.txt"), b""),
    ]);
    assert_eq!(parts, sent);
}

#[test]
fn decodes_bodies_of_httpx() {
    let parts = decoded(
        b"multipart/form-data; boundary=78512068a180ad1f25d2ab66b41e8290",
        include_bytes!("recorded/httpx.body"),
    );
    let sent = expected(&[
        ("text", None, b"Hello, world"),
        ("empty", None, b""),
        ("file", Some("a.txt"), TEXT_FILE),
        ("quoted", Some("q\".bin"), BINARY_FILE),
        ("umlaut", Some("grüße.txt"), b"hallo"),
    ]);
    assert_eq!(parts, sent);
}
