//! One pattern: its syntax, what it is searched in, and the groups it finds.
//!
//! Patterns are matched against bytes, without Unicode, in linear time: what that rules out
//! (look-around, back-references) is refused with its name when the pattern is added.

use std::fmt;

use regex_automata::Input;
use regex_automata::meta::{self, Regex};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::literal::Extractor;
use regex_syntax::hir::{Dot, Hir, Look, Repetition};

use super::params::Names;
use super::{Params, RouteError};

#[derive(Clone)]
pub(super) struct Pattern {
    regex: Regex,
    /// What every URL begins with that it matches; empty unless it is anchored at the start.
    literal: Box<[u8]>,
    names: Option<Names>,
    /// The groups that are parameters, by their number in the pattern.
    groups: Box<[usize]>,
}

impl Pattern {
    /// Whether a path is a pattern.
    pub(super) fn is(path: &str) -> bool {
        path.starts_with('^') || path.ends_with('$')
    }

    /// Compiles a pattern. Beside it comes the same as one that begins at the start of the URL and
    /// skips by itself what precedes: in a set of those the order alone decides, not the place.
    pub(super) fn new(pattern: &str) -> Result<(Self, Hir), RouteError> {
        let bad = |reason| RouteError::BadPattern { pattern: pattern.to_owned(), reason };
        let hir = ParserBuilder::new()
            .unicode(false)
            .utf8(false)
            .build()
            .parse(&before_the_query(pattern))
            .map_err(|error| bad(reason(&error)))?;
        let regex = meta::Builder::new()
            .configure(config().nfa_size_limit(Some(MAX_PATTERN)).hybrid(false).dfa(false))
            .build_from_hir(&hir)
            .map_err(|_| bad(format!("it needs over {MAX_PATTERN} bytes")))?;
        let is_anchored = hir.properties().look_set_prefix().contains(Look::Start);
        let literal = if is_anchored { literal_prefix(&hir) } else { Box::default() };
        let (names, groups) = groups(&regex);
        let from_start = if is_anchored { hir } else { Hir::concat(vec![skip(), hir]) };
        Ok((Self { regex, literal, names, groups }, from_start))
    }

    pub(super) fn literal(&self) -> &[u8] {
        &self.literal
    }

    /// Bytes of the compiled pattern.
    pub(super) fn size(&self) -> usize {
        self.regex.memory_usage()
    }

    /// Searches the URL from `start`; the parameters are ranges of all of it.
    pub(super) fn search(&self, url: &[u8], start: usize) -> Option<Params> {
        let text = url.get(start..)?;
        if self.groups.is_empty() {
            return self.regex.is_match(text).then(Params::default);
        }
        let mut few = [None; SLOTS];
        let mut many = Vec::new();
        let count = self.regex.group_info().slot_len();
        let slots = match few.get_mut(..count) {
            Some(few) => few,
            None => {
                many.resize(count, None);
                many.as_mut_slice()
            }
        };
        self.regex.search_slots(&Input::new(text), slots)?;
        let at = |slot: usize| Some(start + slots.get(slot).copied().flatten()?.get());
        let ranges = self.groups.iter().map(|group| at(2 * group).zip(at(2 * group + 1)));
        Some(Params::new(self.names.as_ref(), ranges))
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pattern").field("names", &self.names).finish_non_exhaustive()
    }
}

/// How all regular expressions of the routes are built.
pub(super) fn config() -> meta::Config {
    meta::Config::new().utf8_empty(false)
}

/// Bytes that one pattern may need: a route has a few hundred, a list of words some thousands.
const MAX_PATTERN: usize = 1 << 20;

/// Places for the ends of the match and of four groups.
const SLOTS: usize = 10;

/// A `$` at the end also means "before the query".
fn before_the_query(pattern: &str) -> String {
    let body = pattern.trim_end_matches('$');
    let escapes = body.bytes().rev().take_while(|byte| *byte == b'\\').count();
    if body.len() == pattern.len() || escapes % 2 == 1 {
        return pattern.to_owned();
    }
    format!(r"{body}(?:\?(?s:.*))?$")
}

/// The fault in one line; the error's own text is a drawing of several.
fn reason(error: &regex_syntax::Error) -> String {
    match error {
        regex_syntax::Error::Parse(error) => error.kind().to_string(),
        regex_syntax::Error::Translate(error) => error.kind().to_string(),
        error => error.to_string(),
    }
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

fn groups(regex: &Regex) -> (Option<Names>, Box<[usize]>) {
    let info = regex.group_info();
    let all = || info.all_names().map(|(_, group, name)| (group, name)).skip(1);
    let named: Vec<_> = all().filter_map(|(group, name)| Some((group, name?))).collect();
    if named.is_empty() {
        return (None, all().map(|(group, _)| group).collect());
    }
    let names = named.iter().map(|(_, name)| Box::from(*name)).collect();
    (Some(names), named.iter().map(|(group, _)| *group).collect())
}
