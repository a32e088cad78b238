//! The size of the types of the engine: public methods, counted over all `impl` blocks, and fields
//! of a struct.
//!
//! Knows the layout of rustfmt: an item begins on a line of its own, and so does each member, one
//! level deeper.

use std::collections::BTreeMap;

use super::finding;
use super::rules::File;
use super::source::is_word;

/// Where the sources of the engine are.
const ENGINE: &str = "crates/tremolo-core/src/";

/// Public methods of a type.
const METHODS: usize = 25;

const METHODS_REASON: &str =
    "a reader has to find a method; give a group of them a view of its own";

/// Fields of a struct.
const FIELDS: usize = 15;

const FIELDS_REASON: &str = "a struct owns what changes together; make its parts types";

pub(super) fn check(files: &[File]) -> Vec<String> {
    let mut methods = BTreeMap::new();
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.path.starts_with(ENGINE)) {
        for member in members(file) {
            let is_method = matches!(member.item, Item::Impl(_));
            let (Item::Impl(name) | Item::Struct(name)) = member.item;
            let (limit, count) = if is_method {
                let count: &mut usize = methods.entry(name.clone()).or_default();
                *count += 1;
                (METHODS, *count)
            } else {
                (FIELDS, member.number)
            };
            if count == limit + 1 {
                let (rule, of, reason) = if is_method {
                    ("methods", "public methods", METHODS_REASON)
                } else {
                    ("fields", "fields", FIELDS_REASON)
                };
                let what = format!("`{name}` has more than {limit} {of}");
                findings.push(finding(&file.path, member.line, rule, &what, reason));
            }
        }
    }
    findings
}

/// A public method or a field.
struct Member {
    item: Item,
    line: usize,
    /// Which one of its item, counted from 1.
    number: usize,
}

/// What has members: the inherent `impl` of a type, or a struct, each with its name.
#[derive(Clone)]
enum Item {
    Impl(String),
    Struct(String),
}

/// The public methods and the fields in a file, in their order.
fn members(file: &File) -> Vec<Member> {
    let mut members = Vec::new();
    let mut depth = 0;
    // The lines from the keyword of an item to its brace.
    let mut header = String::new();
    let mut open: Option<(Item, usize)> = None;
    let mut number = 0;
    for (line, code) in file.production_code() {
        let trimmed = code.trim();
        match &open {
            Some((item, outer)) if depth == outer + 1 && is_member(item, trimmed) => {
                number += 1;
                members.push(Member { item: item.clone(), line, number });
            }
            None if !header.is_empty() || begins_item(trimmed) => {
                header.push_str(trimmed);
                header.push(' ');
            }
            _ => {}
        }
        let outer = depth;
        depth += code.matches('{').count();
        depth -= code.matches('}').count().min(depth);
        if header.contains(['{', ';']) {
            let item = item(&header).filter(|_| depth > outer);
            (open, number) = (item.map(|item| (item, outer)), 0);
            header.clear();
        } else if open.as_ref().is_some_and(|(_, outer)| depth <= *outer) {
            open = None;
        }
    }
    members
}

fn begins_item(code: &str) -> bool {
    let code = without_visibility(code);
    code.starts_with("struct ")
        || code.strip_prefix("impl").is_some_and(|rest| !rest.starts_with(is_word))
}

/// The item that a header opens; not the implementation of a trait, and not a tuple.
fn item(header: &str) -> Option<Item> {
    let header = without_visibility(header);
    if let Some(rest) = header.strip_prefix("struct ") {
        let is_braced = header.contains('{') && !header.contains(';');
        return is_braced.then(|| Item::Struct(name(rest)));
    }
    let rest = without_generics(header.strip_prefix("impl")?);
    (!rest.contains(" for ")).then(|| Item::Impl(name(rest)))
}

fn is_member(item: &Item, code: &str) -> bool {
    match item {
        Item::Impl(_) => code.strip_prefix("pub ").is_some_and(|rest| {
            let mut words = rest.split(' ');
            words.find(|word| !matches!(*word, "const" | "async" | "unsafe")) == Some("fn")
        }),
        Item::Struct(_) => {
            let code = without_visibility(code);
            let rest = code.trim_start_matches(is_word);
            rest.len() < code.len() && rest.starts_with(':') && !rest.starts_with("::")
        }
    }
}

fn without_visibility(code: &str) -> &str {
    match code.strip_prefix("pub(") {
        Some(scoped) => scoped.split_once(") ").map_or(code, |(_, rest)| rest),
        None => code.strip_prefix("pub ").unwrap_or(code),
    }
}

/// What follows a list of parameters in angle brackets.
fn without_generics(code: &str) -> &str {
    let mut open = 0_usize;
    let end = code.char_indices().find(|(_, character)| {
        match character {
            '<' => open += 1,
            '>' => open = open.saturating_sub(1),
            _ => {}
        }
        open == 0
    });
    end.filter(|(_, character)| *character == '>').map_or(code, |(at, _)| &code[at + 1..])
}

/// The last name of the path that `code` begins with.
fn name(code: &str) -> String {
    let path = code.trim_start();
    let path = path.split(|c: char| !is_word(c) && c != ':').next().unwrap_or_default();
    path.rsplit(':').next().unwrap_or_default().to_owned()
}
