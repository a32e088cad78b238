//! Requests from a seed: valid ones by a grammar, most of them changed in one to three places.
//!
//! A change replaces one part of a request by a spelling of a list, adds a field that conflicts, or
//! changes bytes anywhere. The lists are in `spellings.rs`.

use std::ops::Range;

use tremolo_simulation::Random;

use super::spellings::{
    AFTER_CHUNK, BYTES, CODINGS, EXTENSIONS, FIELDS, LINE_ENDS, METHODS, NAMES, SEPARATORS, SIZES,
    SPACES, TARGETS, TRAILERS, VALUES, VERSIONS,
};

/// The bytes of one connection: a request, sometimes two.
#[must_use]
pub fn generate(seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    let mut bytes = Vec::new();
    if random.chance(5) {
        bytes = Draft::valid(&mut random).bytes();
    }
    let mut draft = Draft::valid(&mut random);
    let (structural, raw) = match random.below(100) {
        0..10 => (0, 0),
        10..60 => (1, 0),
        60..75 => (2, 0),
        75..80 => (3, 0),
        80..95 => (0, 1),
        _ => (1, 1),
    };
    for _ in 0..structural {
        draft.change(&mut random);
    }
    let mut request = draft.bytes();
    for _ in 0..raw {
        change_bytes(&mut request, &mut random);
    }
    bytes.extend(request);
    bytes
}

type Text = Vec<u8>;

/// A request in its parts.
struct Draft {
    /// Before the request line.
    lead: Text,
    /// Method, space, target, space, version, line end.
    line: [Text; 6],
    fields: Vec<Field>,
    /// The empty line.
    end: Text,
    body: Body,
}

/// Name, colon with white space, value, line end.
type Field = [Text; 4];

enum Body {
    None,
    Counted(Text),
    Chunked(Vec<Chunk>),
}

/// Size, extension, line end, payload, line end. The payload of the last chunk is the trailer section.
type Chunk = [Text; 5];

fn text(bytes: &[u8]) -> Text {
    bytes.to_vec()
}

fn field(name: &[u8], value: &[u8]) -> Field {
    [text(name), text(b": "), text(value), text(b"\r\n")]
}

impl Draft {
    fn valid(random: &mut Random) -> Self {
        let body = match random.below(10) {
            0..3 => Body::None,
            3..6 => Body::Counted(payload(random, 0..40)),
            _ => Body::chunked(random),
        };
        let method: &[u8] = match body {
            Body::None => random.pick(&[&b"GET"[..], b"HEAD", b"OPTIONS", b"GET", b"POST"]),
            _ => random.pick(&[&b"POST"[..], b"PUT", b"PATCH", b"POST", b"POST"]),
        };
        let is_old = random.chance(8) && !matches!(body, Body::Chunked(_));
        let version: &[u8] = if is_old { b"HTTP/1.0" } else { b"HTTP/1.1" };
        let target = random.pick(&[&b"/"[..], b"/a/b?c=d", b"/%7Ea/", b"/a//b/../c"]);
        let line = [method, b" ", target, b" ", version, b"\r\n"].map(text);
        let mut fields = vec![field(b"Host", random.pick(&[&b"a"[..], b"a.b:80", b"127.0.0.1"]))];
        for _ in 0..random.below(3) {
            fields.push(field(b"X-Extra", b"some value"));
        }
        if is_old && random.chance(50) || random.chance(5) {
            fields.push(field(b"Connection", b"keep-alive"));
        }
        match &body {
            Body::None => {}
            Body::Counted(bytes) => {
                fields.push(field(b"Content-Length", bytes.len().to_string().as_bytes()));
            }
            Body::Chunked(_) => fields.push(field(b"Transfer-Encoding", b"chunked")),
        }
        Self { lead: Text::new(), line, fields, end: text(b"\r\n"), body }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.lead.clone();
        let line = self.line.iter();
        line.chain(self.fields.iter().flatten()).for_each(|part| bytes.extend_from_slice(part));
        bytes.extend_from_slice(&self.end);
        match &self.body {
            Body::None => {}
            Body::Counted(payload) => bytes.extend_from_slice(payload),
            Body::Chunked(chunks) => {
                chunks.iter().flatten().for_each(|part| bytes.extend_from_slice(part));
            }
        }
        bytes
    }

    /// One change of one part.
    fn change(&mut self, random: &mut Random) {
        let is_chunked = matches!(self.body, Body::Chunked(_));
        match random.below(if is_chunked { 26 } else { 15 }) {
            0 => self.lead = text(random.pick(LINE_ENDS)).repeat(1 + random.below(6) as usize),
            1 => self.line[0] = text(random.pick(METHODS)),
            2 => self.line[1 + 2 * random.below(2) as usize] = text(random.pick(SPACES)),
            3 => self.line[2] = text(random.pick(TARGETS)),
            4 => self.line[4] = text(random.pick(VERSIONS)),
            5 => self.line[5] = text(random.pick(LINE_ENDS)),
            6 => self.field(random)[0] = text(random.pick(NAMES)),
            7 => self.field(random)[1] = text(random.pick(SEPARATORS)),
            8 => self.field(random)[2] = text(random.pick(VALUES)),
            9 => self.field(random)[3] = text(random.pick(LINE_ENDS)),
            10 => self.repeat_or_remove(random),
            11 => self.reframe(random),
            12 => self.lengthen(random),
            13 => self.end = text(random.pick(LINE_ENDS)),
            14..17 => {
                let (name, value) = random.pick(FIELDS);
                let at = random.below(self.fields.len() as u32 + 1) as usize;
                self.fields.insert(at, field(name, value));
            }
            _ => self.body.change(random),
        }
    }

    /// Any field; there is always one.
    fn field(&mut self, random: &mut Random) -> &mut Field {
        if self.fields.is_empty() {
            self.fields.push(field(b"Host", b"a"));
        }
        let at = random.below(self.fields.len() as u32) as usize;
        &mut self.fields[at]
    }

    fn repeat_or_remove(&mut self, random: &mut Random) {
        let copy = self.field(random).clone();
        let at = random.below(self.fields.len() as u32) as usize;
        if random.chance(50) {
            self.fields.insert(at, copy);
        } else {
            self.fields.remove(at);
        }
    }

    /// Changes what frames the body.
    fn reframe(&mut self, random: &mut Random) {
        let names = [&b"content-length"[..], b"transfer-encoding"];
        let framing =
            self.fields.iter_mut().find(|field| names.contains(&&*field[0].to_ascii_lowercase()));
        match framing {
            Some(field) if random.chance(70) => field[2] = text(random.pick(CODINGS)),
            _ => {
                let name = random.pick(&[&b"Content-Length"[..], b"Transfer-Encoding"]);
                self.fields.push(field(name, random.pick(CODINGS)));
            }
        }
    }

    /// A part near a limit, or above one.
    fn lengthen(&mut self, random: &mut Random) {
        let length = random.pick(&[100_usize, 1_000, 4_000, 8_100, 8_300, 9_000]);
        match random.below(4) {
            0 => self.line[2] = [&b"/"[..], &b"x".repeat(length)].concat(),
            1 => self.field(random)[2] = b"x".repeat(length),
            2 => self.fields.push(field(&b"x".repeat(length), b"y")),
            _ => {
                let count = random.pick(&[90, 97, 98, 99, 100, 110, 200]);
                self.fields.extend((0..count).map(|_| field(b"x", b"y")));
            }
        }
    }
}

impl Body {
    fn chunked(random: &mut Random) -> Self {
        let mut chunks = Vec::new();
        for _ in 0..1 + random.below(3) {
            let payload = payload(random, 1..30);
            let size = format!("{:x}", payload.len());
            chunks.push([size.as_bytes(), b"", b"\r\n", &payload, b"\r\n"].map(text));
        }
        chunks.push([&b"0"[..], b"", b"\r\n", b"", b"\r\n"].map(text));
        Self::Chunked(chunks)
    }

    fn change(&mut self, random: &mut Random) {
        let Self::Chunked(chunks) = self else { return };
        let last = chunks.len() - 1;
        let at = random.below(chunks.len() as u32) as usize;
        match random.below(7) {
            0 | 1 => {
                let size = String::from_utf8_lossy(&chunks[at][0]).into_owned();
                chunks[at][0] = random.pick(SIZES).replace('N', &size).into_bytes();
            }
            2 => chunks[at][1] = text(random.pick(EXTENSIONS)),
            3 => chunks[at][2] = text(random.pick(LINE_ENDS)),
            4 => chunks[at][4] = text(random.pick(AFTER_CHUNK)),
            5 => chunks[last][3] = text(random.pick(TRAILERS)),
            _ => chunks[at][3].extend_from_slice(b"more"),
        }
    }
}

fn payload(random: &mut Random, lengths: Range<u32>) -> Vec<u8> {
    let length = lengths.start + random.below(lengths.end - lengths.start);
    (0..length).map(|_| random.pick(b"abcxyz019 ")).collect()
}

/// Inserts, replaces, removes or repeats bytes anywhere.
fn change_bytes(bytes: &mut Vec<u8>, random: &mut Random) {
    if bytes.is_empty() {
        return;
    }
    let at = random.below(bytes.len() as u32) as usize;
    match random.below(5) {
        0 => bytes.insert(at, random.pick(BYTES)),
        1 => bytes[at] = random.pick(BYTES),
        2 => bytes[at] = random.below(256) as u8,
        3 => drop(bytes.remove(at)),
        _ => {
            let end = (at + 1 + random.below(12) as usize).min(bytes.len());
            let copy = bytes[at..end].to_vec();
            bytes.splice(at..at, copy);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::reference::{Rule, read};
    use super::*;

    #[test]
    fn a_seed_gives_one_input_and_seeds_give_different_ones() {
        assert_eq!(generate(7), generate(7));
        let inputs: BTreeSet<_> = (0..1_000).map(generate).collect();
        assert!(inputs.len() > 900, "{}", inputs.len());
    }

    #[test]
    fn a_draft_without_changes_is_valid() {
        for seed in 0..1_000 {
            let input = Draft::valid(&mut Random::new(seed)).bytes();
            let (reading, rules) = read(&input);
            let known = [Rule::Old, Rule::OldPersistent, Rule::Unfinished];
            assert!(rules.iter().all(|rule| known.contains(rule)), "{rules:?} {reading}");
            assert_eq!(reading.steps.len(), 1, "{reading} {}", String::from_utf8_lossy(&input));
        }
    }
}
