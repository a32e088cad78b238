//! Splits Rust source into lines of code and lines of comment.
//!
//! The rules look at one or at the other: a word in a string is neither, so the rules can name
//! what they forbid. Knows the lexical grammar (nested comments, raw strings, character literals
//! and lifetimes) and nothing of the syntax.

/// One line, taken apart. Literals are left as `""` and `''`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) code: String,
    pub(super) comment: String,
    /// The comment documents an item: `///`, `//!` and their block forms.
    pub(super) is_doc: bool,
}

/// What a line begins in: the rest of something that the line before has opened.
enum Mode {
    Code,
    /// A block comment, how deeply nested, and whether it documents an item.
    Comment(usize, bool),
    Text,
    /// A raw string that ends with a quote and so many hashes.
    Raw(usize),
}

pub(super) fn split(text: &str) -> Vec<Line> {
    let mut mode = Mode::Code;
    text.lines().map(|line| split_line(line, &mut mode)).collect()
}

fn split_line(text: &str, mode: &mut Mode) -> Line {
    let mut line = Line::default();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let width = next.len_utf8();
        let taken = match *mode {
            Mode::Code => take_code(rest, next, mode, &mut line),
            Mode::Comment(depth, is_doc) if rest.starts_with("*/") => {
                *mode = if depth > 1 { Mode::Comment(depth - 1, is_doc) } else { Mode::Code };
                2
            }
            Mode::Comment(depth, is_doc) if rest.starts_with("/*") => {
                *mode = Mode::Comment(depth + 1, is_doc);
                2
            }
            Mode::Comment(_, is_doc) => {
                line.is_doc |= is_doc;
                line.comment.push(next);
                width
            }
            Mode::Text if next == '\\' => rest.chars().take(2).map(char::len_utf8).sum(),
            Mode::Raw(hashes) if next == '"' && hashes_after(rest, 1) >= hashes => {
                *mode = Mode::Code;
                1 + hashes
            }
            Mode::Text if next == '"' => {
                *mode = Mode::Code;
                1
            }
            Mode::Text | Mode::Raw(_) => width,
        };
        rest = &rest[taken..];
    }
    line
}

/// Takes the next piece of code, or what opens something else; answers how many bytes that were.
fn take_code(rest: &str, next: char, mode: &mut Mode, line: &mut Line) -> usize {
    if let Some(comment) = rest.strip_prefix("//") {
        line.is_doc = comment.starts_with(['/', '!']) && !comment.starts_with("//");
        line.comment.push_str(comment);
        return rest.len();
    }
    if let Some(comment) = rest.strip_prefix("/*") {
        *mode = Mode::Comment(1, comment.starts_with(['*', '!']));
        return 2;
    }
    let word = line.code.rsplit(|c| !is_word(c)).next().unwrap_or_default();
    let hashes = hashes_after(rest, 1);
    match next {
        'r' if matches!(word, "" | "b" | "c") && rest[1 + hashes..].starts_with('"') => {
            *mode = Mode::Raw(hashes);
            line.code.push_str("\"\"");
            hashes + 2
        }
        '"' => {
            *mode = Mode::Text;
            line.code.push_str("\"\"");
            1
        }
        '\'' => {
            let length = character_length(rest);
            line.code.push_str(if length > 1 { "''" } else { "'" });
            length
        }
        _ => {
            line.code.push(next);
            next.len_utf8()
        }
    }
}

/// The length of the character literal that `rest` begins with; 1 if it is a lifetime.
fn character_length(rest: &str) -> usize {
    if rest.starts_with("'\\") {
        // The character after the backslash may itself be a quote.
        return rest.get(3..).and_then(|tail| tail.find('\'')).map_or(1, |at| at + 4);
    }
    let mut characters = rest.chars().skip(1);
    match (characters.next(), characters.next()) {
        (Some(character), Some('\'')) => character.len_utf8() + 2,
        _ => 1,
    }
}

fn hashes_after(rest: &str, start: usize) -> usize {
    rest.bytes().skip(start).take_while(|byte| *byte == b'#').count()
}

/// Whether `character` can be part of an identifier.
pub(super) fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}
