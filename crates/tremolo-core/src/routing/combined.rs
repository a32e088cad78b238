//! Several patterns in one automaton. It builds its states lazily in a cache of bounded size.

use regex_automata::meta::{self, Regex};
use regex_automata::nfa::thompson::WhichCaptures;
use regex_automata::{Anchored, Input};
use regex_syntax::hir::{Dot, Hir, Repetition};

use super::RouteError;
use super::automaton::config;
use super::error::take;
use super::pattern::Pattern;
use super::regex::{is_anchored, parse, template_hir};
use super::template::Template;

#[derive(Clone)]
pub(super) struct Combined(Regex);

impl Combined {
    /// Compiles the patterns at the indices `members`; an earlier one wins over a later one.
    pub(super) fn new(
        patterns: &[Pattern],
        members: &[usize],
        room: &mut usize,
    ) -> Result<Option<Self>, RouteError> {
        let those = || members.iter().filter_map(|at| patterns.get(*at));
        let size: usize = those().map(|pattern| pattern.size().max(MIN_SIZE)).sum();
        let hirs = those().map(hir_of).collect::<Result<Vec<_>, _>>()?;
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
        Ok(Some(Self(regex)))
    }

    /// The index in `members` of the pattern that matches at the start of `text`.
    pub(super) fn find(&self, text: &[u8]) -> Option<usize> {
        let found = self.0.search_half(&Input::new(text).anchored(Anchored::Yes));
        found.map(|found| found.pattern().as_usize())
    }
}

/// The pattern with the text before its literal skipped by the expression itself: all patterns
/// of a set then start at the same offset, so that only their order decides. It is rarely
/// needed, and large.
fn hir_of(pattern: &Pattern) -> Result<Hir, RouteError> {
    if pattern.is_template() {
        return Ok(template_hir(&Template::parse(pattern.source())?));
    }
    let hir = parse(pattern.source())?;
    let is_whole = pattern.is_floating() || is_anchored(&hir);
    Ok(if is_whole { hir } else { Hir::concat(vec![skip(), hir]) })
}

/// `(?s:.*?)`
fn skip() -> Hir {
    let sub = Box::new(Hir::dot(Dot::AnyByte));
    Hir::repetition(Repetition { min: 0, max: None, greedy: false, sub })
}

/// Bytes of an automaton's state cache, in each thread that uses it. Measured with 5 000 patterns:
/// a smaller cache evicts states that the next URL needs, and a lookup takes milliseconds instead
/// of 0.1 µs.
const MIN_STATES: usize = 2 << 20;
const STATES_PER_BYTE: usize = 8;

/// Bytes that each pattern counts for, at least: a linear pattern is smaller than its automaton.
const MIN_SIZE: usize = 1 << 10;
