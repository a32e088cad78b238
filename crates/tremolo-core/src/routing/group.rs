//! Patterns with the same literal: finds the newest one that matches.
//!
//! A few linear patterns are tried one after the other. Other groups are compiled into one
//! automaton. All its patterns begin at the same offset, so the first pattern in its list wins; the
//! list is ordered newest first. The automaton builds its states lazily in a cache of bounded size.

use std::fmt;

use super::combined::Combined;
use super::pattern::Pattern;
use super::{Params, RouteError};

#[derive(Clone)]
pub(super) struct Group {
    /// Newest first; never empty.
    members: Box<[usize]>,
    /// `None` if the members are tried one by one.
    combined: Option<Combined>,
}

impl Group {
    /// Compiles the patterns at the indices `members`, which are ordered newest first.
    pub(super) fn new(
        patterns: &[Pattern],
        members: Vec<usize>,
        room: &mut usize,
    ) -> Result<Self, RouteError> {
        let mut those = members.iter().filter_map(|at| patterns.get(*at));
        let is_few = members.len() <= MAX_ONE_BY_ONE;
        let is_one_by_one = members.len() < 2 || is_few && those.all(Pattern::is_linear);
        let combined = match is_one_by_one {
            true => None,
            false => Combined::new(patterns, &members, room)?,
        };
        Ok(Self { members: members.into(), combined })
    }

    /// Finds the newest member that matches the URL at `start`, where the literal stands. Stores it
    /// in `newest` unless `newest` already holds a newer pattern.
    pub(super) fn find(
        &self,
        patterns: &[Pattern],
        (url, start): (&[u8], usize),
        newest: &mut NewestMatch,
    ) {
        let floor = newest.as_ref().map(|(member, _)| *member);
        let is_newer = |member: &&usize| Some(**member) > floor;
        let matches = |member: &usize| {
            let params = patterns.get(*member).and_then(|pattern| pattern.find(url, start));
            params.map(|params| *newest = Some((*member, params))).is_some()
        };
        let mut newer = self.members.iter().take_while(is_newer);
        let Some(combined) = &self.combined else {
            newer.any(matches);
            return;
        };
        if newer.next().is_some() {
            let text = url.get(start..).unwrap_or_default();
            let member = combined.find(text).and_then(|found| self.members.get(found));
            member.filter(is_newer).map(matches);
        }
    }
}

/// The index of the newest pattern that matched, with its parameters.
pub(super) type NewestMatch = Option<(usize, Params)>;

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Group").field("members", &self.members).finish_non_exhaustive()
    }
}

/// Groups `members` by literal: the groups in the order of their literals, members newest first.
pub(super) fn by_literal(
    patterns: &[Pattern],
    mut members: Vec<usize>,
) -> Vec<(&[u8], Vec<usize>)> {
    let literal = |at: usize| patterns.get(at).map_or(&[][..], Pattern::literal);
    members.sort_by(|a, b| literal(*a).cmp(literal(*b)).then(b.cmp(a)));
    let groups = members.chunk_by(|a, b| literal(*a) == literal(*b));
    groups.map(|group| (group.first().map_or(&[][..], |at| literal(*at)), group.to_vec())).collect()
}

/// Linear patterns of one group that are tried one by one, at most. Measured with 8 patterns in
/// each of 600 groups: as fast as an automaton whose states are cached, ten times as fast as one
/// whose states were evicted.
const MAX_ONE_BY_ONE: usize = 8;
