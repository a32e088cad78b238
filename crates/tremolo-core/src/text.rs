//! Text for logs: what could end a line, begin another one, or steer a terminal is escaped
//! (CWE-117, CWE-150). The same in every front.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Escapes text for a line of a log: control characters, the line separators of Unicode, and
/// characters that change the direction of what follows.
///
/// ```
/// use tremolo_core::escape_controls;
///
/// assert_eq!(escape_controls("no\nroute \u{1b}[2J"), r"no\nroute \u{1b}[2J");
/// assert_eq!(escape_controls("ünchanged"), "ünchanged");
/// ```
#[must_use]
pub fn escape_controls(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find(is_unsafe) else { return Cow::Borrowed(text) };
    let mut escaped = String::with_capacity(text.len() + 16);
    let (before, rest) = text.split_at(first);
    escaped.push_str(before);
    for character in rest.chars() {
        if is_unsafe(character) {
            escaped.extend(character.escape_default());
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped)
}

fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

/// Bytes of a client as text that is safe between quotes, in a line, on a terminal: whatever is
/// not printable ASCII, and the quote and the backslash, as `\xNN`.
///
/// ```
/// use tremolo_core::escape_bytes;
///
/// assert_eq!(escape_bytes(b"/a?b"), "/a?b");
/// assert_eq!(escape_bytes(b"a\" 200\n"), r"a\x22 200\x0a");
/// ```
#[must_use]
pub fn escape_bytes(bytes: &[u8]) -> Cow<'_, str> {
    if bytes.iter().copied().all(is_quotable) {
        return String::from_utf8_lossy(bytes);
    }
    let mut text = String::with_capacity(bytes.len() + 16);
    for &byte in bytes {
        if is_quotable(byte) {
            text.push(char::from(byte));
        } else {
            // Writing into a string does not fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    Cow::Owned(text)
}

fn is_quotable(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_could_forge_a_line_are_escaped() {
        for (bytes, expected) in [
            (&b"/a?b=c d~"[..], "/a?b=c d~"),
            (b"a\" 200 1 \"", r"a\x22 200 1 \x22"),
            (b"a\r\nb\tc\x1b[31m\x7f", r"a\x0d\x0ab\x09c\x1b[31m\x7f"),
            (b"\\x22", r"\x5cx22"),
            ("\u{e9}\u{202e}\u{85}".as_bytes(), r"\xc3\xa9\xe2\x80\xae\xc2\x85"),
            (b"\xff", r"\xff"),
        ] {
            assert_eq!(escape_bytes(bytes), expected);
        }
    }

    #[test]
    fn what_could_forge_a_line_or_steer_a_terminal_is_escaped() {
        for (text, expected) in [
            ("", ""),
            ("plain text, \"quoted\" \\", "plain text, \"quoted\" \\"),
            ("a\r\nb\tc\0", r"a\r\nb\tc\u{0}"),
            ("\u{1b}[31m\u{7f}\u{9b}2J", r"\u{1b}[31m\u{7f}\u{9b}2J"),
            ("é\u{85}\u{2028}\u{2029}", r"é\u{85}\u{2028}\u{2029}"),
            ("\u{202e}\u{2066}\u{200f}x", r"\u{202e}\u{2066}\u{200f}x"),
        ] {
            assert_eq!(escape_controls(text), expected);
        }
    }
}
