//! Many patterns that are searched in the same text: finds the newest one that matches.
//!
//! Patterns are grouped by the literal that each match contains, so that a URL is compared with few
//! of them. The groups of anchored patterns are found by hash. The groups of floating patterns are
//! found in one pass that searches all literals. A pattern without a literal is stored as anchored
//! with an empty one: its regular expression skips the text before the match.

use std::fmt;

use aho_corasick::AhoCorasick;

use super::RouteError;
use super::group::{Group, NewestMatch, take};
use super::pattern::Pattern;
use super::prefix_table::{PrefixTable, Table};

#[cfg(test)]
mod tests;

/// Patterns by their index in the list of all patterns; a higher index is newer.
#[derive(Clone, Debug)]
pub(super) struct PatternSet {
    /// The groups by their literals.
    anchored: PrefixTable<Group>,
    floating: Option<Floating>,
}

#[derive(Clone)]
struct Floating {
    literals: AhoCorasick,
    /// The groups by the index of their literal in `literals`.
    groups: Box<[Group]>,
}

impl PatternSet {
    /// Compiles the patterns at the indices `members`; `room` is the memory that is left for
    /// patterns, in bytes.
    pub(super) fn new(
        patterns: &[Pattern],
        members: Vec<usize>,
        room: &mut usize,
    ) -> Result<Self, RouteError> {
        let is_floating = |at: &usize| patterns.get(*at).is_some_and(Pattern::is_floating);
        let (floating, anchored) = members.into_iter().partition(is_floating);
        let mut groups: Table<Group> = Table::default();
        for (literal, members) in by_literal(patterns, anchored) {
            groups.insert(literal.into(), Group::new(patterns, members, room)?);
        }
        let anchored = PrefixTable::new(groups);
        let floating = Floating::new(patterns, floating, room)?;
        Ok(Self { anchored, floating })
    }

    /// Finds the newest pattern that matches the URL from `start` on. Stores it in `newest` unless
    /// `newest` already holds a newer pattern.
    pub(super) fn find(
        &self,
        patterns: &[Pattern],
        (url, start): (&[u8], usize),
        newest: &mut NewestMatch,
    ) {
        let text = url.get(start..).unwrap_or_default();
        for (_, group) in self.anchored.of(text) {
            group.find(patterns, (url, start), newest);
        }
        let Some(Floating { literals, groups }) = &self.floating else { return };
        for literal in literals.find_overlapping_iter(text) {
            if let Some(group) = groups.get(literal.pattern().as_usize()) {
                group.find(patterns, (url, start + literal.start()), newest);
            }
        }
    }
}

impl Floating {
    fn new(
        patterns: &[Pattern],
        members: Vec<usize>,
        room: &mut usize,
    ) -> Result<Option<Self>, RouteError> {
        if members.is_empty() {
            return Ok(None);
        }
        let (literals, members): (Vec<_>, Vec<_>) =
            by_literal(patterns, members).into_iter().unzip();
        let groups = members.into_iter().map(|members| Group::new(patterns, members, room));
        let groups = groups.collect::<Result<_, _>>()?;
        let literals = AhoCorasick::new(literals).map_err(|_| RouteError::too_large())?;
        take(room, literals.memory_usage())?;
        Ok(Some(Self { literals, groups }))
    }
}

impl fmt::Debug for Floating {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Floating").field("groups", &self.groups).finish_non_exhaustive()
    }
}

/// Groups `members` by literal: the groups in the order of their literals, members newest first.
fn by_literal(patterns: &[Pattern], mut members: Vec<usize>) -> Vec<(&[u8], Vec<usize>)> {
    let literal = |at: usize| patterns.get(at).map_or(&[][..], Pattern::literal);
    members.sort_by(|a, b| literal(*a).cmp(literal(*b)).then(b.cmp(a)));
    let groups = members.chunk_by(|a, b| literal(*a) == literal(*b));
    groups.map(|group| (group.first().map_or(&[][..], |at| literal(*at)), group.to_vec())).collect()
}
