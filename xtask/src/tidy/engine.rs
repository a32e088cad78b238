//! The engine's dependencies: a closed list, and nothing that brings a runtime or an interpreter.
//!
//! `tremolo-core` serves two worlds because it knows neither. A new direct dependency is a
//! decision: it gets a line here and a line in ARCHITECTURE.md.

use super::rules::Hit;

pub(super) const MANIFEST: &str = "crates/tremolo-core/Cargo.toml";

/// What the manifest may name; development dependencies are free.
const DIRECT: &[&str] = &[
    "aho-corasick",
    "base64",
    "bytes",
    "encoding_rs",
    "flate2",
    "form_urlencoded",
    "http",
    "httpdate",
    "itoa",
    "memchr",
    "percent-encoding",
    "regex-automata",
    "regex-syntax",
    "rustc-hash",
    "sha1_smol",
    "simdutf8",
    "tremolo-config",
];

/// What may not come in by any path.
const NEVER: &[&str] = &["async-std", "mio", "pyo3", "smol", "tokio"];

pub(super) const REASON: &str = "the engine opens no socket and knows no runtime and no Python; \
     its dependencies are listed in xtask/src/tidy/engine.rs and explained in ARCHITECTURE.md";

/// Direct dependencies in `manifest` that are not on the list.
pub(super) fn check_manifest(manifest: &str) -> Vec<Hit> {
    let mut hits = Vec::new();
    let mut in_dependencies = false;
    for (at, line) in manifest.lines().enumerate() {
        let line = line.trim();
        let name = if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_end_matches(']');
            in_dependencies = is_dependency_section(section);
            // The long form: `[dependencies.name]`.
            section.rsplit_once('.').filter(|(parent, _)| is_dependency_section(parent))
        } else {
            line.split_once(['.', '=']).filter(|_| in_dependencies && !line.starts_with('#'))
        };
        let Some((left, right)) = name else { continue };
        let name = if line.starts_with('[') { right } else { left }.trim().trim_matches('"');
        if !DIRECT.contains(&name) {
            hits.push((at + 1, format!("`{name}` is not on the engine's list")));
        }
    }
    hits
}

/// Forbidden crates in `tree`, the output of `cargo tree --prefix none`.
pub(super) fn check_tree(tree: &str) -> Vec<Hit> {
    let names = tree.lines().filter_map(|line| line.split_whitespace().next());
    let mut found: Vec<_> = names.filter(|name| NEVER.contains(name)).collect();
    found.sort_unstable();
    found.dedup();
    found.into_iter().map(|name| (1, format!("`{name}` is in the engine's tree"))).collect()
}

fn is_dependency_section(section: &str) -> bool {
    let last = section.rsplit('.').next().unwrap_or(section);
    matches!(last, "dependencies" | "build-dependencies")
}
