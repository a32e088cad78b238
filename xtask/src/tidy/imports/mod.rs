//! Imports go down: no circle of files inside a crate, and no import that climbs in the table of
//! floors.

mod circles;
mod floors;
mod graph;
mod paths;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fs;

use self::graph::{Import, Modules};
use super::finding;
use super::rules::File;

const CIRCLE_REASON: &str =
    "files that need each other cannot be understood or changed one at a time";
const FLOOR_REASON: &str = "imports go down (the table of floors in ARCHITECTURE.md)";

/// The crates in which circles are left. What is not on this list has none, and gets none.
const WITH_CIRCLES: &[&str] =
    &["crates/tremolo-core/src/", "crates/tremolo-python/src/", "crates/tremolo/src/"];

/// The findings in all crates of the workspace.
pub(super) fn check(files: &[File]) -> Result<Vec<String>, String> {
    let table =
        fs::read_to_string(floors::TABLE).map_err(|error| format!("{}: {error}", floors::TABLE))?;
    let mut held = sources(files);
    held.retain(|source| !WITH_CIRCLES.contains(source));
    Ok(check_sources(&held, files, &table))
}

#[cfg(test)]
fn check_files(files: &[File], table: &str) -> Vec<String> {
    check_sources(&sources(files), files, table)
}

fn check_sources(sources: &BTreeSet<&str>, files: &[File], table: &str) -> Vec<String> {
    let folders = floors::read(table);
    let mut findings = Vec::new();
    for source in sources {
        let imports = Modules::below(source, files).imports();
        findings
            .extend(circles::among(&imports).iter().map(|circle| circle_finding(circle, &imports)));
        for folder in
            folders.iter().filter(|floors| format!("{}/", floors.folder).starts_with(source))
        {
            let hits = folder.check(&imports);
            findings.extend(
                hits.into_iter()
                    .map(|(path, line, what)| finding(&path, line, "floors", &what, FLOOR_REASON)),
            );
        }
    }
    findings
}

/// The `src/` folders of the workspace.
fn sources(files: &[File]) -> BTreeSet<&str> {
    files
        .iter()
        .filter_map(|file| {
            let end = file.path.find("src/")?;
            Some(&file.path[..end + "src/".len()])
        })
        .collect()
}

fn circle_finding(circle: &[&str], imports: &BTreeSet<Import>) -> String {
    let next = circle.iter().skip(1).chain(circle.first());
    let mut arrows = circle.iter().zip(next).filter_map(|(from, to)| {
        imports.iter().find(|import| import.from == **from && import.to == **to)
    });
    let Some(first) = arrows.next() else { return String::new() };
    let mut what = format!("a circle of files: `{}` from {}", first.name, first.to);
    for import in arrows {
        what.push_str(&format!(", `{}` from {}", import.name, import.to));
    }
    finding(&first.from, first.line, "circle", &what, CIRCLE_REASON)
}
