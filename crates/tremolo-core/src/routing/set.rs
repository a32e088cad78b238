//! Many patterns that are searched in the same text: finds the newest one that matches.
//!
//! Patterns are grouped by the literal that each match contains, so that a URL is compared with few
//! of them. The groups of anchored patterns are found by hash. The groups of floating patterns are
//! found in one pass that searches all literals. A pattern without a literal is stored as anchored
//! with an empty one: its regular expression skips the text before the match.

use super::RouteError;
use super::floating::Floating;
use super::group::{Group, NewestMatch, by_literal};
use super::pattern::Pattern;
use super::prefix_table::{PrefixTable, Table};

#[cfg(test)]
#[cfg(feature = "regex")]
mod tests;

/// Patterns by their index in the list of all patterns; a higher index is newer.
#[derive(Clone, Debug)]
pub(super) struct PatternSet {
    /// The groups by their literals.
    anchored: PrefixTable<Group>,
    floating: Option<Floating>,
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
        if let Some(floating) = &self.floating {
            floating.find(patterns, (url, start), newest);
        }
    }
}
