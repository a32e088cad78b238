//! Many patterns that are searched in the same text: the newest one that matches, in one pass.
//!
//! Patterns are grouped by the literal text they begin with, so that a URL meets only those it may
//! match. A group of several is one automaton: all of them begin at the start of the text, which
//! makes the first in the list win, and the newest is the first in the list. Its states are made as
//! URLs need them and are kept; the room for them is bounded.

use std::fmt;

use regex_automata::meta::{self, Regex};
use regex_automata::nfa::thompson::WhichCaptures;
use regex_automata::{Anchored, Input};
use regex_syntax::hir::Hir;

use super::pattern::{Pattern, config};
use super::{Params, RouteError};

/// Patterns by their place in the list of all; a higher one is newer.
#[derive(Clone, Debug)]
pub(super) struct PatternSet {
    /// In the order of their literals.
    groups: Vec<Group>,
}

#[derive(Clone)]
struct Group {
    literal: Box<[u8]>,
    /// The group with the longest literal that this one's begins with.
    parent: Option<usize>,
    /// Newest first; never empty.
    members: Vec<usize>,
    /// For several members.
    combined: Option<Regex>,
}

impl PatternSet {
    /// Compiles those of `patterns` that `members` names. `hirs` are the patterns as they begin at
    /// the start; `room` is what is left of the bytes they may need.
    pub(super) fn new(
        patterns: &[Pattern],
        hirs: &[Hir],
        mut members: Vec<usize>,
        room: &mut usize,
    ) -> Result<Self, RouteError> {
        let literal = |at: usize| patterns.get(at).map_or(&[][..], Pattern::literal);
        members.sort_by(|a, b| literal(*a).cmp(literal(*b)).then(b.cmp(a)));
        let mut groups: Vec<Group> = Vec::new();
        for members in members.chunk_by(|a, b| literal(*a) == literal(*b)) {
            let literal = members.first().map_or(&[][..], |at| literal(*at));
            let mut parent = groups.len().checked_sub(1);
            while let Some(group) = parent.and_then(|at| groups.get(at)) {
                if literal.starts_with(&group.literal) {
                    break;
                }
                parent = group.parent;
            }
            let combined = combine(patterns, hirs, members, room)?;
            let (literal, members) = (literal.into(), members.to_vec());
            groups.push(Group { literal, parent, members, combined });
        }
        Ok(Self { groups })
    }

    /// The newest pattern that is found in the URL from `start`, unless `floor` is newer; with its
    /// parameters.
    pub(super) fn find(
        &self,
        patterns: &[Pattern],
        (url, start): (&[u8], usize),
        floor: Option<usize>,
    ) -> Option<(usize, Params)> {
        let text = url.get(start..)?;
        // Every literal that the text begins with is a parent of the last one that sorts before it.
        let after = self.groups.partition_point(|group| *group.literal <= *text);
        let mut at = after.checked_sub(1);
        let mut best = None;
        let mut floor = floor;
        while let Some(group) = at.and_then(|at| self.groups.get(at)) {
            at = group.parent;
            let is_newer = group.members.first().is_some_and(|newest| Some(*newest) > floor);
            if !is_newer || !text.starts_with(&group.literal) {
                continue;
            }
            let Some(member) = group.choose(text).filter(|member| Some(*member) > floor) else {
                continue;
            };
            if let Some(params) = patterns.get(member).and_then(|found| found.search(url, start)) {
                floor = Some(member);
                best = Some((member, params));
            }
        }
        best
    }
}

impl Group {
    /// The only member, which may match, or the newest one that does.
    fn choose(&self, text: &[u8]) -> Option<usize> {
        let Some(combined) = &self.combined else { return self.members.first().copied() };
        let found = combined.search_half(&Input::new(text).anchored(Anchored::Yes))?;
        self.members.get(found.pattern().as_usize()).copied()
    }
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Group").field("members", &self.members).finish_non_exhaustive()
    }
}

/// One automaton for several patterns, in their order; none for a single one.
fn combine(
    patterns: &[Pattern],
    hirs: &[Hir],
    members: &[usize],
    room: &mut usize,
) -> Result<Option<Regex>, RouteError> {
    if members.len() < 2 {
        return Ok(None);
    }
    let size: usize = members.iter().filter_map(|at| patterns.get(*at)).map(Pattern::size).sum();
    let hirs: Vec<&Hir> = members.iter().filter_map(|at| hirs.get(*at)).collect();
    let config = config()
        .which_captures(WhichCaptures::Implicit)
        .nfa_size_limit(Some(*room))
        .hybrid_cache_capacity(MIN_STATES + STATES_PER_BYTE * size)
        .backtrack(false);
    let regex = meta::Builder::new()
        .configure(config)
        .build_many_from_hir(&hirs)
        .map_err(|_| RouteError::TooLarge { limit: MAX_PATTERNS })?;
    take(room, regex.memory_usage())?;
    Ok(Some(regex))
}

/// Takes bytes from the room that is left.
pub(super) fn take(room: &mut usize, size: usize) -> Result<(), RouteError> {
    *room = room.checked_sub(size).ok_or(RouteError::TooLarge { limit: MAX_PATTERNS })?;
    Ok(())
}

/// Bytes that all patterns may need: ten thousand of usual length need a quarter.
pub(super) const MAX_PATTERNS: usize = 64 << 20;

/// Room for the states of an automaton, in each thread that uses it. With less than this, measured
/// with 5 000 patterns, states are thrown away that the next URL needs, and a lookup takes
/// milliseconds instead of a tenth of a microsecond.
const MIN_STATES: usize = 2 << 20;
const STATES_PER_BYTE: usize = 8;
