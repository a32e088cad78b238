//! Conditional and range requests for a short file: the status and bytes that a naive
//! implementation of RFC 9110 sections 13 and 14 expects, and a correct length.

use std::time::Instant;

use bytes::BytesMut;
use tremolo_core::http1::request::{HeadParser, RequestHead};
use tremolo_core::http1::response::ResponseHead;
use tremolo_core::representation::{
    Content, EntityTag, Representation, Segment, Selected, Slice, Validators, select,
};
use tremolo_core::{Config, Now};

use crate::reference::representation::{Asked, State, asked, precondition};
use crate::script::Script;

/// `[method][tag][change][length][offset]`; the rest is field lines.
pub fn representation(data: &[u8]) {
    let mut script = Script::new(data);
    let method = script.pick(&["GET", "HEAD", "POST", "OPTIONS"]);
    let etag = script.pick(&[Some("\"v1\""), None, Some("W/\"v1\"")]);
    let changed = script.pick(&[Some(CHANGED), None, Some(NOW), Some(NOW + 1)]);
    let (length, offset) = (u64::from(script.byte()), u64::from(script.byte()));
    let Some(request) = head(method, script.pieces().concat().as_slice()) else { return };

    let tag = etag.map(|text| EntityTag::parse(text.as_bytes()).expect("a valid tag"));
    let representation = Representation {
        slice: Slice::new(offset + length, offset, None),
        validators: Validators { etag: tag, last_modified: changed },
        accept_ranges: true,
    };
    let mut response = ResponseHead::default();
    let now = Now::new(Instant::now(), NOW);
    let selected = select(&request, &mut response, &representation, &now, || BOUNDARY)
        .expect("the head is valid");

    let sent = request.fields().iter();
    let sent = sent.map(|(n, v)| (String::from_utf8_lossy(n).to_ascii_lowercase(), v.to_vec()));
    let (sent, state) = (sent.collect(), State { etag, changed });
    let expected = match precondition(method, &sent, state) {
        200 => Ok(asked(method, &sent, state, length, NOW)),
        status => Err(status),
    };
    match (selected, expected) {
        (Selected::Content(content), Ok(asked)) => {
            let content = Answer { is_head: method == "HEAD", response, content };
            content.check(asked, length, offset);
        }
        (Selected::NotModified, Err(304)) => assert_eq!(response.status(), 304),
        (Selected::Refused(refusal), Err(412)) => assert_eq!(refusal.status, 412),
        (Selected::Refused(refusal), Ok(Asked::Nothing)) => {
            assert_eq!(refusal.status, 416);
            let range = format!("bytes */{length}");
            assert_eq!(refusal.fields.get(b"content-range"), Some(range.as_bytes()));
        }
        (selected, expected) => panic!("{selected:?}, where {expected:?} is expected"),
    }
}

/// A head with these lines, if they are valid.
fn head(method: &str, lines: &[u8]) -> Option<RequestHead> {
    let mut input = BytesMut::from(format!("{method} / HTTP/1.1\r\nHost: a\r\n").as_bytes());
    for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        input.extend_from_slice(line);
        input.extend_from_slice(b"\r\n");
    }
    input.extend_from_slice(b"\r\n");
    let mut head = RequestHead::default();
    let parsed = HeadParser::default().parse(&mut input, &Config::default(), &mut head);
    (parsed == Ok(true)).then_some(head)
}

struct Answer {
    is_head: bool,
    response: ResponseHead,
    content: Content,
}

impl Answer {
    /// Each byte of the file is its offset.
    fn check(self, asked: Asked, length: u64, offset: u64) {
        let file = |first: u64, last: u64| (first..=last).map(move |at| (offset + at) as u8);
        let range = |first: u64, last: u64| format!("bytes {first}-{last}/{length}");
        let mut wire = Vec::new();
        for segment in self.content {
            match segment {
                Segment::Bytes(bytes) => wire.extend_from_slice(&bytes),
                Segment::File { offset: from, length } => {
                    assert!(length > 0 && from >= offset);
                    wire.extend(file(from - offset, from - offset + length - 1));
                }
            }
        }
        let (mut expected, mut status, mut content_range) = (Vec::new(), 206, None);
        match &asked_parts(asked)[..] {
            [] => {
                status = 200;
                expected.extend((0..length).map(|at| (offset + at) as u8));
            }
            [(first, last)] => {
                expected.extend(file(*first, *last));
                content_range = Some(range(*first, *last));
            }
            parts => {
                for (first, last) in parts {
                    let head = format!(
                        "\r\n--{BOUNDARY:032x}\r\nContent-Type: text/html; charset=utf-8\r\n\
                         Content-Range: {}\r\n\r\n",
                        range(*first, *last)
                    );
                    expected.extend_from_slice(head.as_bytes());
                    expected.extend(file(*first, *last));
                }
                expected.extend_from_slice(format!("\r\n--{BOUNDARY:032x}--\r\n").as_bytes());
                // The first delimiter needs no line terminator before it.
                expected.drain(..2);
            }
        }
        assert_eq!(self.response.status(), status);
        assert_eq!(self.response.declared_length(), Some(expected.len() as u64));
        let found = self.response.fields().get(b"content-range");
        assert_eq!(found, content_range.as_ref().map(String::as_bytes));
        assert_eq!(wire, if self.is_head { Vec::new() } else { expected });
    }
}

fn asked_parts(asked: Asked) -> Vec<(u64, u64)> {
    match asked {
        Asked::Parts(parts) => parts,
        Asked::Whole => Vec::new(),
        Asked::Nothing => panic!("content, where there is none"),
    }
}

/// Sun, 06 Nov 1994 08:49:37 GMT.
const NOW: u64 = 784_111_777;
/// Sat, 05 Nov 1994 01:46:40 GMT.
const CHANGED: u64 = 784_000_000;
const BOUNDARY: u128 = 0xb0;
