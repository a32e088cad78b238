//! One pattern: where it is searched, and its groups.

use std::fmt;

use super::compiled::Compiled;
use super::linear_pattern::UNSET;
use super::matcher::Matcher;
use super::params::Names;
use super::template::Template;
use super::{Params, RouteError, regex};

#[derive(Clone)]
pub(super) struct Pattern {
    matcher: Matcher,
    is_floating: bool,
    names: Option<Names>,
    groups: Box<[usize]>,
    /// The number of offsets to record: two for the whole match and for each group up to the last
    /// parameter. 0 without parameters.
    slots: usize,
    source: Box<str>,
    /// Whether the source is a path with parameters, instead of a regular expression.
    is_template: bool,
}

impl Pattern {
    /// A regular expression.
    pub(super) fn new(source: &str) -> Result<Self, RouteError> {
        Ok(Self::of(regex::compile(source)?, source.into(), false))
    }

    /// A path with parameters.
    pub(super) fn of_template(template: &Template) -> Result<Self, RouteError> {
        let compiled = match template.to_linear() {
            Some(linear) => Compiled {
                matcher: Matcher::Linear(linear),
                is_floating: false,
                names: Some(template.names().map(Box::from).collect()),
                groups: (1..=template.names().count()).collect(),
            },
            None => regex::compile_template(template)?,
        };
        Ok(Self::of(compiled, template.source().into(), true))
    }

    fn of(compiled: Compiled, source: Box<str>, is_template: bool) -> Self {
        let Compiled { matcher, is_floating, names, groups } = compiled;
        let slots = groups.iter().max().map_or(0, |last| 2 * (1 + last));
        Self { matcher, is_floating, names, groups, slots, source, is_template }
    }

    /// The source text: of a template its normal form without slashes at the ends.
    pub(super) fn source(&self) -> &str {
        &self.source
    }

    /// Whether the source is a path with parameters, instead of a regular expression.
    pub(super) fn is_template(&self) -> bool {
        self.is_template
    }

    /// The literal in each match: at its start, unless the pattern is floating.
    pub(super) fn literal(&self) -> &[u8] {
        self.matcher.literal()
    }

    /// Whether it can match anywhere in the URL, instead of at the start only.
    pub(super) fn is_floating(&self) -> bool {
        self.is_floating
    }

    /// Whether trying a few of them one by one is faster than one automaton.
    pub(super) fn is_linear(&self) -> bool {
        self.matcher.is_linear()
    }

    /// The number of parameters.
    pub(super) fn params(&self) -> usize {
        self.groups.len()
    }

    /// The names of its parameters; none if they are positional.
    pub(super) fn names(&self) -> &[Box<str>] {
        self.names.as_deref().unwrap_or_default()
    }

    /// The size of the compiled pattern in bytes.
    pub(super) fn size(&self) -> usize {
        self.matcher.size()
    }

    /// Matches the URL from `start`, the offset of its literal; the parameters are ranges of the
    /// whole URL.
    pub(super) fn find(&self, url: &[u8], start: usize) -> Option<Params> {
        let mut few = [UNSET; SLOTS];
        let mut many = Vec::new();
        let slots = match few.get_mut(..self.slots) {
            Some(few) => few,
            None => {
                many.resize(self.slots, UNSET);
                many.as_mut_slice()
            }
        };
        self.matcher.find(url, start, slots)?;
        let at = |slot: usize| slots.get(slot).copied().filter(|at| *at != UNSET);
        let ranges = self.groups.iter().map(|group| at(2 * group).zip(at(2 * group + 1)));
        Some(Params::new(self.names.as_ref(), ranges))
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pattern").field("names", &self.names).finish_non_exhaustive()
    }
}

/// The number of offsets of a match with four groups.
const SLOTS: usize = 10;
