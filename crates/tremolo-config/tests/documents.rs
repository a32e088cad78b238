//! What is made of the table: `docs/configuration.md` and the types of Python's keywords.
//!
//! `RECORD=1 cargo test -p tremolo-config --test documents` writes them anew.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use tremolo_config::{Config, ConfigOption, Kind, OPTIONS, Scope, Unit, Value};

#[track_caller]
fn assert_is(path: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    if env::var_os("RECORD").is_some() {
        fs::write(&path, text).expect("the file can be written");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == text, "{} differs from the table; RECORD=1 writes it anew", path.display());
}

#[test]
fn the_documentation_is_that_of_the_table() {
    let mut text = String::from(BEFORE);
    text.push_str("\n| option | values | default | set for |\n| --- | --- | --- | --- |\n");
    for option in OPTIONS {
        let own = match option.scope {
            Scope::Listener => "server, listener",
            Scope::Server => "server",
            Scope::RustServer => "server (Rust)",
        };
        let (values, default) = (values(option), default_of(option));
        writeln!(text, "| [`{0}`](#{0}) | {values} | `{default}` | {own} |", option.name).unwrap();
    }
    for option in OPTIONS {
        write!(text, "\n## {}\n\n{}", option.name, paragraphs(option)).unwrap();
    }
    assert_is("docs/configuration.md", &text);
}

#[test]
fn the_keywords_of_python_are_those_of_the_table() {
    let mut text = String::from(PYTHON_BEFORE);
    for option in OPTIONS.iter().filter(|option| option.scope != Scope::RustServer) {
        let about = paragraphs(option).trim_end().replace('\n', "\n    ").replace("    \n", "\n");
        writeln!(text, "    {}: {}", option.name, python_type(option)).unwrap();
        writeln!(text, "    \"\"\"{about}\"\"\"\n").unwrap();
    }
    let text = format!("{}\n", text.trim_end());
    assert_is("crates/tremolo-python/python/tremolo/_option_types.py", &text);
}

fn paragraphs(option: &ConfigOption<Config>) -> String {
    let lines = option.about.lines().map(str::trim);
    lines.fold(String::new(), |text, line| text + line + "\n")
}

fn values(option: &ConfigOption<Config>) -> String {
    match option.kind {
        Kind::Switch => "true, false".to_owned(),
        Kind::Number { unit, least, most } => {
            let unit = match unit {
                Unit::Count => "number",
                Unit::Bytes => "bytes",
                Unit::BytesPerSecond => "bytes per second",
                Unit::Mode => return format!("octal, at most {most:o}"),
            };
            let least = if least > 0 { format!(", at least {least}") } else { String::new() };
            let most = if most < u64::MAX { format!(", at most {most}") } else { String::new() };
            format!("{unit}{least}{most}")
        }
        Kind::Time => "duration".to_owned(),
        Kind::Text => "text".to_owned(),
        Kind::Choice(words) => words.join(", "),
        Kind::Networks => "networks, addresses, `unix`".to_owned(),
    }
}

fn default_of(option: &ConfigOption<Config>) -> String {
    let is_mode = matches!(option.kind, Kind::Number { unit: Unit::Mode, .. });
    match option.get(&Config::default()) {
        Value::Unset => "unset".to_owned(),
        Value::Switch(on) => on.to_string(),
        Value::Number(mode) if is_mode => format!("{mode:o}"),
        Value::Number(number) => number.to_string(),
        Value::Time(time) => format!("{}s", time.as_secs_f64()),
        Value::Text(text) if text.is_empty() => "empty".to_owned(),
        Value::Text(text) => text,
    }
}

fn python_type(option: &ConfigOption<Config>) -> &'static str {
    match (option.kind, option.get(&Config::default())) {
        (Kind::Switch, _) => "bool",
        (Kind::Number { .. }, Value::Unset) => "int | None",
        (Kind::Number { .. }, _) => "int",
        (Kind::Time, Value::Unset) => "float | None",
        (Kind::Time, _) => "float",
        (Kind::Text, _) => "str | bytes",
        (Kind::Choice(["off", ..]), _) => "str | bool",
        (Kind::Choice(_), _) => "str",
        (Kind::Networks, _) => "str | list[str]",
    }
}

const BEFORE: &str = "\
# Configuration

One table, the same names in both fronts: a field of `Config` in Rust, a keyword of `app.run()` in
Python. A value that makes no sense is refused at start, with the name and the bound. Python takes
durations as seconds, and refuses a keyword that is nearly the name of an option; another unknown
keyword goes into `globals.options`.

This page is made of the table in `crates/tremolo-config/src/table.rs`; a test compares the two.
";

const PYTHON_BEFORE: &str = "\
\"\"\"The options of a server, with their types.

Made of the table in `crates/tremolo-config`, as `docs/configuration.md` is; a test compares them.
Durations are seconds, sizes bytes.
\"\"\"

from __future__ import annotations

from typing import TypedDict


class Options(TypedDict, total=False):
    \"\"\"Keywords of `Application.run` and `Application.serve`.\"\"\"

";
