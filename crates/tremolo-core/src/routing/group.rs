//! Patterns with the same literal: which of them is the newest that matches.
//!
//! A few simple ones are tried one after the other. Any others are one automaton: all of them begin
//! at the same place, which makes the first in the list win, and the newest is the first in the
//! list. Its states are made as URLs need them and are kept; the room for them is bounded.

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
    /// Unless they are tried one by one.
    combined: Option<Regex>,
}

impl Group {
    /// Compiles those of `patterns` that `members` names, newest first.
    pub(super) fn new(
        patterns: &[Pattern],
        members: Vec<usize>,
        room: &mut usize,
    ) -> Result<Self, RouteError> {
        let mut those = members.iter().filter_map(|at| patterns.get(*at));
        let is_tried = members.len() < 2 || members.len() <= FEW && those.all(Pattern::is_simple);
        let combined = match is_tried {
            true => None,
            false => Some(combine(patterns, &members, room)?),
        };
        Ok(Self { members: members.into(), combined })
    }

    /// Finds the newest member that matches the URL at `start`, where its literal is, unless what
    /// was found before is newer.
    pub(super) fn find(&self, patterns: &[Pattern], (url, start): (&[u8], usize), best: &mut Best) {
        let floor = best.as_ref().map(|(member, _)| *member);
        let is_newer = |member: &&usize| Some(**member) > floor;
        let matches = |member: &usize| {
            let params = patterns.get(*member).and_then(|pattern| pattern.find(url, start));
            params.map(|params| *best = Some((*member, params))).is_some()
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

/// The newest pattern that was found, with its parameters.
pub(super) type Best = Option<(usize, Params)>;

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Group").field("members", &self.members).finish_non_exhaustive()
    }
}

/// One automaton for several patterns, in their order.
fn combine(patterns: &[Pattern], members: &[usize], room: &mut usize) -> Result<Regex, RouteError> {
    let those = || members.iter().filter_map(|at| patterns.get(*at));
    let size: usize = those().map(|pattern| pattern.size().max(LEAST_SIZE)).sum();
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

/// Takes bytes from the room that is left.
pub(super) fn take(room: &mut usize, size: usize) -> Result<(), RouteError> {
    *room = room.checked_sub(size).ok_or_else(RouteError::too_large)?;
    Ok(())
}

/// Simple patterns that are tried one by one. Measured with eight in each of 600 groups: as fast as
/// an automaton for the URL that came last, ten times as fast for one that did not come for long.
const FEW: usize = 8;

/// Room for the states of an automaton, in each thread that uses it. With less than this, measured
/// with 5 000 patterns, states are thrown away that the next URL needs, and a lookup takes
/// milliseconds instead of a tenth of a microsecond.
const MIN_STATES: usize = 2 << 20;
const STATES_PER_BYTE: usize = 8;

/// Bytes that a pattern counts for at least: a simple one is smaller than its automaton.
const LEAST_SIZE: usize = 1 << 10;
