//! The rules about one source file, as a table: name, reason, check.
//!
//! A check answers with the lines that break the rule and what is wrong there. Lengths of
//! functions and parameter lists are clippy's to count (`clippy.toml`), not ours.

use super::source::{self, Line, is_word};

/// Lines of a production file: 300 by design, this is the wall.
const FILE_LINES: usize = 400;

/// Files that may hold `unsafe`.
const UNSAFE_PATHS: &[&str] = &[
    "crates/tremolo-net/src/inherited.rs",
    "crates/tremolo-net/src/receive.rs",
    "crates/tremolo-python/src/ffi.rs",
];

pub(super) struct File {
    pub(super) path: String,
    pub(super) lines: Vec<Line>,
    /// The first line of test code; everything below it is test code as well.
    tests_from: usize,
}

/// A line that breaks a rule, counted from 1, and what is wrong there.
pub(super) type Hit = (usize, String);

pub(super) struct Rule {
    pub(super) name: &'static str,
    pub(super) reason: &'static str,
    pub(super) check: fn(&File) -> Vec<Hit>,
}

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "header",
        reason: "a reader learns from the first lines what a file is for and what it may know",
        check: header,
    },
    Rule {
        name: "length",
        reason: "a file says one thing; split it by what its parts are for",
        check: length,
    },
    Rule {
        name: "unfinished",
        reason: "the main branch holds finished work; what is left to do is an issue",
        check: unfinished,
    },
    Rule {
        name: "commented-out",
        reason: "git remembers old code; comments say why",
        check: commented_out,
    },
    Rule {
        name: "unsafe",
        reason: "unsafe code lives in listed files only (UNSAFE_PATHS in xtask/src/tidy/rules.rs)",
        check: unsafe_code,
    },
    Rule {
        name: "sleep",
        reason: "a test that waits for time to pass is slow or flaky; wait for an event, \
                 or pass the time in",
        check: sleep,
    },
    Rule {
        name: "feature",
        reason: "a feature chooses between whole modules; code is never switched line by line",
        check: feature,
    },
];

impl File {
    pub(super) fn new(path: &str, text: &str) -> Self {
        let lines = source::split(text);
        let all =
            path.starts_with("tests/") || path.contains("/tests/") || path.ends_with("/tests.rs");
        let opens_tests = |at: &usize| {
            lines[*at].code.trim() == "#[cfg(test)]"
                && gated_item(&lines, *at)
                    .is_some_and(|item| item.starts_with("mod ") && item.ends_with('{'))
        };
        let inline = || (0..lines.len()).find(opens_tests);
        let tests_from = if all { 0 } else { inline().unwrap_or(lines.len()) };
        Self { path: path.to_owned(), lines, tests_from }
    }

    /// Whether the whole file is test code.
    pub(super) fn is_all_tests(&self) -> bool {
        self.tests_from == 0
    }

    /// The code above the tests, line by line, counted from 1.
    pub(super) fn production_code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.lines[..self.tests_from].iter().enumerate();
        lines.map(|(at, line)| (at + 1, line.code.as_str()))
    }

    /// The lines on which `check` finds something.
    fn find(&self, check: impl Fn(&Line) -> Option<&'static str>) -> Vec<Hit> {
        let hits = self.lines.iter().enumerate();
        hits.filter_map(|(at, line)| Some((at + 1, check(line)?.to_owned()))).collect()
    }
}

fn header(file: &File) -> Vec<Hit> {
    match file.lines.first() {
        Some(line) if line.is_doc && line.comment.starts_with('!') => Vec::new(),
        _ => vec![(1, "the file does not open with `//!`".to_owned())],
    }
}

fn length(file: &File) -> Vec<Hit> {
    let lines = file.lines.len();
    if file.tests_from == 0 || lines <= FILE_LINES {
        return Vec::new();
    }
    vec![(FILE_LINES + 1, format!("{lines} lines, over {FILE_LINES}"))]
}

fn unfinished(file: &File) -> Vec<Hit> {
    let markers = ["TODO", "FIXME", "XXX"];
    let macros = ["todo!", "unimplemented!", "dbg!"];
    file.find(|line| {
        let marker = markers.into_iter().find(|marker| has_word(&line.comment, marker));
        marker.or_else(|| macros.into_iter().find(|name| has_word(&line.code, name)))
    })
}

fn commented_out(file: &File) -> Vec<Hit> {
    let is_statement = |line: &Line| {
        !line.is_doc
            && line.code.trim().is_empty()
            && line.comment.trim_end().ends_with([';', '{', '}'])
    };
    let mut hits = Vec::new();
    let mut run = 0;
    for (at, line) in file.lines.iter().enumerate() {
        run = if is_statement(line) { run + 1 } else { 0 };
        if run == 2 {
            hits.push((at, "comments that look like code".to_owned()));
        }
    }
    hits
}

fn unsafe_code(file: &File) -> Vec<Hit> {
    if UNSAFE_PATHS.contains(&file.path.as_str()) {
        return Vec::new();
    }
    file.find(|line| has_word(&line.code, "unsafe").then_some("unsafe"))
}

fn sleep(file: &File) -> Vec<Hit> {
    let calls = ["sleep(", "sleep_until(", "sleep_ms("];
    let mut hits = file.find(|line| {
        let call = calls.into_iter().find(|call| has_word(&line.code, call))?;
        (!line.code.contains(&format!("fn {call}"))).then_some(call.trim_end_matches('('))
    });
    hits.retain(|(line, _)| *line > file.tests_from);
    hits
}

fn feature(file: &File) -> Vec<Hit> {
    let mut hits = file.find(|line| {
        has_word(&line.code, "feature =")
            .then_some("a feature switches something else than `mod` or `use`")
    });
    hits.retain(|(line, _)| !gated_item(&file.lines, line - 1).is_some_and(is_module_or_import));
    hits
}

/// The first line of the item whose attribute stands on line `at`.
fn gated_item(lines: &[Line], at: usize) -> Option<&str> {
    let opens = |line: &Line| line.code.trim_start().starts_with("#[");
    let mut start = (0..=at).rev().find(|start| opens(&lines[*start]))?;
    let mut is_gate = true;
    loop {
        let end = attribute_end(lines, start)?;
        if is_gate && end < at {
            return None;
        }
        is_gate = false;
        start = (end + 1..lines.len()).find(|next| !lines[*next].code.trim().is_empty())?;
        if !opens(&lines[start]) {
            return Some(lines[start].code.trim());
        }
    }
}

/// The line on which the attribute that begins on line `start` closes its brackets.
fn attribute_end(lines: &[Line], start: usize) -> Option<usize> {
    let mut open = 0;
    (start..lines.len()).find(|at| {
        open += lines[*at].code.matches('[').count();
        open -= lines[*at].code.matches(']').count().min(open);
        open == 0
    })
}

fn is_module_or_import(item: &str) -> bool {
    let item = match item.strip_prefix("pub(") {
        Some(scoped) => scoped.split_once(')').map_or("", |(_, item)| item),
        None => item.strip_prefix("pub ").unwrap_or(item),
    };
    ["mod ", "use "].iter().any(|keyword| item.trim_start().starts_with(keyword))
}

/// Whether `text` holds `word` and not just as a part of a longer identifier.
pub(super) fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back().is_some_and(is_word);
        // What ends in punctuation is complete, whatever follows.
        let after =
            word.ends_with(is_word) && text[at + word.len()..].chars().next().is_some_and(is_word);
        !before && !after
    })
}
