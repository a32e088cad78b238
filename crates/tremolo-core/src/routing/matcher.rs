//! How one pattern is matched.

use super::automaton::Automaton;
use super::linear_pattern::LinearPattern;

#[derive(Clone)]
pub(super) enum Matcher {
    Linear(LinearPattern),
    Automaton(Automaton),
}

impl Matcher {
    pub(super) fn is_linear(&self) -> bool {
        matches!(self, Self::Linear(_))
    }

    /// The literal in each match.
    pub(super) fn literal(&self) -> &[u8] {
        match self {
            Self::Linear(linear) => linear.literal(),
            Self::Automaton(automaton) => automaton.literal(),
        }
    }

    /// Memory in bytes.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Linear(linear) => linear.size(),
            Self::Automaton(automaton) => automaton.size(),
        }
    }

    /// Matches the URL from `start`, the offset of the literal, and writes the ends of the groups,
    /// as offsets in the URL, to `slots`.
    pub(super) fn find(&self, url: &[u8], start: usize, slots: &mut [usize]) -> Option<()> {
        match self {
            Self::Linear(linear) => linear.find(url, start, slots),
            Self::Automaton(automaton) => automaton.find(url, start, slots),
        }
    }
}
