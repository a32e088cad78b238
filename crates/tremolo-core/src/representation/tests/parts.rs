//! Responses assembled by a naive client: what is declared is sent, and what is sent was requested
//! (RFC 9110 section 14.6, RFC 2046 section 5.1).

use proptest::prelude::*;

use super::*;

/// The bytes of the response, from a file whose bytes count up.
fn wire(answer: &Answer) -> Vec<u8> {
    let mut wire = Vec::new();
    for segment in &answer.segments {
        match segment {
            Segment::Bytes(bytes) => wire.extend_from_slice(bytes),
            Segment::File { offset, length } => {
                wire.extend((*offset..offset + length).map(byte_at));
            }
        }
    }
    wire
}

fn byte_at(offset: u64) -> u8 {
    offset.to_le_bytes()[0]
}

type Part = (String, String, Vec<u8>);

/// Content type, content range and bytes of each part.
fn parts(content_type: &str, wire: &[u8]) -> Vec<Part> {
    let boundary = content_type.strip_prefix("multipart/byteranges; boundary=").unwrap();
    let find = |text: &[u8], what: &[u8]| memchr::memmem::find(text, what).unwrap();
    let mut rest = wire.strip_prefix(format!("--{boundary}").as_bytes()).unwrap();
    let mut parts = Vec::new();
    while rest != b"--\r\n" {
        rest = rest.strip_prefix(b"\r\n").unwrap();
        let end = find(rest, b"\r\n\r\n");
        let head = std::str::from_utf8(&rest[..end]).unwrap();
        let mut lines = head.split("\r\n").map(|line| line.split_once(": ").unwrap());
        let (kind, range) = (lines.next().unwrap(), lines.next().unwrap());
        assert_eq!((kind.0, range.0, lines.next()), ("Content-Type", "Content-Range", None));
        rest = &rest[end + 4..];
        let delimiter = format!("\r\n--{boundary}");
        let end = find(rest, delimiter.as_bytes());
        parts.push((kind.1.to_owned(), range.1.to_owned(), rest[..end].to_vec()));
        rest = &rest[end + delimiter.len()..];
    }
    parts
}

#[test]
fn several_ranges_are_an_exact_multipart() {
    let answer = ask("GET", &[("Range", "bytes=20-24,0-1")], &file(1_000));
    assert_eq!(answer.status, 206);
    let boundary = "000000000000000000000000000000b0";
    assert_eq!(answer.content_type, format!("multipart/byteranges; boundary={boundary}"));
    // Section 15.3.7.2: not in the head.
    assert_eq!(answer.field("content-range"), None);
    let expected = format!(
        "--{boundary}\r\nContent-Type: text/plain\r\nContent-Range: bytes 20-24/1000\r\n\r\n\
         \x14\x15\x16\x17\x18\r\n\
         --{boundary}\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/1000\r\n\r\n\
         \x00\x01\r\n--{boundary}--\r\n"
    );
    assert_eq!(wire(&answer), expected.as_bytes());
    assert_eq!(answer.length, Some(expected.len() as u64));
}

#[test]
fn parts_without_a_content_type_have_none() {
    let mut response = ResponseHead::default();
    response.remove(b"Content-Type");
    response.set(b"Content-Range", b"bytes 0-1/2").unwrap();
    let request = request("GET", &[("Range", "bytes=0-1,5-6")]);
    let answer = ask_with(&request, response, &file(1_000));
    let wire = wire(&answer);
    assert_eq!(answer.length, Some(wire.len() as u64));
    assert!(memchr::memmem::find(&wire, b"Content-Type").is_none());
    assert_eq!(answer.field("content-range"), None);
}

#[test]
fn boundaries_are_the_random_bits() {
    let now = Now::new(crate::testing::start(), NOW);
    let request = request("GET", &[("Range", "bytes=0-1,5-6")]);
    let mut response = ResponseHead::default();
    let random = 0x0123_4567_89ab_cdef_0f1e_2d3c_4b5a_6978;
    select(&request, &mut response, &file(10), &now, || random).unwrap();
    let expected = b"multipart/byteranges; boundary=0123456789abcdef0f1e2d3c4b5a6978";
    assert_eq!(response.content_type(), Some(&expected[..]));
}

/// Random bits cost time: they are drawn only if needed.
#[test]
fn one_part_draws_no_random_bits() {
    let now = Now::new(crate::testing::start(), NOW);
    for range in ["bytes=0-1", "bytes=0-1,1-2", "bytes=0-1,99-", "junk", "bytes=99-"] {
        let request = request("GET", &[("Range", range)]);
        let mut response = ResponseHead::default();
        select(&request, &mut response, &file(10), &now, || unreachable!("{range}")).unwrap();
    }
}

/// A member of a set: first and last, first alone, or a suffix.
fn member() -> impl Strategy<Value = (Option<u64>, Option<u64>)> {
    prop_oneof![
        3 => (0..250_u64, 0..40_u64).prop_map(|(first, more)| (Some(first), Some(first + more))),
        1 => (0..250_u64).prop_map(|first| (Some(first), None)),
        1 => (0..250_u64).prop_map(|count| (None, Some(count))),
    ]
}

fn written(members: &[(Option<u64>, Option<u64>)]) -> String {
    let text = |number: &Option<u64>| number.map(|n| n.to_string()).unwrap_or_default();
    let members: Vec<_> = members.iter().map(|(a, b)| format!("{}-{}", text(a), text(b))).collect();
    format!("bytes={}", members.join(", "))
}

/// The bytes that a member requests, one by one.
fn asked((first, last): (Option<u64>, Option<u64>), length: u64) -> Vec<u64> {
    let wanted = |at: &u64| match (first, last) {
        (Some(first), Some(last)) => (first..=last).contains(at),
        (Some(first), None) => *at >= first,
        (None, Some(count)) => at + count >= length,
        (None, None) => false,
    };
    (0..length).filter(wanted).collect()
}

proptest! {
    #[test]
    fn every_set_of_ranges_gives_exactly_its_bytes(
        members in prop::collection::vec(member(), 1..9),
        length in 1..300_u64,
        offset in 0..40_u64,
    ) {
        let slice = Slice::new(offset + length + 7, offset, Some(length));
        let range = written(&members);
        let answer = ask("GET", &[("Range", &range)], &Representation { slice, ..file(0) });
        let wire = wire(&answer);
        let sets: Vec<_> = members.iter().map(|member| asked(*member, length)).collect();
        let existing: Vec<_> = sets.iter().filter(|set| !set.is_empty()).collect();
        if existing.is_empty() {
            prop_assert_eq!(answer.status, 416);
            return Ok(());
        }
        prop_assert_eq!(answer.status, 206);
        prop_assert_eq!(answer.length, Some(wire.len() as u64));
        let found = match answer.field("content-range") {
            Some(range) => vec![("text/plain".to_owned(), range.to_owned(), wire)],
            None => parts(&answer.content_type, &wire),
        };
        let mut sent = Vec::new();
        for (kind, range, bytes) in &found {
            prop_assert_eq!(kind, "text/plain");
            let (ends, whole) = range.strip_prefix("bytes ").unwrap().split_once('/').unwrap();
            prop_assert_eq!(whole, length.to_string());
            let (first, last) = ends.split_once('-').unwrap();
            let (first, last): (u64, u64) = (first.parse().unwrap(), last.parse().unwrap());
            let expected: Vec<_> = (first..=last).map(|at| byte_at(offset + at)).collect();
            prop_assert_eq!(bytes, &expected);
            sent.push((first..=last).collect::<Vec<_>>());
        }
        // All requested bytes, and none twice.
        let mut all: Vec<_> = existing.iter().flat_map(|set| set.iter().copied()).collect();
        let doubles = all.len();
        all.sort_unstable();
        all.dedup();
        let mut union = sent.concat();
        union.sort_unstable();
        prop_assert_eq!(&union, &all);
        // In the order of the request; unchanged if no ranges overlap.
        let place = |part: &Vec<u64>| existing.iter().position(|set| part.contains(&set[0]));
        prop_assert!(sent.is_sorted_by_key(place));
        if doubles == all.len() {
            prop_assert!(sent.iter().eq(existing));
        }
    }

    #[test]
    fn arbitrary_values_give_200_206_or_416(
        value in "(bytes=)?[0-9,\\- \tx=]{0,30}",
        length in 0..200_u64,
    ) {
        let answer = ask("GET", &[("Range", &value)], &file(length));
        match answer.status {
            200 => prop_assert_eq!(answer.length, Some(length)),
            206 => prop_assert_eq!(answer.length, Some(wire(&answer).len() as u64)),
            status => prop_assert_eq!(status, 416),
        }
    }
}
