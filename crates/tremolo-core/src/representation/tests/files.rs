//! Whole files, slices of files and HEAD: the head matches what is sent.

use super::*;

#[test]
fn a_whole_file_has_all_its_fields() {
    let answer = ask("GET", &[], &file(1_000));
    assert_eq!((answer.status, answer.length), (200, Some(1_000)));
    assert_eq!(answer.pieces(), [(0, 1_000)]);
    assert_eq!(answer.content_type, "text/plain");
    let expected =
        [("Accept-Ranges", "bytes"), ("Last-Modified", CHANGED_DATE), ("ETag", "\"v1\"")];
    assert!(answer.fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).eq(expected));
}

/// RFC 9110 section 15.3.7.
#[test]
fn a_part_has_the_fields_of_the_whole() {
    for range in ["bytes=0-4", "bytes=0-4,6-7"] {
        let answer = ask("GET", &[("Range", range)], &file(1_000));
        assert_eq!(answer.status, 206);
        assert_eq!(answer.field("accept-ranges"), Some("bytes"));
        assert_eq!(answer.field("last-modified"), Some(CHANGED_DATE));
        assert_eq!(answer.field("etag"), Some("\"v1\""));
    }
}

/// Exactly the declared slice, for any request.
#[test]
fn a_slice_is_the_representation() {
    for (offset, count, range, status, content_range, pieces) in [
        (10, Some(20), None, 200, None, &[(10, 20)][..]),
        (10, None, None, 200, None, &[(10, 90)]),
        (90, Some(20), None, 200, None, &[(90, 10)]),
        (100, None, None, 200, None, &[]),
        (5_000, Some(1), None, 200, None, &[]),
        (u64::MAX, Some(u64::MAX), None, 200, None, &[]),
        (10, Some(0), None, 200, None, &[]),
        (10, Some(20), Some("bytes=0-4"), 206, Some("bytes 0-4/20"), &[(10, 5)]),
        (10, Some(20), Some("bytes=15-99"), 206, Some("bytes 15-19/20"), &[(25, 5)]),
        (10, Some(20), Some("bytes=-5"), 206, Some("bytes 15-19/20"), &[(25, 5)]),
        (10, Some(20), Some("bytes=-500"), 206, Some("bytes 0-19/20"), &[(10, 20)]),
        (10, Some(20), Some("bytes=20-"), 416, Some("bytes */20"), &[]),
        (10, Some(20), Some("bytes=0-1,5-6"), 206, None, &[(10, 2), (15, 2)]),
        (5_000, None, Some("bytes=0-"), 416, Some("bytes */0"), &[]),
    ] {
        let slice = Slice::new(100, offset, count);
        let fields: Vec<_> = range.map(|range| ("Range", range)).into_iter().collect();
        let answer = ask("GET", &fields, &Representation { slice, ..file(100) });
        let row = format!("{offset} {count:?} {range:?}");
        assert_eq!(
            (answer.status, answer.field("content-range")),
            (status, content_range),
            "{row}"
        );
        assert_eq!(answer.pieces(), pieces, "{row}");
        if status == 200 || content_range.is_some() && status == 206 {
            let sent = pieces.iter().map(|(_, length)| length).sum();
            assert_eq!(answer.length, Some(sent), "{row}");
        }
    }
}

/// RFC 9110 sections 9.3.2 and 14.2: HEAD has the same preconditions, and no ranges.
#[test]
fn head_gets_the_head_of_the_whole_file() {
    let range = |value: &'static str| ("Range", value);
    let conditions = [
        &[][..],
        &[("If-None-Match", "\"v1\"")],
        &[("If-Match", "\"v0\"")],
        &[("If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT")],
    ];
    for fields in conditions {
        let get = ask("GET", fields, &file(1_000));
        for ranges in [
            &[][..],
            &[range("bytes=0-4")],
            &[range("bytes=0-4,6-7")],
            &[range("bytes=1000-")],
            &[range("bytes=-0")],
            &[range("bytes=0-4"), ("If-Range", "\"v1\"")],
        ] {
            let fields = [fields, ranges].concat();
            let head = ask("HEAD", &fields, &file(1_000));
            assert_eq!((get.status, get.length), (head.status, head.length), "{fields:?}");
            assert_eq!((&get.fields, &get.content_type), (&head.fields, &head.content_type));
            assert!(head.segments.is_empty(), "{fields:?}");
        }
    }
}

/// Ranges are defined for GET only (section 14.2).
#[test]
fn other_methods_get_the_whole() {
    for method in ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "get"] {
        let answer = ask(method, &[("Range", "bytes=0-4")], &file(1_000));
        assert_eq!((answer.status, answer.length), (200, Some(1_000)), "{method}");
    }
}

#[test]
fn an_application_may_forbid_ranges() {
    let whole = Representation { accept_ranges: false, ..file(1_000) };
    for range in ["bytes=0-4", "bytes=5000-", "bytes=0-4,6-7"] {
        let answer = ask("GET", &[("Range", range)], &whole);
        assert_eq!((answer.status, answer.length), (200, Some(1_000)));
        assert_eq!(answer.field("accept-ranges"), None);
    }
    assert_eq!(ask("GET", &[("If-None-Match", "\"v1\"")], &whole).status, 304);
}

/// RFC 9112 section 6.2: the length is exact, so it alone frames the message.
#[test]
fn the_exact_length_replaces_the_framing_of_the_application() {
    let mut response = ResponseHead::default();
    response.set(b"Content-Length", b"7").unwrap();
    response.set_chunked(true);
    let now = Now::new(crate::testing::start(), NOW);
    let request = request("GET", &[]);
    select(&request, &mut response, &file(1_000), &now, || unreachable!()).unwrap();
    assert_eq!((response.declared_length(), response.chunked()), (Some(1_000), None));
}

/// RFC 9110 sections 15.3.5, 15.3.6, 15.4.5.
#[test]
fn statuses_without_content_send_no_bytes_of_the_file() {
    for status in [204, 205, 304] {
        let mut response = ResponseHead::default();
        response.set_status(status).unwrap();
        let answer = ask_with(&request("GET", &[]), response, &file(10));
        assert_eq!((answer.status, answer.segments.len()), (status, 0));
    }
}

#[test]
fn a_refusal_does_not_change_the_head() {
    let now = Now::new(crate::testing::start(), NOW);
    for (fields, refused, count) in
        [(("If-Match", "\"v0\""), 412, 0), (("Range", "bytes=10-"), 416, 1)]
    {
        let mut response = ResponseHead::default();
        let request = request("GET", &[fields]);
        let selected = select(&request, &mut response, &file(10), &now, || 0).unwrap();
        let Selected::Refused(refusal) = selected else { panic!("{fields:?}: {selected:?}") };
        assert_eq!((refusal.status.as_u16(), refusal.fields.iter().count()), (refused, count));
        assert_eq!(response.status(), 200);
        assert!(response.fields().is_empty() && response.declared_length().is_none());
    }
}
