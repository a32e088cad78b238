//! Bytes of a client as text for log lines.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Bytes of a client as text that is safe between quotes, in a line, on a terminal: whatever is
/// not printable ASCII, and the quote and the backslash, as `\xNN`.
pub(crate) fn escaped(bytes: &[u8]) -> Cow<'_, str> {
    if bytes.iter().copied().all(is_safe) {
        return String::from_utf8_lossy(bytes);
    }
    let mut text = String::with_capacity(bytes.len() + 16);
    for &byte in bytes {
        if is_safe(byte) {
            text.push(char::from(byte));
        } else {
            // Writing into a string does not fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    Cow::Owned(text)
}

fn is_safe(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_forge_a_line_is_escaped() {
        for (bytes, expected) in [
            (&b"/a?b=c d~"[..], "/a?b=c d~"),
            (b"a\" 200 1 \"", r"a\x22 200 1 \x22"),
            (b"a\r\nb\tc\x1b[31m\x7f", r"a\x0d\x0ab\x09c\x1b[31m\x7f"),
            (b"\\x22", r"\x5cx22"),
            ("\u{e9}\u{202e}\u{85}".as_bytes(), r"\xc3\xa9\xe2\x80\xae\xc2\x85"),
            (b"\xff", r"\xff"),
        ] {
            assert_eq!(escaped(bytes), expected);
        }
    }
}
