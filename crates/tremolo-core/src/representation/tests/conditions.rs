//! Preconditions, as tables, and their order (RFC 9110 sections 13.1 and 13.2).

use super::*;

/// Section 13.1.1: strong comparison; section 13.1.4.
#[test]
fn if_match_and_if_unmodified_since_give_412_for_another_state() {
    for (fields, expected) in [
        (&[("If-Match", "\"v1\"")][..], 200),
        (&[("If-Match", "\"v0\", \"v1\"")], 200),
        (&[("If-Match", "\"v0\""), ("If-Match", "\"v1\"")], 200),
        (&[("If-Match", "*")], 200),
        (&[("if-MATCH", "*")], 200),
        (&[("If-Match", "W/\"v1\"")], 412),
        (&[("If-Match", "\"v0\"")], 412),
        (&[("If-Match", "v1")], 412),
        (&[("If-Match", "\"v0,\"v1\"")], 412),
        (&[("If-Match", "\"v0\", *")], 412),
        (&[("If-Match", "")], 412),
        (&[("If-Unmodified-Since", CHANGED_DATE)], 200),
        (&[("If-Unmodified-Since", LATER_DATE)], 200),
        (&[("If-Unmodified-Since", EARLIER_DATE)], 412),
        (&[("If-Unmodified-Since", "Friday, 04-Nov-94 01:46:40 GMT")], 412),
        (&[("If-Unmodified-Since", "Fri Nov  4 01:46:40 1994")], 412),
        (&[("If-Unmodified-Since", "yesterday")], 200),
        (&[("If-Unmodified-Since", EARLIER_DATE), ("If-Unmodified-Since", EARLIER_DATE)], 200),
    ] {
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE"] {
            let answer = ask(method, fields, &file(10));
            assert_eq!(answer.status, expected, "{method} {fields:?}");
        }
    }
}

/// Section 13.1.2: weak comparison; section 13.1.3: GET and HEAD only.
#[test]
fn if_none_match_gives_304_to_reads_and_412_to_changes() {
    for (fields, read, write) in [
        (&[("If-None-Match", "\"v1\"")][..], 304, 412),
        (&[("If-None-Match", "W/\"v1\"")], 304, 412),
        (&[("If-None-Match", "\"v0\",,W/\"v1\" , \"v2\"")], 304, 412),
        (&[("If-None-Match", "\"v0\""), ("If-None-Match", "\"v1\"")], 304, 412),
        (&[("If-None-Match", "*")], 304, 412),
        (&[("If-None-Match", "\"v0\"")], 200, 200),
        (&[("If-None-Match", "\"V1\"")], 200, 200),
        (&[("If-None-Match", "v1")], 200, 200),
        (&[("If-None-Match", "\"*\"")], 200, 200),
        (&[("If-None-Match", "")], 200, 200),
        (&[("If-Modified-Since", CHANGED_DATE)], 304, 200),
        (&[("If-Modified-Since", LATER_DATE)], 304, 200),
        (&[("If-Modified-Since", "Mon, 01 Jan 2035 00:00:00 GMT")], 304, 200),
        (&[("If-Modified-Since", "Saturday, 05-Nov-94 01:46:40 GMT")], 304, 200),
        (&[("If-Modified-Since", "Sat Nov  5 01:46:40 1994")], 304, 200),
        (&[("If-Modified-Since", EARLIER_DATE)], 200, 200),
        (&[("If-Modified-Since", "garbage")], 200, 200),
        (&[("If-Modified-Since", "")], 200, 200),
        (&[("If-Modified-Since", LATER_DATE), ("If-Modified-Since", LATER_DATE)], 200, 200),
    ] {
        for (method, expected) in [("GET", read), ("HEAD", read), ("POST", write), ("PUT", write)] {
            let answer = ask(method, fields, &file(10));
            assert_eq!(answer.status, expected, "{method} {fields:?}");
        }
    }
}

/// Section 13.2.2.
#[test]
fn evaluates_in_the_order_of_precedence() {
    for (fields, expected) in [
        // `If-Match` takes precedence over `If-Unmodified-Since`.
        (&[("If-Match", "\"v1\""), ("If-Unmodified-Since", EARLIER_DATE)][..], 200),
        (&[("If-Match", "\"v0\""), ("If-Unmodified-Since", LATER_DATE)], 412),
        // `If-None-Match` takes precedence over `If-Modified-Since`.
        (&[("If-None-Match", "\"v0\""), ("If-Modified-Since", LATER_DATE)], 200),
        (&[("If-None-Match", "\"v1\""), ("If-Modified-Since", EARLIER_DATE)], 304),
        (&[("If-None-Match", "junk"), ("If-Modified-Since", LATER_DATE)], 200),
        // A false precondition takes precedence over a 304.
        (&[("If-None-Match", "\"v1\""), ("If-Match", "\"v0\"")], 412),
        (&[("If-Modified-Since", LATER_DATE), ("If-Unmodified-Since", EARLIER_DATE)], 412),
        (&[("If-None-Match", "\"v1\""), ("If-Match", "\"v1\"")], 304),
        // Ranges are evaluated last.
        (&[("Range", "bytes=0-1"), ("If-Modified-Since", CHANGED_DATE)], 304),
        (&[("Range", "bytes=0-1"), ("If-Modified-Since", EARLIER_DATE)], 206),
        (&[("Range", "bytes=99-"), ("If-None-Match", "\"v1\"")], 304),
        (&[("Range", "bytes=99-"), ("If-Match", "\"v0\"")], 412),
        (&[("Range", "bytes=0-1"), ("If-None-Match", "\"v0\"")], 206),
        (&[("Range", "bytes=0-1"), ("If-Range", "\"v0\""), ("If-None-Match", "*")], 304),
    ] {
        assert_eq!(ask("GET", fields, &file(10)).status, expected, "{fields:?}");
    }
}

/// Section 13.2.1.
#[test]
fn ignores_conditions_without_meaning() {
    let fields = &[("If-None-Match", "*"), ("If-Match", "\"v0\"")];
    for method in ["OPTIONS", "TRACE"] {
        assert_eq!(ask(method, fields, &file(10)).status, 200, "{method}");
    }
    let connect =
        evaluate(&http::Method::CONNECT, request("GET", fields).fields(), &file(10).validators);
    assert_eq!(connect, Precondition::Proceed);
    for status in [201, 404, 500] {
        let mut response = ResponseHead::default();
        response.set_status(status).unwrap();
        let request = request("GET", &[("If-None-Match", "*"), ("Range", "bytes=0-1")]);
        let answer = ask_with(&request, response, &file(10));
        assert_eq!((answer.status, answer.length), (status, Some(10)));
        assert_eq!(answer.pieces(), [(0, 10)]);
        assert_eq!(answer.field("accept-ranges"), None);
    }
}

/// Without a validator no tag matches; `*` needs none.
#[test]
fn a_missing_validator_matches_nothing() {
    let bare = Representation { validators: Validators::default(), ..file(10) };
    for (fields, expected) in [
        (&[("If-Match", "\"v1\"")][..], 412),
        (&[("If-Match", "*")], 200),
        (&[("If-None-Match", "\"v1\"")], 200),
        (&[("If-None-Match", "*")], 304),
        (&[("If-Modified-Since", LATER_DATE)], 200),
        (&[("If-Unmodified-Since", EARLIER_DATE)], 200),
        (&[("Range", "bytes=0-1"), ("If-Range", "\"v1\"")], 200),
        (&[("Range", "bytes=0-1"), ("If-Range", CHANGED_DATE)], 200),
        (&[("Range", "bytes=0-1")], 206),
    ] {
        let answer = ask("GET", fields, &bare);
        assert_eq!(answer.status, expected, "{fields:?}");
        assert_eq!((answer.field("etag"), answer.field("last-modified")), (None, None));
    }
}

/// Section 13.1.5: strong comparison, an exact date, and the whole representation for a client with
/// another state.
#[test]
fn if_range_gives_ranges_only_of_the_same_state() {
    for (values, expected) in [
        (&["\"v1\""][..], 206),
        (&["W/\"v1\""], 200),
        (&["\"v0\""], 200),
        (&["\"v1\", \"v2\""], 200),
        (&["*"], 200),
        (&["v1"], 200),
        (&[""], 200),
        (&["\"v1\"", "\"v1\""], 200),
        (&[CHANGED_DATE], 206),
        (&["Saturday, 05-Nov-94 01:46:40 GMT"], 206),
        (&["Sat Nov  5 01:46:40 1994"], 206),
        (&[LATER_DATE], 200),
        (&[EARLIER_DATE], 200),
        (&["garbage"], 200),
    ] {
        let mut fields = vec![("Range", "bytes=2-3")];
        fields.extend(values.iter().map(|value| ("If-Range", *value)));
        let answer = ask("GET", &fields, &file(10));
        assert_eq!(answer.status, expected, "{values:?}");
        // An unsatisfiable range gives the whole too, if the client has another state.
        fields[0].1 = "bytes=10-";
        let answer = ask("GET", &fields, &file(10));
        assert_eq!(answer.status, if expected == 206 { 416 } else { 200 }, "{values:?}");
        let alone = ask("GET", &fields[1..], &file(10));
        assert_eq!(alone.status, 200, "{values:?}");
    }
    let validators = Validators { etag: EntityTag::parse(b"W/\"v1\""), last_modified: None };
    let weak = Representation { validators, ..file(10) };
    for value in ["\"v1\"", "W/\"v1\""] {
        let answer = ask("GET", &[("Range", "bytes=2-3"), ("If-Range", value)], &weak);
        assert_eq!(answer.status, 200, "{value}");
    }
}

/// Sections 8.8.2.2 and 13.1.5: the second of the request is not over, and later ones have not
/// begun.
#[test]
fn a_date_that_may_still_change_is_weak() {
    for (changed, date, expected) in [
        (NOW - 1, "Sun, 06 Nov 1994 08:49:36 GMT", 206),
        (NOW, "Sun, 06 Nov 1994 08:49:37 GMT", 200),
        (NOW + 1, "Sun, 06 Nov 1994 08:49:38 GMT", 200),
        (NOW + 1, "Sun, 06 Nov 1994 08:49:37 GMT", 200),
    ] {
        let validators = Validators { etag: None, last_modified: Some(changed) };
        let young = Representation { validators, ..file(10) };
        let answer = ask("GET", &[("Range", "bytes=2-3"), ("If-Range", date)], &young);
        assert_eq!(answer.status, expected, "{changed} {date}");
        // Section 8.8.2.1: never later than Date.
        let sent = answer.field("last-modified").unwrap();
        assert_eq!(parse_date(sent.as_bytes()), Some(changed.min(NOW)));
    }
}

/// Section 15.4.5: a 304 repeats the validators and the other fields of the state.
#[test]
fn a_304_carries_the_validators() {
    let mut response = ResponseHead::default();
    response.set(b"Cache-Control", b"no-cache").unwrap();
    response.set(b"Content-Length", b"10").unwrap();
    let request = request("GET", &[("If-None-Match", "\"v1\"")]);
    let answer = ask_with(&request, response, &file(10));
    assert_eq!((answer.status, answer.length), (304, None));
    assert_eq!(answer.field("etag"), Some("\"v1\""));
    assert_eq!(answer.field("last-modified"), Some(CHANGED_DATE));
    assert_eq!(answer.field("cache-control"), Some("no-cache"));
    assert_eq!(answer.field("content-range"), None);
    assert!(answer.segments.is_empty());
}

/// The validators that the application has set are those that clients have and that are compared.
#[test]
fn the_validators_of_the_application_come_first() {
    for (own, fields, expected) in [
        (("ETag", "\"mine\""), &[("If-None-Match", "\"mine\"")][..], 304),
        (("etag", "W/\"mine\""), &[("If-None-Match", "\"mine\"")], 304),
        (("ETag", "\"mine\""), &[("If-None-Match", "\"v1\"")], 200),
        (("ETag", "mine"), &[("If-None-Match", "\"v1\"")], 200),
        (("Last-Modified", LATER_DATE), &[("If-Modified-Since", CHANGED_DATE)], 200),
        (("Last-Modified", LATER_DATE), &[("If-Modified-Since", LATER_DATE)], 304),
    ] {
        let mut response = ResponseHead::default();
        response.set(own.0.as_bytes(), own.1.as_bytes()).unwrap();
        let answer = ask_with(&request("GET", fields), response, &file(10));
        assert_eq!(answer.status, expected, "{own:?} {fields:?}");
        assert_eq!(answer.field(own.0), Some(own.1));
        let named = answer.fields.iter().filter(|(name, _)| name.eq_ignore_ascii_case(own.0));
        assert_eq!(named.count(), 1);
    }
}
