//! What is made of the table: `docs/configuration.md` and the types of Python's keywords.
//!
//! `RECORD=1 cargo test -p tremolo-config --test documents` writes them anew.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use tremolo_config::{Config, ConfigOption, Kind, OPTIONS, Scope, Unit, Value, from_toml};

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
            Scope::PythonServer => "program (Python)",
        };
        let (values, default) = (values(option), default_of(option));
        writeln!(text, "| [`{0}`](#{0}) | {values} | `{default}` | {own} |", option.name).unwrap();
    }
    for option in OPTIONS {
        write!(text, "\n## {}\n\n{}", option.name, paragraphs(option)).unwrap();
        let (variable, value) = (option.variable(), option.print(&option.get(&Config::default())));
        writeln!(text, "\n`{}` · `{variable}={value}` · `{}`", option.name, line(option)).unwrap();
    }
    assert_is("docs/configuration.md", &text);
}

#[test]
fn the_lines_of_a_file_that_are_shown_are_the_defaults() {
    let text: String = OPTIONS.iter().map(|option| line(option) + "\n").collect();
    let settings = from_toml(Path::new("default.toml"), &text).unwrap();
    let mut config = Config::default();
    settings.iter().for_each(|setting| setting.apply(&mut config));
    assert_eq!((settings.len(), config), (OPTIONS.len(), Config::default()));
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

/// The line of a file that sets the default.
fn line(option: &ConfigOption<Config>) -> String {
    let value = option.get(&Config::default());
    let text = option.print(&value);
    match (option.kind, value) {
        (Kind::Switch | Kind::Number { unit: Unit::Count | Unit::Mode, .. }, value)
            if value != Value::Unset =>
        {
            format!("{} = {text}", option.name)
        }
        _ => format!("{} = \"{text}\"", option.name),
    }
}

fn values(option: &ConfigOption<Config>) -> String {
    match option.kind {
        Kind::Switch => "true, false".to_owned(),
        Kind::Number { unit, least, most } => {
            let unit = match unit {
                Unit::Count => "number",
                Unit::Bytes => "bytes",
                Unit::Kibibytes => "KiB",
                Unit::BytesPerSecond => "bytes per second",
                Unit::Mode => return format!("octal, at most {most:o}"),
            };
            let least = if least > 0 { format!(", at least {least}") } else { String::new() };
            let most = if most < u64::MAX { format!(", at most {most}") } else { String::new() };
            format!("{unit}{least}{most}")
        }
        Kind::Time => "duration".to_owned(),
        Kind::Text => "text".to_owned(),
        Kind::List => "text with commas".to_owned(),
        Kind::Choice(words) => words.join(", "),
        Kind::Networks => "networks, addresses, `unix`".to_owned(),
    }
}

fn default_of(option: &ConfigOption<Config>) -> String {
    match option.print(&option.get(&Config::default())) {
        text if text.is_empty() => "empty".to_owned(),
        text => text,
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
        (Kind::List, _) => "str | bytes | list[str]",
        (Kind::Choice(["off", ..]), _) => "str | bool",
        (Kind::Choice(_), _) => "str",
        (Kind::Networks, _) => "str | list[str]",
    }
}

const BEFORE: &str = "\
# Configuration

One table, the same names in both fronts, in three places. The first of them that sets an option
counts; where none does, the default counts.

1. In code: a field of `Config` in Rust, a keyword of `app.run()` in Python.
2. In the environment: `TREMOLO_` and the name in upper case, `TREMOLO_KEEPALIVE_TIMEOUT=15s`.
3. In the TOML file whose path is in the variable `TREMOLO_CONFIG`: `keepalive_timeout = \"15s\"`.

```rust
// Without `config` it is `Config::from_env()?`, all of it from the environment and the file.
let config = Config { worker_num: 2, ..Config::from_env()? };
Application::new().config(config).run(\"127.0.0.1:8000\")
```

```python
app.run(\"127.0.0.1\", 8000, worker_num=2)
```

In Rust `Config::from_file(path)?` reads a file that the program names, and `.with_env()?` adds the
environment to it. `python -m tremolo --config PATH` takes the path on the command line. A server
that is embedded (`Application::start`, Python's `app.serve`) has only what its program sets.

Values are text with a unit: bytes as `10MiB`, `64KiB`, `1MB` or `65536`, durations as `15s`,
`500ms`, `1.5s`, `2m`, `1h`, permissions in octal (`0o660`). `unset` leaves the choice to the server.
A file may have numbers (bytes, seconds) and lists of networks as well. In code Python takes
durations as seconds. The file has at most 1 MiB.

A mistake ends the start with one line that names the place, the value, and what would be right:

```text
TREMOLO_KEEPALIVE_TIMEOUT=\"soon\": must be a duration, such as 15s or 500ms
/etc/app.toml, line 3: keepalive_timout = \"15s\": unknown; did you mean keepalive_timeout?
```

Other variables that begin with `TREMOLO_` are refused as well, but for those that Kubernetes adds
for a service of this name (`TREMOLO_PORT`, `TREMOLO_PORT_…`, `TREMOLO_SERVICE_…`). In code Python
refuses a keyword that is nearly the name of an option; another unknown keyword goes into
`globals.options`. From the environment and a file Python takes `worker_num` (0: a process for each
processor), `log_level` and `log_fmt` too.

This page is made of the table in `crates/tremolo-config/src/table.rs`; a test compares the two.
Below each option are its three spellings with the default: code, environment, file.
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
