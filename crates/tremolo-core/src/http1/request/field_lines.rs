//! The field lines of a head: where their names and values are (RFC 9112 section 5).
//!
//! One pass finds the end of each name and of each value, and that they consist of the right bytes.
//! A line that begins with a space or a tab (obs-fold) has no name, and is refused (section 5.2); so
//! is a blank before the colon (section 5.1), and a line that does not end in CRLF (section 2.2).

use crate::http1::fields::{FieldSpan, Span};
use crate::http1::grammar::{all, is_field_value, is_tchar, is_token};

/// What the lines of a head are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lines {
    /// The empty line at their end was found; so many bytes of the head precede the body.
    Complete(usize),
    /// The head goes on.
    Partial,
    /// There are more fields than allowed.
    TooMany,
    /// A line is no field.
    Invalid,
}

/// Appends the fields of the lines that begin at `start` of a head, `max` at most.
pub(super) fn read_lines(
    head: &[u8],
    start: usize,
    max: usize,
    fields: &mut Vec<FieldSpan>,
) -> Lines {
    let mut at = start;
    loop {
        let line = head.get(at..).unwrap_or_default();
        match line {
            [b'\r', b'\n', ..] => return Lines::Complete(at + 2),
            [] | [b'\r'] => return Lines::Partial,
            _ if fields.len() >= max => return Lines::TooMany,
            _ => {}
        }
        let name = name_length(line);
        let (Some(text), [_, rest @ ..]) = (line.get(..name), line.get(name..).unwrap_or_default())
        else {
            return if all(line, is_tchar) { Lines::Partial } else { Lines::Invalid };
        };
        if !is_token(text) {
            return Lines::Invalid;
        }
        let value = at + name + 1;
        let length = value_length(rest);
        match rest.get(length..).unwrap_or_default() {
            [b'\r', b'\n', ..] => {}
            [] | [b'\r'] => return Lines::Partial,
            _ => return Lines::Invalid,
        }
        let (before, after) = blanks(rest.get(..length).unwrap_or_default());
        fields.push(FieldSpan {
            name: Span::new(at, at + name),
            value: Span::new(value + before, value + length - after),
        });
        at = value + length + 2;
    }
}

/// How many bytes precede the colon; all if there is none.
fn name_length(line: &[u8]) -> usize {
    let mut at = 0;
    loop {
        let rest = line.get(at..).unwrap_or_default();
        let Some(word) = rest.first_chunk() else {
            return at + rest.iter().position(|byte| *byte == b':').unwrap_or(rest.len());
        };
        let colons = equal(u64::from_le_bytes(*word), b':');
        at += colons.trailing_zeros() as usize / 8;
        if colons != 0 {
            return at;
        }
    }
}

/// The bytes of OWS before and after a value (RFC 9110 section 5.6.3).
fn blanks(value: &[u8]) -> (usize, usize) {
    let is_no_blank = |byte: &u8| !matches!(byte, b' ' | b'\t');
    let Some(before) = value.iter().position(is_no_blank) else { return (value.len(), 0) };
    (before, value.iter().rev().position(is_no_blank).unwrap_or(0))
}

/// How many bytes at the beginning may be in a value: all but controls, of which the tab may be
/// (RFC 9110 section 5.5).
fn value_length(bytes: &[u8]) -> usize {
    let mut at = 0;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let Some(block) = rest.first_chunk::<16>() else { return at + short_value_length(rest) };
        if !has_control(block) {
            at += block.len();
            continue;
        }
        let (first, second) = block.split_at(8);
        let first = first_control(first);
        at += if first < 8 { first } else { 8 + first_control(second) };
        if bytes.get(at) != Some(&b'\t') {
            return at;
        }
        at += 1;
    }
}

/// The same byte by byte, for the last bytes that have arrived.
fn short_value_length(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| !is_field_value(&[*byte])).unwrap_or(bytes.len())
}

/// Whether there is a control character, the tab included. The compiler makes vector instructions of
/// it.
fn has_control(block: &[u8; 16]) -> bool {
    block.iter().fold(false, |any, &byte| any | (byte < b' ') | (byte == 0x7f))
}

/// Where the first control character of eight bytes is; 8 if there is none.
fn first_control(bytes: &[u8]) -> usize {
    let word = bytes.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    controls(word).trailing_zeros() as usize / 8
}

/// The highest bit of each control character. Bits above the lowest of them may be set as well.
fn controls(word: u64) -> u64 {
    // A subtraction borrows from the next byte only if its own byte is found.
    let below_space = word.wrapping_sub(EACH * 0x20) & !word & HIGH;
    below_space | equal(word, 0x7f)
}

/// The highest bit of each byte with this value. Bits above the lowest of them may be set as well.
fn equal(word: u64, byte: u8) -> u64 {
    let rest = word ^ (EACH * u64::from(byte));
    rest.wrapping_sub(EACH) & !rest & HIGH
}

const EACH: u64 = u64::from_le_bytes([1; 8]);
const HIGH: u64 = EACH << 7;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(head: &str, max: usize) -> (Lines, Vec<(String, String)>) {
        let mut fields = Vec::new();
        let lines = read_lines(head.as_bytes(), 0, max, &mut fields);
        let text = |span: Span| String::from_utf8(span.of_bytes(head.as_bytes()).into()).unwrap();
        (lines, fields.iter().map(|field| (text(field.name), text(field.value))).collect())
    }

    #[test]
    fn finds_names_and_values_without_the_blanks_around_them() {
        let head = "A:b\r\nC-d: \t e  f\t \r\nG:\r\nH: \t\r\n\r\nrest";
        let (found, fields) = lines(head, 4);
        assert_eq!(found, Lines::Complete(head.len() - 4));
        let expected = [("A", "b"), ("C-d", "e  f"), ("G", ""), ("H", "")];
        assert_eq!(fields, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(lines(head, 3).0, Lines::TooMany);
    }

    #[test]
    fn what_is_no_field_line_is_refused_and_what_is_cut_is_not() {
        for head in [
            " a: b\r\n",
            "\ta: b\r\n",
            ":b\r\n",
            "a : b\r\n",
            "a\r\n",
            "a\r\n\r\n",
            "a b: c\r\n",
            "a\n",
            "a: b\n",
            "a: b\rc\r\n",
            "a: \0\r\n",
            "a: \x7f\r\n",
            "\n",
            "\rb",
            "a: b\r\n c\r\n",
            "\u{e9}: b\r\n",
            "a: 0123456789abcdef\x01",
        ] {
            assert_eq!(lines(head, 9).0, Lines::Invalid, "{head:?}");
        }
        let whole = "a: \u{e9}\r\nb: 0123456789012345678901234567890123456789\t0123456789\r\n\r\n";
        for cut in 0..whole.len() {
            let mut fields = Vec::new();
            assert_eq!(read_lines(&whole.as_bytes()[..cut], 0, 9, &mut fields), Lines::Partial);
        }
        assert_eq!(lines(whole, 9).0, Lines::Complete(whole.len()));
    }

    proptest! {
        #[test]
        fn a_value_ends_at_the_first_control_character(
            mut bytes in prop::collection::vec(b' '..=0xff, 0..100),
            places in prop::collection::vec((any::<prop::sample::Index>(), 0..=0x7f_u8), 0..4),
        ) {
            for (place, byte) in places {
                if !bytes.is_empty() {
                    let at = place.index(bytes.len());
                    bytes[at] = byte;
                }
            }
            let naive = bytes.iter().position(|byte| !is_field_value(&[*byte]));
            prop_assert_eq!(value_length(&bytes), naive.unwrap_or(bytes.len()));
        }
    }
}
