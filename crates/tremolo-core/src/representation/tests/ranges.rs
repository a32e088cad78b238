//! Ranges, as tables (RFC 9110 section 14).

use super::*;
use crate::representation::ranges::{ByteRange, Ranges};

const WHOLE: &[(u64, u64)] = &[];

/// The result of `Range: value` for 1,000 bytes, by first and last byte; empty for the whole.
fn listed(value: &str, length: u64) -> Option<Vec<(u64, u64)>> {
    match Ranges::parse(value.as_bytes(), length) {
        Ranges::Whole => Some(Vec::new()),
        Ranges::Listed(ranges) => {
            Some(ranges.iter().map(|range| (range.first, range.last)).collect())
        }
        Ranges::Unsatisfiable => None,
    }
}

/// Section 14.1.2: one range.
#[test]
fn single_ranges_are_clamped_to_what_exists() {
    for (value, expected) in [
        ("0-0", Some((0, 0))),
        ("10-19", Some((10, 19))),
        ("990-", Some((990, 999))),
        ("-10", Some((990, 999))),
        ("999-999", Some((999, 999))),
        ("0-", Some((0, 999))),
        ("0-999", Some((0, 999))),
        ("00010-00019", Some((10, 19))),
        ("990-2000", Some((990, 999))),
        ("-1000", Some((0, 999))),
        ("-1001", Some((0, 999))),
        ("0-18446744073709551615", Some((0, 999))),
        ("0-18446744073709551616", Some((0, 999))),
        ("0-99999999999999999999999999", Some((0, 999))),
        ("-99999999999999999999999999", Some((0, 999))),
        ("1000-", None),
        ("1000-1000", None),
        ("5000-6000", None),
        ("99999999999999999999999999-", None),
        ("-0", None),
        ("-000", None),
    ] {
        let answer = ask("GET", &[("Range", &format!("bytes={value}"))], &file(1_000));
        if let Some((first, last)) = expected {
            assert_eq!(answer.status, 206, "{value}");
            let range = format!("bytes {first}-{last}/1000");
            assert_eq!(answer.field("content-range"), Some(range.as_str()), "{value}");
            assert_eq!(answer.length, Some(last - first + 1), "{value}");
            assert_eq!(answer.pieces(), [(first, last - first + 1)], "{value}");
            assert_eq!(answer.content_type, "text/plain", "{value}");
        } else {
            // Sections 14.4 and 15.5.17.
            assert_eq!(answer.status, 416, "{value}");
            assert_eq!(answer.field("content-range"), Some("bytes */1000"), "{value}");
        }
    }
}

/// Section 14.2: invalid fields are ignored.
#[test]
fn bad_syntax_and_other_units_give_the_whole() {
    for value in [
        "bytes=5-0",
        "bytes=20-10",
        "bytes=",
        "bytes=-",
        "bytes=,",
        "bytes=--1",
        "bytes=1--2",
        "bytes=1-2-3",
        "bytes=1",
        "bytes=a-b",
        "bytes=+1-+4",
        "bytes=1_0-1_9",
        "bytes=0x1-0x4",
        "bytes=1 -4",
        "bytes=1- 4",
        "bytes=0-4;6-7",
        "bytes=0-4 6-7",
        "bytes=0-4,junk",
        "bytes=junk,0-4",
        "bytes=0-4,5-0",
        "bytes=5000-,x",
        "bytes = 0-4",
        "bytes =0-4",
        "bytes:0-4",
        "bytes 0-4",
        "byte=0-4",
        "lines=0-4",
        "none=0-4",
        "=0-4",
        "0-4",
        "garbage",
        "",
        "\u{ff11}-\u{ff12}",
    ] {
        let answer = ask("GET", &[("Range", value)], &file(1_000));
        assert_eq!((answer.status, answer.length), (200, Some(1_000)), "{value}");
        assert_eq!(answer.pieces(), [(0, 1_000)], "{value}");
        assert_eq!(answer.field("content-range"), None, "{value}");
    }
}

/// Section 14.1: units are case-insensitive; section 14.1.2 has a space behind its `=`.
#[test]
fn the_unit_is_case_insensitive() {
    for value in
        ["bytes=0-4", "BYTES=0-4", "ByTeS=0-4", "bytes= 0-4", "bytes=0-4,", "bytes=,\t0-4 "]
    {
        let answer = ask("GET", &[("Range", value)], &file(1_000));
        assert_eq!((answer.status, answer.length), (206, Some(5)), "{value}");
    }
}

/// Section 14.2, with section 5.3: it is not a list, so two lines are invalid.
#[test]
fn two_range_fields_are_ignored() {
    for second in ["bytes=6-7", "bytes=0-4", "junk"] {
        let answer = ask("GET", &[("Range", "bytes=0-4"), ("range", second)], &file(1_000));
        assert_eq!((answer.status, answer.length), (200, Some(1_000)), "{second}");
    }
}

/// Sections 14.1.2 and 15.3.7.2.
#[test]
fn sets_keep_their_order_without_unsatisfiable_ranges() {
    for (value, expected) in [
        ("bytes=0-4,20-24", &[(0, 4), (20, 24)][..]),
        ("bytes=20-24,0-4", &[(20, 24), (0, 4)]),
        ("bytes=0-4,,6-7", &[(0, 4), (6, 7)]),
        (", 0-4", WHOLE),
        ("bytes= 0-99, 450-549, -100", &[(0, 99), (450, 549), (900, 999)]),
        ("bytes=0-4,5000-", &[(0, 4)]),
        ("bytes=5000-,0-4,-0", &[(0, 4)]),
        ("bytes=990-2000,0-4", &[(990, 999), (0, 4)]),
        // Adjacent ranges do not overlap.
        ("bytes=0-4,5-9", &[(0, 4), (5, 9)]),
        ("bytes=5-9,0-4", &[(5, 9), (0, 4)]),
    ] {
        assert_eq!(listed(value, 1_000).as_deref(), Some(expected), "{value}");
    }
    assert_eq!(listed("bytes=5000-,1000-,-0", 1_000), None);
}

/// Sections 14.2, 15.3.7.2 and 17.15: no byte is sent twice.
#[test]
fn overlapping_ranges_are_merged() {
    for (value, expected) in [
        ("bytes=0-4,0-4", &[(0, 4)][..]),
        ("bytes=0-,0-,0-", &[(0, 999)]),
        ("bytes=0-4,4-9", &[(0, 9)]),
        ("bytes=4-9,0-4", &[(0, 9)]),
        ("bytes=0-9,2-3", &[(0, 9)]),
        ("bytes=2-3,0-9", &[(0, 9)]),
        ("bytes=0-4,-2000", &[(0, 999)]),
        // If some overlap, adjacent ones are merged too.
        ("bytes=0-4,2-6,7-9", &[(0, 9)]),
        ("bytes=7-9,0-4,2-6", &[(0, 9)]),
        ("bytes=0-4,2-6,8-9", &[(0, 6), (8, 9)]),
        // Each stays at the position of its first part.
        ("bytes=500-509,0-4,505-600,900-", &[(500, 600), (0, 4), (900, 999)]),
        ("bytes=900-,0-4,500-509,2-8", &[(900, 999), (0, 8), (500, 509)]),
        ("bytes=505-600,0-4,500-509", &[(500, 600), (0, 4)]),
        // A long range before shorter ones within it.
        ("bytes=0-99,10-19,30-39,50-200", &[(0, 200)]),
    ] {
        assert_eq!(listed(value, 1_000).as_deref(), Some(expected), "{value}");
    }
}

/// Sections 14.2 and 17.15.
#[test]
fn more_than_a_hundred_ranges_are_ignored() {
    let set = |count: u64| {
        let ranges: Vec<_> = (0..count).map(|at| format!("{}-{}", 3 * at, 3 * at)).collect();
        format!("bytes={}", ranges.join(","))
    };
    assert_eq!(listed(&set(100), 1_000).unwrap().len(), 100);
    assert_eq!(listed(&set(101), 1_000).unwrap(), WHOLE);
    assert_eq!(listed(&set(5_000), 1_000).unwrap(), WHOLE);
    // Ranges that do not exist count too.
    let beyond = vec!["5000-"; 101].join(",");
    assert_eq!(listed(&format!("bytes=0-1,{beyond}"), 1_000).unwrap(), WHOLE);
    assert_eq!(listed(&format!("bytes=0-1{}", ",".repeat(5_000)), 1_000).unwrap(), [(0, 1)]);
}

/// Section 14.1.2: only the whole of an empty file can be requested.
#[test]
fn empty_files_have_no_parts() {
    for (value, status, content_range) in [
        ("bytes=0-", 416, Some("bytes */0")),
        ("bytes=0-0", 416, Some("bytes */0")),
        ("bytes=-0", 416, Some("bytes */0")),
        ("bytes=-1", 200, None),
        ("bytes=0-0,-5", 200, None),
        ("junk", 200, None),
    ] {
        let answer = ask("GET", &[("Range", value)], &file(0));
        assert_eq!(
            (answer.status, answer.field("content-range")),
            (status, content_range),
            "{value}"
        );
        assert!(answer.segments.is_empty());
        if status == 200 {
            assert_eq!(answer.length, Some(0));
        }
    }
}

#[test]
fn lengths_of_up_to_64_bits_are_supported() {
    for (value, expected) in [
        ("bytes=0-", (0, u64::MAX - 1)),
        ("bytes=18446744073709551614-", (u64::MAX - 1, u64::MAX - 1)),
        ("bytes=-1", (u64::MAX - 1, u64::MAX - 1)),
    ] {
        assert_eq!(listed(value, u64::MAX).unwrap(), [expected]);
    }
    assert_eq!(listed("bytes=18446744073709551615-", u64::MAX), None);
    assert_eq!(ByteRange { first: 0, last: u64::MAX - 1 }.length(), u64::MAX);
    // Two parts and their heads exceed the maximum length: the whole is sent.
    let answer = ask("GET", &[("Range", "bytes=1-,0-0")], &file(u64::MAX));
    assert_eq!((answer.status, answer.length), (200, Some(u64::MAX)));
}
