//! The table of floors in ARCHITECTURE.md, and the imports that climb.
//!
//! A block that opens with ```` ```floors ```` names a folder, ended by a colon, and below it its floors from
//! the top one down, each a line of modules. A module takes names from lower floors only; what a
//! folder's own `mod.rs` defines is the module `mod`, and on top where the table does not name it.

use std::collections::{BTreeMap, BTreeSet};

use super::graph::Import;

/// The floors of one folder: the number of each module, zero at the top.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Floors {
    pub(super) folder: String,
    pub(super) line: usize,
    modules: BTreeMap<String, usize>,
    count: usize,
}

impl Floors {
    fn floor(&self, module: &str) -> Option<usize> {
        let top = (module == "mod").then_some(0);
        self.modules.get(module).map(|floor| floor + 1).or(top)
    }

    /// What climbs or stays on its floor, and modules without a floor.
    pub(super) fn check(&self, imports: &BTreeSet<Import>) -> Vec<(String, usize, String)> {
        let mut hits = Vec::new();
        let mut unknown = BTreeSet::new();
        for import in imports {
            let (Some(from), Some(to)) = (self.module(&import.from), self.module(&import.to))
            else {
                continue;
            };
            if from == to {
                continue;
            }
            match (self.floor(from), self.floor(to)) {
                (Some(above), Some(below)) if above >= below => {
                    let what = format!(
                        "`{from}` takes `{}` from `{to}`, which is no floor below",
                        import.name
                    );
                    hits.push((import.from.clone(), import.line, what));
                }
                (above, below) => {
                    unknown.extend(above.is_none().then_some(from));
                    unknown.extend(below.is_none().then_some(to));
                }
            }
        }
        let missing = unknown.into_iter().map(|module| {
            let what = format!("the floors of {} do not name `{module}`", self.folder);
            (TABLE.to_owned(), self.line, what)
        });
        hits.extend(missing);
        hits
    }

    /// The module of this folder that a file belongs to.
    fn module<'a>(&self, path: &'a str) -> Option<&'a str> {
        let inside = path.strip_prefix(&self.folder)?.strip_prefix('/')?;
        let module = inside.split('/').next()?;
        let module = module.strip_suffix(".rs").unwrap_or(module);
        Some(if module == "lib" { "mod" } else { module })
    }
}

/// Where the table is.
pub(super) const TABLE: &str = "ARCHITECTURE.md";

/// All blocks of floors in a text.
pub(super) fn read(text: &str) -> Vec<Floors> {
    let mut folders: Vec<Floors> = Vec::new();
    let mut inside = false;
    for (at, line) in text.lines().enumerate() {
        if line.starts_with("```") {
            inside = line == "```floors";
            continue;
        }
        if !inside || line.trim().is_empty() {
            continue;
        }
        if let Some(folder) = line.strip_suffix(':') {
            folders.push(Floors { folder: folder.to_owned(), line: at + 1, ..Floors::default() });
        } else if let Some(floors) = folders.last_mut() {
            for module in line.split_whitespace() {
                floors.modules.insert(module.trim_end_matches(',').to_owned(), floors.count);
            }
            floors.count += 1;
        }
    }
    folders
}
