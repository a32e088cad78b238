//! Many patterns that are searched in the same text: the newest one that matches.
//!
//! Patterns are grouped by the literal text they need, so that a URL meets only those it may match.
//! Those that begin at the start are found by hash, those that may begin anywhere by one pass for
//! all their literals. What needs no literal begins at the start as well: it skips by itself what
//! precedes.

use std::fmt;

use aho_corasick::AhoCorasick;

use super::RouteError;
use super::beginnings::{Beginnings, Table};
use super::group::{Best, Group, take};
use super::pattern::Pattern;

#[cfg(test)]
mod tests;

/// Patterns by their place in the list of all; a higher one is newer.
#[derive(Clone, Debug)]
pub(super) struct PatternSet {
    /// By their literals.
    anchored: Beginnings<Group>,
    floating: Option<Floating>,
}

#[derive(Clone)]
struct Floating {
    literals: AhoCorasick,
    /// By their literals' numbers.
    groups: Box<[Group]>,
}

impl PatternSet {
    /// Compiles those of `patterns` that `members` names; `room` is what is left of the bytes they
    /// may need.
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
        let anchored = Beginnings::new(groups);
        let floating = Floating::new(patterns, floating, room)?;
        Ok(Self { anchored, floating })
    }

    /// Finds the newest pattern in the URL from `start`, unless what was found before is newer.
    pub(super) fn find(&self, patterns: &[Pattern], (url, start): (&[u8], usize), best: &mut Best) {
        let text = url.get(start..).unwrap_or_default();
        for (_, group) in self.anchored.of(text) {
            group.find(patterns, (url, start), best);
        }
        let Some(Floating { literals, groups }) = &self.floating else { return };
        for literal in literals.find_overlapping_iter(text) {
            if let Some(group) = groups.get(literal.pattern().as_usize()) {
                group.find(patterns, (url, start + literal.start()), best);
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

/// Those with the same literal together, newest first; the literals in their order.
fn by_literal(patterns: &[Pattern], mut members: Vec<usize>) -> Vec<(&[u8], Vec<usize>)> {
    let literal = |at: usize| patterns.get(at).map_or(&[][..], Pattern::literal);
    members.sort_by(|a, b| literal(*a).cmp(literal(*b)).then(b.cmp(a)));
    let groups = members.chunk_by(|a, b| literal(*a) == literal(*b));
    groups.map(|group| (group.first().map_or(&[][..], |at| literal(*at)), group.to_vec())).collect()
}
