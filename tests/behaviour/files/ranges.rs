//! Ranges (RFC 9110 section 14): one, several, unsatisfiable ones, and those that are ignored.

use std::os::unix::fs::FileExt;

use tremolo_tests::Message;

use super::{Served, assert_persists, pattern, read_head, sparse};

/// The value of `Range`, and the first and last byte of the content, for a file of 1,000 bytes.
const SATISFIED: &[(&str, usize, usize)] = &[
    ("bytes=0-0", 0, 0),
    ("bytes=10-19", 10, 19),
    ("bytes=990-", 990, 999),
    ("bytes=-10", 990, 999),
    ("bytes=999-999", 999, 999),
    // Clamped (section 14.1.2).
    ("bytes=990-2000", 990, 999),
    ("bytes=-1001", 0, 999),
    ("bytes=5-18446744073709551616", 5, 999),
    // Range units are case-insensitive (section 14.1); unsatisfiable ranges are left out.
    ("BYTES=1-4", 1, 4),
    ("bytes=20-24,5000-6000", 20, 24),
    ("bytes=0-4,,2000-", 0, 4),
];

/// Ignored: another unit, or invalid (section 14.2).
const IGNORED: &[&str] = &[
    "lines=1-2",
    "bytes=",
    "bytes",
    "garbage",
    "bytes=5-0",
    "bytes=-",
    "bytes=+1-+4",
    "bytes=1_0-1_9",
    "bytes=20-10",
    "bytes=0-4;6-7",
];

const UNSATISFIABLE: &[&str] = &["bytes=1000-", "bytes=5000-6000", "bytes=-0", "bytes=2000-,3000-"];

#[test]
fn a_range_is_206_with_its_position_and_bytes() {
    let (served, content) = (Served::new(&pattern(1_000)), pattern(1_000));
    let mut client = served.program.connect();
    for (range, first, last) in SATISFIED {
        let field = format!("Range: {range}");
        let response = client.exchange(&Message::new("GET /file").fields(&[&field]));
        assert_eq!(response.status(), 206, "{range}");
        let place = format!("bytes {first}-{last}/1000");
        assert_eq!(response.field("Content-Range"), Some(&*place), "{range}");
        assert!(response.body == content[*first..=*last], "{range}");
        for name in ["ETag", "Last-Modified", "Accept-Ranges", "Date"] {
            assert!(response.field(name).is_some(), "{range}: {name}");
        }
    }
}

#[test]
fn an_invalid_range_is_ignored() {
    let (served, content) = (Served::new(&pattern(1_000)), pattern(1_000));
    let mut client = served.program.connect();
    let lists = IGNORED.iter().map(|range| vec![format!("Range: {range}")]);
    let twice = vec!["Range: bytes=0-1".to_owned(), "Range: bytes=2-3".to_owned()];
    for fields in lists.chain([twice]) {
        let lines: Vec<_> = fields.iter().map(String::as_str).collect();
        let response = client.exchange(&Message::new("GET /file").fields(&lines));
        assert_eq!((response.status(), response.field("Content-Range")), (200, None), "{fields:?}");
        assert!(response.body == content, "{fields:?}");
    }
}

#[test]
fn an_unsatisfiable_range_is_416_with_the_length_and_keeps_the_connection() {
    let served = Served::new(&pattern(1_000));
    let mut client = served.program.connect();
    for range in UNSATISFIABLE {
        let field = format!("Range: {range}");
        let response = client.exchange(&Message::new("GET /file").fields(&[&field]));
        assert_eq!(response.status(), 416, "{range}");
        assert_eq!(response.field("Content-Range"), Some("bytes */1000"), "{range}");
        assert_eq!(response.field("ETag"), None, "it is the error's head: {range}");
    }
    assert_persists(&mut client);
}

#[test]
fn several_ranges_are_parts_with_an_exact_length() {
    let (served, content) = (Served::new(&pattern(100_000)), pattern(100_000));
    for (range, wanted) in [
        ("bytes=0-4,20-24", vec![(0, 4), (20, 24)]),
        ("bytes=20-24,0-4", vec![(20, 24), (0, 4)]),
        ("bytes=-5,0-0,90000-90999", vec![(99_995, 99_999), (0, 0), (90_000, 90_999)]),
    ] {
        let response = served.ask(&[&format!("Range: {range}")]);
        assert_eq!((response.status(), response.field("Content-Range")), (206, None), "{range}");
        let content_type = response.field("Content-Type").unwrap();
        let boundary = content_type.strip_prefix("multipart/byteranges; boundary=").unwrap();
        let mut body = Vec::new();
        for (first, last) in wanted {
            let head = format!(
                "\r\n--{boundary}\r\nContent-Type: application/octet-stream\r\n\
                 Content-Range: bytes {first}-{last}/100000\r\n\r\n"
            );
            // The first delimiter needs no line terminator before it.
            body.extend_from_slice(if body.is_empty() {
                &head.as_bytes()[2..]
            } else {
                head.as_bytes()
            });
            body.extend_from_slice(&content[first..=last]);
        }
        body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        assert!(response.body == body, "{range}");
    }
}

#[test]
fn overlapping_ranges_are_merged_and_too_many_are_ignored() {
    let served = Served::new(&pattern(1_000));
    let response = served.ask(&["Range: bytes=0-9,5-19"]);
    assert_eq!(response.field("Content-Range"), Some("bytes 0-19/1000"));
    let many = (0..120).map(|at| format!("{}-{}", at * 4, at * 4 + 1)).collect::<Vec<_>>();
    let response = served.ask(&[&format!("Range: bytes={}", many.join(","))]);
    assert_eq!((response.status(), response.body.len()), (200, 1_000));
}

/// RFC 9110 sections 9.3.2 and 14.2: `Range` is defined only for GET.
#[test]
fn head_has_the_fields_of_the_whole_file_and_keeps_the_connection() {
    let served = Served::new(&pattern(1_000));
    for range in [None, Some("bytes=10-19"), Some("bytes=0-0,5-6"), Some("bytes=1000-")] {
        let fields: Vec<_> = range.iter().map(|range| format!("Range: {range}")).collect();
        let fields: Vec<_> = fields.iter().map(String::as_str).collect();
        let (head, body) = served.head_of("HEAD /file", &fields);
        let is_whole = head.contains(" 200 ") && head.contains("Content-Length: 1000\r\n");
        assert!(is_whole && head.contains("Accept-Ranges: bytes\r\n"), "{range:?}: {head}");
        assert!(!head.contains("Content-Range") && body == 0, "{range:?}: {head}");
    }
    let mut client = served.program.connect();
    client.send("HEAD /file HTTP/1.1\r\nHost: a\r\n\r\nGET /file HTTP/1.1\r\nHost: a\r\n\r\n");
    read_head(&mut client);
    assert_eq!(client.read_response().body.len(), 1_000);
}

#[test]
fn a_range_of_another_method_is_ignored() {
    let served = Served::new(&pattern(1_000));
    let message = Message::post("/file").fields(&["Range: bytes=0-4"]).body("x");
    let response = served.program.connect().exchange(&message);
    assert_eq!((response.status(), response.body.len()), (200, 1_000));
}

#[test]
fn a_slice_is_sent_exactly_and_ranges_are_relative_to_it() {
    let (served, content) = (Served::new(&pattern(1_000)), pattern(1_000));
    let mut client = served.program.connect();
    for (query, first, end) in [
        ("offset=0&count=20", 0, 20),
        ("offset=100&count=50", 100, 150),
        ("offset=990", 990, 1_000),
        ("offset=990&count=5000", 990, 1_000),
        ("offset=5000&count=10", 1_000, 1_000),
        ("count=0", 0, 0),
        ("", 0, 1_000),
    ] {
        let response = client.exchange(&Message::new(&format!("GET /slice?{query}")));
        assert_eq!(response.status(), 200, "{query}");
        assert!(response.body == content[first..end], "{query}");
    }
    let message = Message::new("GET /slice?offset=100&count=50").fields(&["Range: bytes=10-19"]);
    let response = client.exchange(&message);
    assert_eq!(response.field("Content-Range"), Some("bytes 10-19/50"));
    assert!(response.body == content[110..120]);
}

#[test]
fn files_of_zero_and_one_byte_are_sent() {
    let served = Served::new(b"");
    let response = served.ask(&[]);
    assert_eq!((response.status(), response.field("Content-Length")), (200, Some("0")));
    assert_eq!(served.ask(&["Range: bytes=0-"]).field("Content-Range"), Some("bytes */0"));
    let served = Served::new(b"x");
    assert_eq!(served.ask(&[]).status_and_text(), (200, "x".to_owned()));
    assert_eq!(served.ask(&["Range: bytes=-1"]).status_and_text(), (206, "x".to_owned()));
}

/// Lengths and positions above 32 bits; the file is sparse.
#[test]
fn ranges_beyond_4_gib_are_sent() {
    let length = 5 << 30;
    let served = Served::with(|path| {
        sparse(path, length).write_all_at(b"far away", (4 << 30) + 1_000).unwrap();
    });
    let response = served.ask(&["Range: bytes=4294968296-4294968303"]);
    assert_eq!(response.field("Content-Range"), Some("bytes 4294968296-4294968303/5368709120"));
    assert_eq!(response.body, b"far away");
    let (head, body) = served.head_of("HEAD /file", &[]);
    assert!(head.contains("Content-Length: 5368709120\r\n") && body == 0, "{head}");
    let response = served.ask(&["Range: bytes=4294967290-4295999999,-3"]);
    let length: usize = response.field("Content-Length").unwrap().parse().unwrap();
    assert_eq!(response.body.len(), length);
}

#[test]
fn http_1_0_gets_a_file_with_its_length() {
    let served = Served::new(&pattern(100_000));
    let mut client = served.program.connect();
    client.send("GET /file HTTP/1.0\r\n\r\n");
    let answer = client.read_to_end();
    assert!(answer.ends_with(&pattern(100_000)));
    let head = String::from_utf8_lossy(&answer[..400]);
    assert!(head.contains("Content-Length: 100000\r\n") && !head.contains("chunked"), "{head}");
}
