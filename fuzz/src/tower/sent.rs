//! Requests, and what a service should receive of them.

use crate::script::Script;

/// How much of the body the service reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read {
    All,
    One,
    Nothing,
}

/// A request as sent.
pub(super) struct Sent {
    pub(super) method: &'static str,
    pub(super) version: &'static str,
    target: String,
    /// Names in lower case.
    fields: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
    trailers: Vec<(String, Vec<u8>)>,
    pub(super) bytes: Vec<u8>,
}

/// A request as the service received it.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) method: String,
    pub(super) version: String,
    pub(super) target: String,
    pub(super) original: String,
    pub(super) fields: Vec<(String, Vec<u8>)>,
    pub(super) body: Vec<u8>,
    pub(super) trailers: Vec<(String, Vec<u8>)>,
    /// The length in the size hint of the body.
    pub(super) exact: Option<u64>,
}

impl Sent {
    pub(super) fn read(script: &mut Script<'_>, is_last: bool) -> Self {
        let method = script.pick(METHODS);
        let target = format!("/api{}", script.pick(TARGETS));
        let mut fields = vec![("host".to_owned(), b"a".to_vec())];
        for _ in 0..script.byte() % 5 {
            let name = script.pick(NAMES).to_owned();
            let is_value = |byte: &&u8| **byte > b' ' && **byte != 0x7f;
            fields.push((name, script.piece().iter().filter(is_value).copied().collect()));
        }
        let framing = script.byte() % 4;
        let version = if framing < 3 && script.flag() { "1.0" } else { "1.1" };
        let stays = if is_last { "close" } else { "keep-alive" };
        fields.push(("connection".to_owned(), stays.into()));
        let (mut body, mut coded, mut trailers) = (Vec::new(), Vec::new(), Vec::new());
        match framing {
            0 => {}
            1 | 2 => {
                body = script.piece().to_vec();
                coded.clone_from(&body);
                fields.push(("content-length".to_owned(), body.len().to_string().into()));
            }
            _ => {
                for _ in 0..script.byte() % 4 {
                    let piece = script.piece();
                    if !piece.is_empty() {
                        coded.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
                        coded.extend_from_slice(&[piece, b"\r\n"].concat());
                        body.extend_from_slice(piece);
                    }
                }
                coded.extend_from_slice(b"0\r\n");
                if script.flag() {
                    trailers.push(("x-sum".to_owned(), b"1".to_vec()));
                    coded.extend_from_slice(b"X-Sum: 1\r\n");
                }
                coded.extend_from_slice(b"\r\n");
                fields.push(("transfer-encoding".to_owned(), b"chunked".to_vec()));
            }
        }
        let mut bytes = format!("{method} {target} HTTP/{version}\r\n").into_bytes();
        for (name, value) in &fields {
            bytes.extend_from_slice(&[name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&coded);
        Self { method, version, target, fields, body, trailers, bytes }
    }

    pub(super) fn check(&self, seen: &Seen, read: Read) {
        assert_eq!(seen.method, self.method);
        assert_eq!(seen.version, format!("HTTP/{}", self.version));
        assert_eq!(seen.original, self.target);
        let behind = &self.target["/api".len()..];
        let slash = if behind.starts_with('/') { "" } else { "/" };
        assert_eq!(seen.target, format!("{slash}{behind}"));
        for (name, _) in self.fields.iter().chain(&seen.fields) {
            let of = |fields: &[(String, Vec<u8>)]| {
                let of_name = fields.iter().filter(|(known, _)| known == name);
                of_name.map(|(_, value)| value.clone()).collect::<Vec<_>>()
            };
            assert_eq!(of(&seen.fields), of(&self.fields), "{name}");
        }
        if let Some(exact) = seen.exact {
            assert_eq!(exact, self.body.len() as u64, "the length of the hint");
        }
        match read {
            Read::All => {
                assert_eq!(seen.body, self.body);
                assert_eq!(seen.trailers, self.trailers);
            }
            Read::One | Read::Nothing => assert!(self.body.starts_with(&seen.body)),
        }
    }
}

const METHODS: &[&str] = &["GET", "POST", "HEAD", "PUT", "OPTIONS", "FROB"];

const TARGETS: &[&str] = &["", "/", "/a?b=c", "?q", "/a//b/", "/x%20y?%zz", "/?", "/api"];

const NAMES: &[&str] = &["x-a", "cookie", "x-b", "accept", "x-a-long-name-that-no-table-knows"];
