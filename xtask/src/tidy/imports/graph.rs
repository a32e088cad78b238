//! Which file of a crate takes names from which other one.
//!
//! A name that a module only passes on (`pub use`) is looked for where it is defined: a folder's
//! `mod.rs` may show what its files hold without being tied to them in a circle.

use std::collections::{BTreeMap, BTreeSet};

use super::super::rules::File;
use super::paths::{self, Named};

/// One import: from a file, in a line of it, what, out of which file.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Import {
    pub(super) from: String,
    pub(super) line: usize,
    pub(super) name: String,
    pub(super) to: String,
}

/// The files below one `src` folder, by the path of their module.
pub(super) struct Modules<'a> {
    files: BTreeMap<Vec<String>, (&'a str, Vec<Named>)>,
}

impl<'a> Modules<'a> {
    /// Those of `files` that are below `source`, which ends in a slash; without tests.
    pub(super) fn below(source: &str, files: &'a [File]) -> Self {
        let production = files.iter().filter(|file| !file.is_all_tests());
        let files = production.filter_map(|file| {
            let inside = file.path.strip_prefix(source)?;
            if inside.starts_with("bin/") {
                return None;
            }
            let paths = paths::in_code(file.production_code());
            Some((module_of(inside), (file.path.as_str(), paths)))
        });
        Self { files: files.collect() }
    }

    /// Every import of one file from another one.
    pub(super) fn imports(&self) -> BTreeSet<Import> {
        let mut imports = BTreeSet::new();
        for (module, (path, named)) in &self.files {
            for named in named {
                let Some(target) = self.resolve(module, named, 0) else { continue };
                let to = self.files[&target].0;
                // A folder may show what its own files hold.
                let shows = named.exported_as.is_some() && target.starts_with(module);
                if to != *path && !shows {
                    imports.insert(Import {
                        from: (*path).to_owned(),
                        line: named.line,
                        name: named.segments.last().cloned().unwrap_or_default(),
                        to: to.to_owned(),
                    });
                }
            }
        }
        imports
    }

    /// The module that defines what a path in `module` leads to; `None` outside of the crate.
    fn resolve(&self, module: &[String], named: &Named, hops: usize) -> Option<Vec<String>> {
        let mut at = module.to_vec();
        let mut rest = named.segments.as_slice();
        match rest.first()?.as_str() {
            "crate" => at.clear(),
            "self" => {}
            "super" => {
                at.pop()?;
            }
            // A child module, named without `self::`.
            first if named.declared && self.files.contains_key(&child(module, first)) => {
                return self.walk(at, rest, hops);
            }
            _ => return None,
        }
        rest = &rest[1..];
        while rest.first().is_some_and(|segment| segment == "super") {
            at.pop()?;
            rest = &rest[1..];
        }
        self.walk(at, rest, hops)
    }

    fn walk(&self, mut at: Vec<String>, mut rest: &[String], hops: usize) -> Option<Vec<String>> {
        while let Some(next) = rest.first() {
            let inner = child(&at, next);
            if !self.files.contains_key(&inner) {
                break;
            }
            at = inner;
            rest = &rest[1..];
        }
        let (_, named) = self.files.get(&at)?;
        let Some(name) = rest.first() else { return Some(at) };
        let mut passed_on = named.iter().filter(|named| {
            named.exported_as.as_deref().is_some_and(|shown| shown == name || shown == "*")
        });
        if hops < MAX_HOPS
            && let Some(target) = passed_on.find_map(|named| {
                let target = self.resolve(&at, named, hops + 1)?;
                (named.exported_as.as_deref() != Some("*") || target != at).then_some(target)
            })
        {
            return Some(target);
        }
        Some(at)
    }
}

/// How often one name is passed on at most.
const MAX_HOPS: usize = 8;

fn child(module: &[String], name: &str) -> Vec<String> {
    let mut inner = module.to_vec();
    inner.push(name.to_owned());
    inner
}

/// The path of the module that a file below `src/` holds.
fn module_of(path: &str) -> Vec<String> {
    let path = path.strip_suffix(".rs").unwrap_or(path);
    let mut segments: Vec<_> = path.split('/').map(str::to_owned).collect();
    let last = segments.last().map(String::as_str);
    if last == Some("mod") || (segments.len() == 1 && matches!(last, Some("lib" | "main"))) {
        segments.pop();
    }
    segments
}
