//! Circles of files: sets in which each file takes names from the next, and the last from the
//! first.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::graph::Import;

/// The shortest circle through each file that is in one; each circle once.
pub(super) fn among(imports: &BTreeSet<Import>) -> BTreeSet<Vec<&str>> {
    let mut arrows: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for import in imports {
        arrows.entry(&import.from).or_default().insert(&import.to);
    }
    arrows.keys().filter_map(|start| shortest(start, &arrows)).collect()
}

/// The shortest way from a file back to itself, beginning with the first of its names.
fn shortest<'a>(
    start: &'a str,
    arrows: &BTreeMap<&'a str, BTreeSet<&'a str>>,
) -> Option<Vec<&'a str>> {
    let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(file) = queue.pop_front() {
        for next in arrows.get(file).into_iter().flatten() {
            if *next == start {
                let mut circle = vec![file];
                while let Some(before) = came_from.get(circle[circle.len() - 1]) {
                    circle.push(before);
                }
                circle.reverse();
                let first = (0..circle.len()).min_by_key(|at| circle[*at])?;
                circle.rotate_left(first);
                return Some(circle);
            }
            if !came_from.contains_key(next) {
                came_from.insert(next, file);
                queue.push_back(next);
            }
        }
    }
    None
}
