//! Patterns that may match anywhere in a URL, found in one pass that searches all their literals.

use std::fmt;

use aho_corasick::AhoCorasick;

use super::RouteError;
use super::error::take;
use super::group::{Group, NewestMatch, by_literal};
use super::pattern::Pattern;

#[derive(Clone)]
pub(super) struct Floating {
    literals: AhoCorasick,
    /// The groups by the index of their literal in `literals`.
    groups: Box<[Group]>,
}

impl Floating {
    /// `None` without members.
    pub(super) fn new(
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

    /// Finds the newest pattern that matches the URL from `start` on, as [`Group::find`] does.
    pub(super) fn find(
        &self,
        patterns: &[Pattern],
        (url, start): (&[u8], usize),
        newest: &mut NewestMatch,
    ) {
        let text = url.get(start..).unwrap_or_default();
        for literal in self.literals.find_overlapping_iter(text) {
            if let Some(group) = self.groups.get(literal.pattern().as_usize()) {
                group.find(patterns, (url, start + literal.start()), newest);
            }
        }
    }
}

impl fmt::Debug for Floating {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Floating").field("groups", &self.groups).finish_non_exhaustive()
    }
}
