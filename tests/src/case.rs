//! Test cases as text: a request, and the exact bytes of the response.
//!
//! The format is described in `tests/cases/README.md`.

use std::fs;
use std::path::Path;

/// One exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// File and line, for error messages.
    pub place: String,
    /// The request line, without its line end.
    pub request: String,
    /// The fields other than `Host`, one per line.
    pub fields: Vec<String>,
    /// Whether the connection persists after the response.
    pub stays: bool,
    /// The bytes of the response; `{date}` stands for any date.
    pub answer: Vec<u8>,
}

impl Case {
    /// The bytes of the request.
    #[must_use]
    pub fn request_bytes(&self) -> String {
        let mut bytes = format!("{}\r\n", self.request);
        if self.request.ends_with("1.1") {
            bytes.push_str("Host: test\r\n");
        }
        for field in &self.fields {
            bytes.push_str(field);
            bytes.push_str("\r\n");
        }
        bytes + "\r\n"
    }
}

/// Loads all cases in a folder of `tests/cases`: a list per file, in the order of the file.
///
/// # Panics
///
/// If a file cannot be read or parsed.
#[must_use]
pub fn load(folder: &str) -> Vec<Vec<Case>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases").join(folder);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("it can be listed").path()).collect();
    paths.sort();
    paths.iter().map(|path| parse_file(path)).collect()
}

fn parse_file(path: &Path) -> Vec<Case> {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut cases: Vec<Case> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let place = format!("{name}:{}", at + 1);
        if let Some(title) = line.strip_prefix("=== ") {
            let (asked, then) = title.split_once(" => ").expect("a title has a result");
            let stays = match then {
                "stays" => true,
                "closes" => false,
                _ => panic!("{place}: neither `stays` nor `closes`"),
            };
            let mut parts = asked.split(", ").map(str::to_owned);
            let request = parts.next().unwrap_or_default();
            let fields = parts.collect();
            cases.push(Case { place, request, fields, stays, answer: Vec::new() });
        } else if let Some(case) = cases.last_mut() {
            case.answer.extend(unescape(line));
        } else {
            assert!(line.is_empty() || line.starts_with("# "), "{place}: not a comment");
        }
    }
    cases
}

pub(crate) fn unescape(line: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = line.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        let (byte, length) = match after {
            [b'r', ..] => (b'\r', 1),
            [b'n', ..] => (b'\n', 1),
            [b'\\', ..] => (b'\\', 1),
            [b'x', _, _, ..] => {
                let byte = line.get(line.len() - after.len() + 1..line.len() - after.len() + 3);
                (byte.and_then(|hex| u8::from_str_radix(hex, 16).ok()).expect("two digits"), 3)
            }
            _ => panic!("an unknown escape in {line:?}"),
        };
        bytes.push(byte);
        rest = &after[length..];
    }
    bytes
}

/// Escapes bytes in the format of the cases.
#[must_use]
pub fn escape(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        match byte {
            b'\r' => text.push_str("\\r"),
            b'\n' => text.push_str("\\n\n"),
            b'\\' => text.push_str("\\\\"),
            0x20..0x7f => text.push(char::from(*byte)),
            _ => text.push_str(&format!("\\x{byte:02x}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unescape_reverses_escape() {
        let all: Vec<u8> = (0..=255).collect();
        let lines = escape(&all);
        assert_eq!(lines.lines().flat_map(unescape).collect::<Vec<_>>(), all);
    }
}
