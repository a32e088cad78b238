//! Text for logs: what could end a line, begin another one, or steer a terminal is escaped
//! (CWE-117, CWE-150). The same in every front.

use std::borrow::Cow;

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

#[cfg(test)]
mod tests {
    use super::*;

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
