//! Entity tags, dates, and their comparisons (RFC 9110 sections 8.8 and 5.6.7).

use proptest::prelude::*;

use crate::representation::validators::EntityTags;
use crate::representation::*;

fn tag(text: &[u8]) -> EntityTag<'_> {
    EntityTag::parse(text).unwrap()
}

/// Section 8.8.3.
#[test]
fn reads_entity_tags() {
    for (text, weak, opaque) in [
        (&b"\"xyzzy\""[..], false, &b"xyzzy"[..]),
        (b"W/\"xyzzy\"", true, b"xyzzy"),
        (b"\"\"", false, b""),
        (b"W/\"\"", true, b""),
        (b"\"a,b\\\"", false, b"a,b\\"),
        (b"\"\xff!#\"", false, b"\xff!#"),
    ] {
        let tag = tag(text);
        assert_eq!((tag.is_weak(), tag.opaque(), tag.as_bytes()), (weak, opaque, text));
    }
    for text in [
        &b""[..],
        b"xyzzy",
        b"\"",
        b"\"a",
        b"a\"",
        b"\"a b\"",
        b"\"a\tb\"",
        b"\"a\x7f\"",
        b"\"a\"b",
        b"\"a\" ",
        b"\"a\",\"b\"",
        b"w/\"a\"",
        b"W/",
        b"W/a",
        b"W /\"a\"",
        b"*",
    ] {
        assert!(EntityTag::parse(text).is_none(), "{}", text.escape_ascii());
    }
}

/// Section 8.8.3.2, its table of examples.
#[test]
fn compares_strongly_and_weakly() {
    for (a, b, strongly, weakly) in [
        ("W/\"1\"", "W/\"1\"", false, true),
        ("W/\"1\"", "W/\"2\"", false, false),
        ("W/\"1\"", "\"1\"", false, true),
        ("\"1\"", "\"1\"", true, true),
    ] {
        let (left, right) = (tag(a.as_bytes()), tag(b.as_bytes()));
        assert_eq!(left.matches_strongly(right), strongly, "{a} {b}");
        assert_eq!(right.matches_strongly(left), strongly, "{b} {a}");
        assert_eq!(left.matches_weakly(right), weakly, "{a} {b}");
        assert_eq!(right.matches_weakly(left), weakly, "{b} {a}");
    }
}

/// Sections 8.8.3 and 5.6.1.2: commas inside quotes do not separate, backslashes do not escape.
#[test]
fn lists_of_entity_tags_are_split() {
    for (list, expected) in [
        ("", &[][..]),
        (", ,", &[]),
        ("\"a\"", &["\"a\""]),
        ("\"a\", W/\"b\",\t\"c\"", &["\"a\"", "W/\"b\"", "\"c\""]),
        (",, \"a\" ,, \"b\" ,", &["\"a\"", "\"b\""]),
        ("\"a,b\", \"c\\\", \"d\"", &["\"a,b\"", "\"c\\\"", "\"d\""]),
        ("\"a\" \"b\"", &[]),
        ("\"a\", b, \"c\"", &["\"a\""]),
        ("\"a\", \"b", &["\"a\""]),
        ("*", &[]),
    ] {
        let found: Vec<_> = EntityTags::new(list.as_bytes()).map(EntityTag::as_bytes).collect();
        let expected: Vec<_> = expected.iter().map(|tag| tag.as_bytes()).collect();
        assert_eq!(found, expected, "{list}");
    }
}

/// Section 5.6.7.
#[test]
fn reads_dates_in_three_forms() {
    for (date, expected) in [
        ("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777)),
        ("Sunday, 06-Nov-94 08:49:37 GMT", Some(784_111_777)),
        ("Sun Nov  6 08:49:37 1994", Some(784_111_777)),
        ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", Some(253_402_300_799)),
        ("Tuesday, 31-Dec-69 23:59:59 GMT", Some(3_155_759_999)),
        ("Thursday, 01-Jan-70 00:00:00 GMT", Some(0)),
        ("Wed, 31 Dec 1969 23:59:59 GMT", None),
        ("Mon, 06 Nov 1994 08:49:37 GMT", None),
        ("Thu, 30 Feb 1995 08:49:37 GMT", None),
        ("Sun, 06 Nov 1994 24:49:37 GMT", None),
        ("Sun, 06 Nov 1994 08:49:37 UTC", None),
        ("Sun, 06 Nov 1994 08:49:37", None),
        ("Sun, 6 Nov 1994 08:49:37 GMT", None),
        ("sun, 06 nov 1994 08:49:37 gmt", None),
        ("784111777", None),
        ("0", None),
        ("", None),
        ("ü", None),
    ] {
        assert_eq!(parse_date(date.as_bytes()), expected, "{date}");
    }
    assert_eq!(parse_date(b"\xff"), None);
}

/// Section 8.8.3: a difference in any metadata changes the tag.
#[test]
fn files_that_differ_have_different_tags() {
    let stamp = FileStamp { seconds: 1, nanoseconds: 2, length: 100, inode: 3 };
    let whole = Slice::whole(100);
    let tags = [
        (stamp, whole),
        (FileStamp { seconds: -1, ..stamp }, whole),
        (FileStamp { nanoseconds: 3, ..stamp }, whole),
        (FileStamp { length: 101, ..stamp }, Slice::whole(101)),
        (FileStamp { inode: 4, ..stamp }, whole),
        (stamp, Slice::new(100, 0, Some(10))),
        (stamp, Slice::new(100, 10, Some(10))),
    ]
    .map(|(stamp, slice)| FileTag::new(&stamp, slice));
    for (at, one) in tags.iter().enumerate() {
        for (other_at, other) in tags.iter().enumerate() {
            let same = one.entity_tag().matches_strongly(other.entity_tag());
            assert_eq!(same, at == other_at, "{at} {other_at}");
        }
    }
    // The hashed values cannot be recovered from it.
    assert_eq!(tags[0].entity_tag().opaque(), b"64-39a1128d232573ba");
}

proptest! {
    /// For all numbers it fits, and is one tag that contains its length.
    #[test]
    fn any_stamp_is_a_strong_tag(
        (seconds, nanoseconds, length, inode) in any::<(i64, u32, u64, u64)>(),
        (offset, count) in any::<(u64, u64)>(),
    ) {
        let stamp = FileStamp { seconds, nanoseconds, length, inode };
        let slice = Slice::new(length, offset, Some(count));
        let tag = FileTag::new(&stamp, slice);
        let text = tag.entity_tag().as_bytes().to_vec();
        let begin = format!("\"{:x}-", slice.length());
        prop_assert!(text.starts_with(begin.as_bytes()) && text.ends_with(b"\""));
        let parsed = EntityTag::parse(&text);
        prop_assert!(parsed.is_some_and(|parsed| parsed.matches_strongly(tag.entity_tag())));
    }
}
