//! The paths that a Rust file names: its `use` declarations, and paths inside the code that begin
//! with `crate::`, `super::` or `self::`.
//!
//! Reads lines whose comments and literals were taken out (`source.rs`). Knows the syntax of use
//! trees and nothing of what the paths lead to.

/// A path as it was written, without its last `as`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// From the line on which the statement begins, counted from 1.
    pub(super) line: usize,
    pub(super) segments: Vec<String>,
    /// `pub use` or `pub(…) use`: the name is found here by others. What they call it.
    pub(super) exported_as: Option<String>,
    /// Whether it stands in a `use` declaration.
    pub(super) declared: bool,
}

struct Token {
    line: usize,
    text: String,
}

/// All paths in the given lines of code.
pub(super) fn in_code<'a>(lines: impl Iterator<Item = (usize, &'a str)>) -> Vec<Named> {
    let tokens = tokens(lines);
    let mut paths = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        at = match tokens[at].text.as_str() {
            // `use<…>` is a bound of captured lifetimes.
            "use" if text(&tokens, at + 1) != "<" => declaration(&tokens, at, &mut paths),
            "crate" | "super" | "self" if text(&tokens, at + 1) == "::" => {
                inline(&tokens, at, &mut paths)
            }
            _ => at + 1,
        };
    }
    paths
}

/// Identifiers, `::`, and single other characters.
fn tokens<'a>(lines: impl Iterator<Item = (usize, &'a str)>) -> Vec<Token> {
    let mut tokens = Vec::new();
    for (line, code) in lines {
        let mut rest = code;
        while let Some(first) = rest.chars().next() {
            let is_word = |c: char| c.is_alphanumeric() || c == '_';
            let length = if is_word(first) {
                rest.find(|c| !is_word(c)).unwrap_or(rest.len())
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            if !first.is_whitespace() {
                tokens.push(Token { line, text: rest[..length].to_owned() });
            }
            rest = &rest[length..];
        }
    }
    tokens
}

fn text(tokens: &[Token], at: usize) -> &str {
    tokens.get(at).map_or("", |token| &token.text)
}

/// A declaration that begins at `at`; returns where it has ended.
fn declaration(tokens: &[Token], at: usize, paths: &mut Vec<Named>) -> usize {
    let before = if at == 0 { "" } else { text(tokens, at - 1) };
    let exported = before == "pub" || before == ")";
    let first = paths.len();
    let end = tree(tokens, at + 1, &mut Vec::new(), paths);
    for path in &mut paths[first..] {
        path.line = tokens[at].line;
        path.declared = true;
        if !exported {
            path.exported_as = None;
        }
    }
    end
}

/// One branch of a use tree; returns where it has ended.
fn tree(
    tokens: &[Token],
    mut at: usize,
    prefix: &mut Vec<String>,
    paths: &mut Vec<Named>,
) -> usize {
    let depth = prefix.len();
    loop {
        match text(tokens, at) {
            "{" => {
                at += 1;
                while !matches!(text(tokens, at), "}" | ";" | "") {
                    at = tree(tokens, at, prefix, paths);
                    if text(tokens, at) == "," {
                        at += 1;
                    }
                }
                prefix.truncate(depth);
                return at + 1;
            }
            "::" => at += 1,
            "," | "}" | ";" | "" => break,
            "as" => {
                push(prefix, text(tokens, at + 1), paths);
                prefix.truncate(depth);
                return at + 2;
            }
            segment => {
                prefix.push(segment.to_owned());
                at += 1;
            }
        }
    }
    let name = prefix.last().cloned().unwrap_or_default();
    push(prefix, &name, paths);
    prefix.truncate(depth);
    at
}

fn push(prefix: &[String], name: &str, paths: &mut Vec<Named>) {
    let mut segments = prefix.to_vec();
    // `a::{self}` is `a`.
    if segments.len() > 1 && segments.last().is_some_and(|last| last == "self") {
        segments.pop();
    }
    let exported_as =
        segments.last().map(|last| if name == "self" { last.clone() } else { name.to_owned() });
    paths.push(Named { line: 0, segments, exported_as, declared: true });
}

fn inline(tokens: &[Token], mut at: usize, paths: &mut Vec<Named>) -> usize {
    let line = tokens[at].line;
    // `pub(in crate::a)` limits the visibility of an item; it imports nothing.
    let is_visibility = at > 0 && text(tokens, at - 1) == "in";
    let mut segments = vec![text(tokens, at).to_owned()];
    while text(tokens, at + 1) == "::" && text(tokens, at + 2).starts_with(is_identifier) {
        segments.push(text(tokens, at + 2).to_owned());
        at += 2;
    }
    if !is_visibility {
        paths.push(Named { line, segments, exported_as: None, declared: false });
    }
    at + 1
}

fn is_identifier(first: char) -> bool {
    first.is_alphabetic() || first == '_'
}
