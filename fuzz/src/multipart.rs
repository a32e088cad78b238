//! Forms at any split: the same parts, and exactly the data between the delimiters (RFC 2046
//! section 5.1.1).

use bytes::Bytes;
use memchr::memmem;
use tremolo_core::multipart::{Boundary, Decoder, Event, Limits, MultipartError, boundary_of};

use crate::script::Script;

/// `[boundary][limits][cuts][bytes]`: one piece, several, and byte by byte, compared with a naive
/// search.
pub fn multipart(data: &[u8]) {
    let _ = boundary_of(data);
    let mut script = Script::new(data);
    let boundary = script.pick(&["b", "-", "--", "a b", "----WebKitFormBoundary"]);
    let limits = script.pick(&[
        Limits::default(),
        Limits { max_parts: 1, part_head_bytes: 64 },
        Limits { max_parts: 3, part_head_bytes: 0 },
    ]);
    let Ok(boundary) = Boundary::new(boundary.as_bytes()) else { return };
    let pieces = script.pieces();
    let whole = pieces.concat();
    let wanted = decode(&boundary, limits, &[&whole]);
    assert_eq!(decode(&boundary, limits, &pieces), wanted);
    if whole.len() < 2_000 {
        assert_eq!(decode(&boundary, limits, &whole.chunks(1).collect::<Vec<_>>()), wanted);
    }
    let between = between_delimiters(&whole, boundary.as_bytes());
    let (parts, outcome) = wanted;
    let found = parts.iter().map(|part| part.data.as_slice());
    if outcome.is_ok() {
        assert!(found.eq(between.iter().map(Vec::as_slice)), "data lost or made up");
    } else {
        assert!(parts.len() <= between.len());
        for (found, wanted) in found.zip(&between) {
            assert!(wanted.starts_with(found), "data made up");
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Part {
    name: String,
    filename: Option<String>,
    fields: Vec<(Vec<u8>, Vec<u8>)>,
    data: Vec<u8>,
}

type Decoded = (Vec<Part>, Result<(), MultipartError>);

fn decode(boundary: &Boundary, limits: Limits, pieces: &[&[u8]]) -> Decoded {
    let mut decoder = Decoder::new(boundary.clone(), limits);
    let (mut parts, mut open): (Vec<Part>, _) = (Vec::new(), false);
    let mut pieces = pieces.iter();
    loop {
        match decoder.poll() {
            Ok(Event::Part(head)) => {
                assert!(!std::mem::replace(&mut open, true) && parts.len() < limits.max_parts);
                parts.push(Part {
                    name: head.name().to_owned(),
                    filename: head.filename().map(str::to_owned),
                    fields: head.fields().map(|(n, v)| (n.to_vec(), v.to_vec())).collect(),
                    data: Vec::new(),
                });
            }
            Ok(Event::Data(data)) => {
                assert!(open && !data.is_empty());
                parts.last_mut().expect("data follows a head").data.extend_from_slice(&data);
            }
            Ok(Event::PartEnd) => assert!(std::mem::replace(&mut open, false)),
            Ok(Event::End) => {
                assert_eq!((open, decoder.poll()), (false, Ok(Event::End)));
                return (parts, Ok(()));
            }
            Ok(Event::NeedInput) => {
                assert!(decoder.buffered() <= limits.part_head_bytes, "more kept than a head");
                match pieces.next() {
                    Some(piece) => decoder.feed(Bytes::copy_from_slice(piece)),
                    None => decoder.finish(),
                }
            }
            Err(fault) => {
                assert_eq!((decoder.poll(), decoder.buffered()), (Err(fault), 0));
                return (parts, Err(fault));
            }
        }
    }
}

/// The data of each part up to the next delimiter or the end. A delimiter at the very start, and
/// one right after a head, need no CRLF of their own.
fn between_delimiters(body: &[u8], boundary: &[u8]) -> Vec<Vec<u8>> {
    let body = [b"\r\n", body].concat();
    let delimiter = [b"\r\n--", boundary].concat();
    let mut found = Vec::new();
    let Some(mut at) = memmem::find(&body, &delimiter) else { return found };
    loop {
        at += delimiter.len();
        if body[at..].starts_with(b"--") {
            return found;
        }
        let Some(line) = memmem::find(&body[at..], b"\r\n") else { return found };
        let Some(head) = memmem::find(&body[at + line + 2..], b"\r\n\r\n") else { return found };
        let start = at + line + 2 + head + 4;
        let end = memmem::find(&body[start - 2..], &delimiter).map(|end| start - 2 + end);
        found.push(body[start..end.unwrap_or(body.len()).max(start)].to_vec());
        let Some(end) = end else { return found };
        at = end;
    }
}
