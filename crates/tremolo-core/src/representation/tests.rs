//! Helpers of the tests of representations: a file, a request for it, and the response.

mod conditions;
mod files;
mod parts;
mod ranges;
mod validators;

use bytes::BytesMut;

use super::*;
use crate::clock::Now;
use crate::http1::request::{HeadParser, RequestHead};
use crate::http1::response::ResponseHead;
use tremolo_config::Config;

/// The time of the request: Sun, 06 Nov 1994 08:49:37 GMT.
const NOW: u64 = 784_111_777;

/// The last change of the file: Sat, 05 Nov 1994 01:46:40 GMT.
const CHANGED: u64 = 784_000_000;
const CHANGED_DATE: &str = "Sat, 05 Nov 1994 01:46:40 GMT";
const LATER_DATE: &str = "Sat, 05 Nov 1994 01:46:41 GMT";
const EARLIER_DATE: &str = "Sat, 05 Nov 1994 01:46:39 GMT";

type Sent<'a> = &'a [(&'a str, &'a str)];

fn request(method: &str, fields: Sent<'_>) -> RequestHead {
    let mut input = BytesMut::from(format!("{method} / HTTP/1.1\r\nHost: a\r\n").as_bytes());
    for (name, value) in fields {
        input.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    input.extend_from_slice(b"\r\n");
    let (mut head, config) = (RequestHead::default(), Config::default());
    assert!(HeadParser::default().parse(&mut input, &config, &mut head).unwrap());
    head
}

/// A file of `length` bytes with both validators.
fn file(length: u64) -> Representation<'static> {
    let etag = EntityTag::parse(b"\"v1\"");
    assert!(etag.is_some());
    let validators = Validators { etag, last_modified: Some(CHANGED) };
    Representation { slice: Slice::whole(length), validators, accept_ranges: true }
}

/// A response as a client receives it, without the bytes of the file.
#[derive(Debug)]
struct Answer {
    status: u16,
    fields: Vec<(String, String)>,
    length: Option<u64>,
    content_type: String,
    segments: Vec<Segment>,
}

impl Answer {
    fn field(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Offset and length of the sent pieces of the file.
    fn pieces(&self) -> Vec<(u64, u64)> {
        let of_file = |segment: &Segment| match segment {
            Segment::File { offset, length } => Some((*offset, *length)),
            Segment::Bytes(_) => None,
        };
        self.segments.iter().filter_map(of_file).collect()
    }
}

fn ask(method: &str, fields: Sent<'_>, representation: &Representation<'_>) -> Answer {
    let mut response = ResponseHead::default();
    response.set_content_type(b"text/plain").unwrap();
    ask_with(&request(method, fields), response, representation)
}

fn ask_with(
    request: &RequestHead,
    mut response: ResponseHead,
    representation: &Representation<'_>,
) -> Answer {
    let now = Now::new(crate::testing::start(), NOW);
    let selected = select(request, &mut response, representation, &now, || 0xb0).unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (status, fields, segments) = match selected {
        Selected::Content(content) => (response.status(), response.fields(), content.collect()),
        Selected::NotModified => (response.status(), response.fields(), Vec::new()),
        Selected::Refused(ref refusal) => (refusal.status, &refusal.fields, Vec::new()),
    };
    Answer {
        status: status.as_u16(),
        fields: fields.iter().map(|(name, value)| (text(name), text(value))).collect(),
        length: response.declared_length(),
        content_type: response.content_type().map(text).unwrap_or_default(),
        segments,
    }
}
