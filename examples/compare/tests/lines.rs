//! The table of lines in the README: made from the programs, and held equal.

use std::fs;
use std::path::Path;

const PROGRAMS: [(&str, &str); 6] = [
    ("json_api", "a JSON API: validation, a bearer token, CORS, request ids, tests"),
    ("upload", "uploads of 300 MiB: progress, a limit, no leftovers"),
    ("proxy", "a proxy that streams in both directions"),
    ("events", "events and long polling to 100 clients, a clean stop"),
    ("mounted", "a router of axum with layers of tower-http, below a prefix"),
    ("site", "a static site: ranges, compressed siblings, a page for 404"),
];

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Lines that are neither empty nor a comment. `cargo fmt --check` has seen to their form.
fn lines(program: &str, framework: &str) -> usize {
    let source = read(&format!("{program}/{framework}.rs"));
    let counts = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with("//");
    source.lines().filter(counts).count()
}

#[test]
fn no_program_needs_more_lines_than_its_twin() {
    for (program, _) in PROGRAMS {
        let (ours, theirs) = (lines(program, "tremolo"), lines(program, "axum"));
        assert!(ours <= theirs, "{program}: {ours} lines, with axum {theirs}");
    }
}

#[test]
fn the_table_is_that_of_the_programs() {
    let mut table = "| program | Tremolo | axum |\n| --- | ---: | ---: |\n".to_owned();
    for (program, about) in PROGRAMS {
        let [ours, theirs] = ["tremolo", "axum"]
            .map(|framework| format!("[{}]({program}/{framework}.rs)", lines(program, framework)));
        table += &format!("| `{program}`: {about} | {ours} | {theirs} |\n");
    }
    let readme = read("README.md");
    let (before, rest) = readme.split_once(BEGIN).expect("the table begins");
    let (_, after) = rest.split_once(END).expect("the table ends");
    let made = format!("{before}{BEGIN}\n\n{table}\n{END}{after}");
    if std::env::var_os("RECORD").is_some() {
        fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md"), &made).unwrap();
        return;
    }
    assert_eq!(readme, made, "RECORD=1 cargo test -p tremolo-compare lines writes it again");
}

const BEGIN: &str = "<!-- lines:begin -->";
const END: &str = "<!-- lines:end -->";
