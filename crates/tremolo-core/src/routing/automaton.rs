//! A regular expression as an automaton, for what is not linear (`linear_pattern.rs`).

use regex_automata::Input;
use regex_automata::meta::{self, Regex};
use regex_syntax::hir::Hir;
use regex_syntax::hir::literal::Extractor;

use super::linear_pattern::UNSET;

#[derive(Clone)]
pub(super) struct Automaton {
    regex: Regex,
    /// The text that each match begins with; empty unless the pattern is anchored.
    literal: Box<[u8]>,
}

impl Automaton {
    /// `None` if it is larger than [`MAX_PATTERN`].
    pub(super) fn new(hir: &Hir, is_anchored: bool) -> Option<Self> {
        let config = config().nfa_size_limit(Some(MAX_PATTERN)).hybrid(false).dfa(false);
        let regex = meta::Builder::new().configure(config).build_from_hir(hir).ok()?;
        let literal = if is_anchored { literal_prefix(hir) } else { Box::default() };
        Some(Self { regex, literal })
    }

    pub(super) fn literal(&self) -> &[u8] {
        &self.literal
    }

    /// Memory in bytes.
    pub(super) fn size(&self) -> usize {
        self.regex.memory_usage()
    }

    /// Matches the URL from `start` on, and writes the ends of the groups to `slots`.
    pub(super) fn find(&self, url: &[u8], start: usize, slots: &mut [usize]) -> Option<()> {
        let text = url.get(start..)?;
        if slots.is_empty() {
            return self.regex.is_match(text).then_some(());
        }
        let mut found = [None; FEW];
        let mut many = Vec::new();
        let found = match found.get_mut(..slots.len()) {
            Some(found) => found,
            None => {
                many.resize(slots.len(), None);
                many.as_mut_slice()
            }
        };
        self.regex.search_slots(&Input::new(text), found)?;
        for (slot, end) in slots.iter_mut().zip(found) {
            *slot = end.map_or(UNSET, |end| start + end.get());
        }
        Some(())
    }
}

/// The configuration of all regular expressions of routes.
pub(super) fn config() -> meta::Config {
    meta::Config::new().utf8_empty(false)
}

fn literal_prefix(hir: &Hir) -> Box<[u8]> {
    let literals = Extractor::new().extract(hir);
    literals.longest_common_prefix().unwrap_or_default().into()
}

/// The maximum size of one pattern in bytes: a typical route has a few hundred, a list of words
/// some thousands.
pub(super) const MAX_PATTERN: usize = 1 << 20;

/// The number of offsets of a match with four groups.
const FEW: usize = 10;
