//! Patterns with the same literal: finds the newest one that matches.
//!
//! A few linear patterns are tried one after the other. Other groups are compiled into one
//! automaton. All its patterns begin at the same offset, so the first pattern in its list wins; the
//! list is ordered newest first. The automaton builds its states lazily in a cache of bounded size.

use std::fmt;

use regex_automata::meta::{self, Regex};
use regex_automata::nfa::thompson::WhichCaptures;
use regex_automata::{Anchored, Input};

use super::pattern::{Pattern, config};
use super::{Params, RouteError};

#[derive(Clone)]
pub(super) struct Group {
    /// Newest first; never empty.
    members: Box<[usize]>,
    /// `None` if the members are tried one by one.
    combined: Option<Regex>,
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
            false => Some(combine(patterns, &members, room)?),
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
            let found = combined.search_half(&Input::new(text).anchored(Anchored::Yes));
            let member = found.and_then(|found| self.members.get(found.pattern().as_usize()));
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

/// Compiles several patterns into one automaton; an earlier one wins over a later one.
fn combine(patterns: &[Pattern], members: &[usize], room: &mut usize) -> Result<Regex, RouteError> {
    let those = || members.iter().filter_map(|at| patterns.get(*at));
    let size: usize = those().map(|pattern| pattern.size().max(MIN_SIZE)).sum();
    let hirs = those().map(Pattern::to_hir).collect::<Result<Vec<_>, _>>()?;
    let config = config()
        .which_captures(WhichCaptures::Implicit)
        .nfa_size_limit(Some(*room))
        .hybrid_cache_capacity(MIN_STATES + STATES_PER_BYTE * size)
        .backtrack(false);
    let regex = meta::Builder::new()
        .configure(config)
        .build_many_from_hir(&hirs)
        .map_err(|_| RouteError::too_large())?;
    take(room, regex.memory_usage())?;
    Ok(regex)
}

/// Subtracts `size` from the memory that is left for patterns, `room`, in bytes.
pub(super) fn take(room: &mut usize, size: usize) -> Result<(), RouteError> {
    *room = room.checked_sub(size).ok_or_else(RouteError::too_large)?;
    Ok(())
}

/// Linear patterns of one group that are tried one by one, at most. Measured with 8 patterns in
/// each of 600 groups: as fast as an automaton whose states are cached, ten times as fast as one
/// whose states were evicted.
const MAX_ONE_BY_ONE: usize = 8;

/// Bytes of an automaton's state cache, in each thread that uses it. Measured with 5 000 patterns:
/// a smaller cache evicts states that the next URL needs, and a lookup takes milliseconds instead
/// of 0.1 µs.
const MIN_STATES: usize = 2 << 20;
const STATES_PER_BYTE: usize = 8;

/// Bytes that each pattern counts for, at least: a linear pattern is smaller than its automaton.
const MIN_SIZE: usize = 1 << 10;
