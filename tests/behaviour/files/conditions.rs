//! Conditional requests (RFC 9110 section 13), alone and with ranges.

use tremolo_tests::Message;

use super::{Served, assert_persists, pattern};

#[test]
fn a_current_cached_copy_gets_304_with_the_validators() {
    let served = Served::new(&pattern(1_000));
    let first = served.ask(&[]);
    let tag = first.field("ETag").unwrap().to_owned();
    let modified = first.field("Last-Modified").unwrap().to_owned();
    let mut client = served.program.connect();
    for field in [
        format!("If-None-Match: {tag}"),
        format!("If-None-Match: W/{tag}"),
        format!("If-None-Match: \"other\", {tag}"),
        "If-None-Match: *".to_owned(),
        format!("If-Modified-Since: {modified}"),
        "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT".to_owned(),
    ] {
        let response = client.exchange(&Message::new("GET /file").fields(&[&field]));
        assert_eq!((response.status(), response.body.len()), (304, 0), "{field}");
        assert_eq!(response.field("ETag"), Some(&*tag), "{field}");
        assert_eq!(response.field("Last-Modified"), Some(&*modified), "{field}");
        assert_eq!(response.field("Content-Range"), None, "{field}");
    }
    assert_persists(&mut client);
}

#[test]
fn a_false_precondition_is_412_and_an_invalid_one_is_ignored() {
    let served = Served::new(&pattern(1_000));
    let tag = served.ask(&[]).field("ETag").unwrap().to_owned();
    let old = "Sun, 06 Nov 1994 08:49:37 GMT";
    for (fields, status) in [
        (vec![format!("If-Match: {tag}")], 200),
        (vec!["If-Match: \"other\"".to_owned()], 412),
        (vec![format!("If-Match: W/{tag}")], 412),
        (vec!["If-Match: *".to_owned()], 200),
        (vec![format!("If-Unmodified-Since: {old}")], 412),
        // The three forms of a date (section 5.6.7).
        (vec!["If-Unmodified-Since: Sunday, 06-Nov-94 08:49:37 GMT".to_owned()], 412),
        (vec!["If-Unmodified-Since: Sun Nov  6 08:49:37 1994".to_owned()], 412),
        (vec!["If-Unmodified-Since: garbage".to_owned()], 200),
        (vec![format!("If-Modified-Since: {old}")], 200),
        (vec!["If-Modified-Since: garbage".to_owned()], 200),
        (vec!["If-None-Match: \"other\"".to_owned()], 200),
        // `If-None-Match` takes precedence over the date (section 13.1.3).
        (
            vec![
                "If-None-Match: \"other\"".to_owned(),
                "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT".to_owned(),
            ],
            200,
        ),
    ] {
        let lines: Vec<_> = fields.iter().map(String::as_str).collect();
        assert_eq!(served.ask(&lines).status(), status, "{fields:?}");
    }
}

#[test]
fn a_range_of_a_changed_file_is_the_whole_file() {
    let served = Served::new(&pattern(1_000));
    let first = served.ask(&[]);
    let tag = format!("If-Range: {}", first.field("ETag").unwrap());
    let range = "Range: bytes=0-9";
    assert_eq!(served.ask(&[range, &tag]).status(), 206);
    for other in ["If-Range: \"other\"", "If-Range: Sun, 06 Nov 1994 08:49:37 GMT", "If-Range: x"] {
        let response = served.ask(&[range, other]);
        assert_eq!((response.status(), response.body.len()), (200, 1_000), "{other}");
    }
    std::fs::write(served.file(), pattern(999)).unwrap();
    assert_eq!(served.ask(&[range, &tag]).body.len(), 999);
}

#[test]
fn preconditions_are_evaluated_before_ranges() {
    let served = Served::new(&pattern(1_000));
    let tag = served.ask(&[]).field("ETag").unwrap().to_owned();
    let none = format!("If-None-Match: {tag}");
    assert_eq!(served.ask(&["Range: bytes=0-9", &none]).status(), 304);
    assert_eq!(served.ask(&["Range: bytes=5000-", "If-Match: \"other\""]).status(), 412);
}
