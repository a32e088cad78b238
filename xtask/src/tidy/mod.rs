//! `cargo xtask tidy`: the rules of CONTRIBUTING.md that neither the compiler nor clippy checks.
//!
//! Reads what git tracks, or would track if it were added; writes nothing. Each finding is one
//! line: `file:line: [rule] what is wrong; why the rule is there`.

mod engine;
mod imports;
mod rules;
mod source;
#[cfg(test)]
mod tests;
mod types;
mod words;

use std::process::Command;
use std::{fs, io};

use crate::Outcome;
use rules::{File, RULES, has_word};

/// Macros of the whole workspace, all of them tables.
const MACROS: usize = 6;

const MACROS_REASON: &str =
    "a macro is for a table that the language cannot write; everything else is a function";

pub(crate) fn run() -> Outcome {
    let files = source_files()?;
    let mut findings = check_files(&files);
    findings.extend(check_engine()?);
    findings.extend(imports::check(&files)?);
    findings.extend(types::check(&files));
    findings.extend(words::check(&files, &texts()?));
    for finding in &findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => Ok(()),
        count => Err(format!("{count} findings in {} files", files.len())),
    }
}

fn check_files(files: &[File]) -> Vec<String> {
    let mut findings = Vec::new();
    for file in files {
        for rule in RULES {
            for (line, what) in (rule.check)(file) {
                findings.push(finding(&file.path, line, rule.name, &what, rule.reason));
            }
        }
    }
    let macros: Vec<_> = files
        .iter()
        .flat_map(|file| file.lines.iter().enumerate().map(move |(at, line)| (file, at, line)))
        .filter(|(_, _, line)| has_word(&line.code, "macro_rules!"))
        .collect();
    if macros.len() > MACROS {
        let what = format!("one of {} macros, over {MACROS}", macros.len());
        findings.extend(
            macros
                .iter()
                .map(|(file, at, _)| finding(&file.path, at + 1, "macros", &what, MACROS_REASON)),
        );
    }
    findings
}

fn check_engine() -> Result<Vec<String>, String> {
    let manifest = fs::read_to_string(engine::MANIFEST)
        .map_err(|error| format!("{}: {error}", engine::MANIFEST))?;
    let tree = output(
        "cargo",
        "tree --package tremolo-core --edges normal,build --all-features --prefix none",
    )?;
    let mut hits = engine::check_manifest(&manifest);
    hits.extend(engine::check_tree(&tree));
    let engine_finding = |(line, what): (usize, String)| {
        finding(engine::MANIFEST, line, "engine", &what, engine::REASON)
    };
    Ok(hits.into_iter().map(engine_finding).collect())
}

fn finding(path: &str, line: usize, rule: &str, what: &str, reason: &str) -> String {
    format!("{path}:{line}: [{rule}] {what}; {reason}")
}

fn source_files() -> Result<Vec<File>, String> {
    let sources = tracked("*.rs")?;
    Ok(sources.iter().map(|(path, text)| File::new(path, text)).collect())
}

/// Documents, and the sources in Python.
fn texts() -> Result<Vec<(String, String)>, String> {
    tracked("*.md *.py *.pyi")
}

/// The files that match, by their paths.
fn tracked(patterns: &str) -> Result<Vec<(String, String)>, String> {
    let listing = format!("ls-files -z --cached --others --exclude-standard -- {patterns}");
    let mut files = Vec::new();
    for path in output("git", &listing)?.split_terminator('\0') {
        match fs::read_to_string(path) {
            Ok(text) => files.push((path.to_owned(), text)),
            // Deleted here, and not yet in the index.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(format!("{path}: {error}")),
        }
    }
    Ok(files)
}

fn output(program: &str, arguments: &str) -> Result<String, String> {
    let failed = |why: &str| format!("`{program} {arguments}`: {why}");
    let output = Command::new(program)
        .args(arguments.split_whitespace())
        .output()
        .map_err(|error| failed(&error.to_string()))?;
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).trim()));
    }
    String::from_utf8(output.stdout).map_err(|error| failed(&error.to_string()))
}
