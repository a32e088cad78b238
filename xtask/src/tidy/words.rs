//! Plain words: what comments and documents do not say, and what to write instead.
//!
//! Reads the comments of Rust files, the comments and documentation strings of Python files, and
//! Markdown outside of its code blocks. A line that asks a question may use any word.

use super::finding;
use super::rules::{File, has_word};

/// A word, and what to write instead.
const WORDS: &[(&str, &str)] = &[
    ("nobody", "name the thing: no peer, no task, no caller"),
    ("somebody", "name the thing: a peer, a task, a caller"),
    ("someone", "name the thing: a peer, a task, a caller"),
    ("anybody", "name the thing: any peer, any task, any caller"),
    ("everybody", "name the things: all peers, all tasks, all callers"),
    ("whoever", "name the thing: the peer that, the caller that"),
    ("who", "a thing does not ask who: the client that, the task that"),
    ("whom", "a thing does not ask whom: the peer that, the task that"),
    ("says", "a field contains, a function returns, an option sets"),
    ("tells", "a function returns or reports, a number shows"),
    ("told", "notified, reported, given"),
    ("harms", "breaks, corrupts, delays: name the effect"),
    ("harm", "break, corrupt, delay: name the effect"),
    ("in work", "current, in progress"),
    ("without a word", "silently, without a response"),
    ("for good", "permanently"),
    ("business of", "the responsibility of, or name the module that does it"),
    ("its business", "its responsibility"),
    ("wishes", "requests"),
    ("patience", "the timeout, the deadline"),
    ("lets go of", "releases, drops"),
    ("hears of", "is notified of"),
    ("sees to", "handles, does"),
];

const REASON: &str = "a reader from anywhere understands plain technical English at first sight";

/// The findings in all files: Rust sources, and other texts with their contents.
pub(super) fn check(files: &[File], texts: &[(String, String)]) -> Vec<String> {
    let comments = files.iter().flat_map(|file| {
        let lines = file.lines.iter().enumerate();
        lines.map(|(at, line)| (file.path.as_str(), at + 1, line.comment.clone()))
    });
    let prose = texts.iter().flat_map(|(path, text)| {
        let lines = if path.ends_with(".md") { markdown(text) } else { python(text) };
        lines.into_iter().map(|(at, line)| (path.as_str(), at, line))
    });
    let lines = comments.chain(prose);
    lines.flat_map(|(path, at, line)| line_findings(path, at, &line)).collect()
}

fn line_findings(path: &str, at: usize, line: &str) -> Vec<String> {
    if line.contains('?') {
        return Vec::new();
    }
    let line = without_code(line).to_lowercase();
    let found = WORDS.iter().filter(|(word, _)| has_word(&line, word));
    let what = |(word, better): &(&str, &str)| format!("`{word}`: {better}");
    found.map(|row| finding(path, at, "words", &what(row), REASON)).collect()
}

/// The line without what stands between backticks.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join(" ")
}

fn markdown(text: &str) -> Vec<(usize, String)> {
    let mut in_block = false;
    let lines = text.lines().enumerate().filter(|(_, line)| {
        let is_fence = line.trim_start().starts_with("```");
        in_block ^= is_fence;
        !in_block && !is_fence
    });
    lines.map(|(at, line)| (at + 1, line.to_owned())).collect()
}

/// Comments, and strings in three quotes.
fn python(text: &str) -> Vec<(usize, String)> {
    let mut in_string = false;
    let mut lines = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let quotes = line.matches("\"\"\"").count();
        let comment = line.find("# ").filter(|start| !line[..*start].contains(['"', '\'']));
        if in_string || quotes > 0 {
            lines.push((at + 1, line.to_owned()));
        } else if let Some(start) = comment {
            lines.push((at + 1, line[start..].to_owned()));
        }
        in_string ^= quotes % 2 == 1;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_rust(text: &str) -> usize {
        check(&[File::new("src/a.rs", text)], &[]).len()
    }

    fn in_text(path: &str, text: &str) -> usize {
        check(&[], &[(path.to_owned(), text.to_owned())]).len()
    }

    #[test]
    fn comments_are_read_and_code_is_not() {
        assert_eq!(in_rust("//! Nobody knows.\nlet nobody = 1; // who waits"), 2);
        assert_eq!(in_rust("let who = \"somebody\"; // `who` is a name"), 0);
        assert_eq!(in_rust("// Who owns the socket?"), 0);
        assert_eq!(in_rust("// The whole file of a soldier."), 0);
    }

    #[test]
    fn markdown_is_read_outside_of_its_code() {
        assert_eq!(in_text("a.md", "Whoever reads.\n```rust\n// who\n```\nHe who asks."), 2);
    }

    #[test]
    fn python_is_read_in_its_comments_and_documentation() {
        let text = "\"\"\"Nobody.\n\nSomebody.\"\"\"\nx = 'who'  # whoever\ny = 1  # whoever\n";
        assert_eq!(in_text("a.py", text), 3);
    }
}
