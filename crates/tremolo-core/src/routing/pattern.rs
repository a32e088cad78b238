//! One pattern: its syntax, where it is searched, and its groups.
//!
//! Patterns match bytes, without Unicode, in linear time. Syntax that would need more (look-around,
//! back-references) is refused with its name when the pattern is added.

use std::fmt;

use regex_automata::Input;
use regex_automata::meta::{self, Regex};
use regex_syntax::hir::literal::Extractor;
use regex_syntax::hir::{Dot, Hir, HirKind, Look, Repetition};

use super::linear_pattern::LinearPattern;
use super::params::Names;
use super::template::Template;
use super::{Params, RouteError, syntax};

#[derive(Clone)]
pub(super) struct Pattern {
    matcher: Matcher,
    /// Whether it can match anywhere in the URL, instead of at the start only.
    is_floating: bool,
    names: Option<Names>,
    /// The groups that are parameters, by their number in the pattern.
    groups: Box<[usize]>,
    /// The number of offsets to record: two for the whole match and for each group up to the last
    /// parameter. 0 without parameters.
    slots: usize,
    source: Box<str>,
    /// Whether the source is a path with parameters, instead of a regular expression.
    is_template: bool,
}

#[derive(Clone)]
enum Matcher {
    Linear(LinearPattern),
    /// The text that each match begins with; empty unless the pattern is anchored.
    Regex(Regex, Box<[u8]>),
}

impl Pattern {
    /// A regular expression.
    pub(super) fn new(source: &str) -> Result<Self, RouteError> {
        Self::of_hir(&parse(source)?, source, false)
    }

    /// A path with parameters.
    pub(super) fn of_template(template: &Template) -> Result<Self, RouteError> {
        Self::of_hir(&template.to_hir(), &template.source(), true)
    }

    fn of_hir(hir: &Hir, source: &str, is_template: bool) -> Result<Self, RouteError> {
        let is_anchored = is_anchored(hir);
        let linear = LinearPattern::new(hir)
            .filter(|linear| is_anchored || linear.is_linear_at_any_offset());
        let is_floating = linear.is_some() && !is_anchored;
        let matcher = match linear {
            Some(linear) => Matcher::Linear(linear),
            None => {
                let regex = meta::Builder::new()
                    .configure(config().nfa_size_limit(Some(MAX_PATTERN)).hybrid(false).dfa(false))
                    .build_from_hir(hir)
                    .map_err(|_| bad(source, format!("it needs over {MAX_PATTERN} bytes")))?;
                let literal = if is_anchored { literal_prefix(hir) } else { Box::default() };
                Matcher::Regex(regex, literal)
            }
        };
        let (names, groups) = groups(hir);
        let slots = groups.iter().max().map_or(0, |last| 2 * (1 + last));
        let source = source.into();
        Ok(Self { matcher, is_floating, names, groups, slots, source, is_template })
    }

    /// The source text: of a template its normal form without slashes at the ends.
    pub(super) fn source(&self) -> &str {
        &self.source
    }

    /// The pattern with the text before its literal skipped by the expression itself: all patterns
    /// of a set then start at the same offset, so that only their order decides. It is rarely
    /// needed, and large.
    pub(super) fn to_hir(&self) -> Result<Hir, RouteError> {
        if self.is_template {
            return Ok(Template::parse(&self.source)?.to_hir());
        }
        let hir = parse(&self.source)?;
        let is_whole = self.is_floating || is_anchored(&hir);
        Ok(if is_whole { hir } else { Hir::concat(vec![skip(), hir]) })
    }

    /// The literal in each match: at its start, unless the pattern is floating.
    pub(super) fn literal(&self) -> &[u8] {
        match &self.matcher {
            Matcher::Linear(linear) => linear.literal(),
            Matcher::Regex(_, literal) => literal,
        }
    }

    /// Whether it can match anywhere in the URL, instead of at the start only.
    pub(super) fn is_floating(&self) -> bool {
        self.is_floating
    }

    /// Whether trying a few of them one by one is faster than one automaton.
    pub(super) fn is_linear(&self) -> bool {
        matches!(self.matcher, Matcher::Linear(_))
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
        match &self.matcher {
            Matcher::Linear(linear) => linear.size(),
            Matcher::Regex(regex, _) => regex.memory_usage(),
        }
    }

    /// Matches the URL from `start`, the offset of its literal; the parameters are ranges of the
    /// whole URL.
    pub(super) fn find(&self, url: &[u8], start: usize) -> Option<Params> {
        let mut few = [None; SLOTS];
        let mut many = Vec::new();
        let slots = match few.get_mut(..self.slots) {
            Some(few) => few,
            None => {
                many.resize(self.slots, None);
                many.as_mut_slice()
            }
        };
        let base = match &self.matcher {
            Matcher::Linear(linear) => linear.find(url, start, slots).map(|()| 0),
            Matcher::Regex(regex, _) => {
                let text = url.get(start..)?;
                let is_found = match self.slots {
                    0 => regex.is_match(text),
                    _ => regex.search_slots(&Input::new(text), slots).is_some(),
                };
                is_found.then_some(start)
            }
        }?;
        let at = |slot: usize| Some(base + slots.get(slot).copied().flatten()?.get());
        let ranges = self.groups.iter().map(|group| at(2 * group).zip(at(2 * group + 1)));
        Some(Params::new(self.names.as_ref(), ranges))
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pattern").field("names", &self.names).finish_non_exhaustive()
    }
}

/// The configuration of all regular expressions of routes.
pub(super) fn config() -> meta::Config {
    meta::Config::new().utf8_empty(false)
}

/// The maximum size of one pattern in bytes: a typical route has a few hundred, a list of words
/// some thousands.
const MAX_PATTERN: usize = 1 << 20;

/// The number of offsets of a match with four groups.
const SLOTS: usize = 10;

fn parse(source: &str) -> Result<Hir, RouteError> {
    syntax::parse(&before_the_query(source)).map_err(|reason| bad(source, reason))
}

fn bad(source: &str, reason: String) -> RouteError {
    RouteError::BadPattern { pattern: source.to_owned(), reason }
}

fn is_anchored(hir: &Hir) -> bool {
    hir.properties().look_set_prefix().contains(Look::Start)
}

/// A `$` at the end also means "before the query".
fn before_the_query(pattern: &str) -> String {
    let body = pattern.trim_end_matches('$');
    let escapes = body.bytes().rev().take_while(|byte| *byte == b'\\').count();
    if body.len() == pattern.len() || escapes % 2 == 1 {
        return pattern.to_owned();
    }
    format!(r"{body}(?:\?(?s:.*))?$")
}

/// `(?s:.*?)`
fn skip() -> Hir {
    let sub = Box::new(Hir::dot(Dot::AnyByte));
    Hir::repetition(Repetition { min: 0, max: None, greedy: false, sub })
}

fn literal_prefix(hir: &Hir) -> Box<[u8]> {
    let literals = Extractor::new().extract(hir);
    literals.longest_common_prefix().unwrap_or_default().into()
}

/// The parameters: the named groups, or all groups if none has a name.
fn groups(hir: &Hir) -> (Option<Names>, Box<[usize]>) {
    let mut all = Vec::new();
    collect_groups(hir, &mut all);
    let named: Vec<_> = all.iter().filter_map(|(group, name)| Some((*group, (*name)?))).collect();
    if named.is_empty() {
        let last = all.last().map_or(0, |(group, _)| *group);
        return (None, (1..=last).collect());
    }
    let names = named.iter().map(|(_, name)| Box::from(*name)).collect();
    (Some(names), named.iter().map(|(group, _)| *group).collect())
}

/// The groups in the order of their numbers.
fn collect_groups<'h>(hir: &'h Hir, all: &mut Vec<(usize, Option<&'h str>)>) {
    if let HirKind::Capture(group) = hir.kind() {
        all.push((group.index as usize, group.name.as_deref()));
    }
    hir.kind().subs().iter().for_each(|sub| collect_groups(sub, all));
}
