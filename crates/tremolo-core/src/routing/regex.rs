//! Patterns of regular expressions.
//!
//! They match bytes, without Unicode, in linear time. Syntax that would need more (look-around,
//! back-references) is refused with its name when the pattern is added.

use regex_syntax::hir::{
    Capture, Class, ClassBytes, ClassBytesRange, Hir, HirKind, Look, Repetition,
};

use super::automaton::{Automaton, MAX_PATTERN};
use super::compiled::Compiled;
use super::linear_pattern::of_hir::{linear_pattern, query_and_end};
use super::matcher::Matcher;
use super::normal::normal_text;
use super::params::Names;
use super::template::{BRACES, Kind, Parameter, Piece, Template};
use super::{RouteError, syntax};

/// Compiles a regular expression.
pub(super) fn compile(source: &str) -> Result<Compiled, RouteError> {
    of_hir(&parse(source)?, source)
}

/// Compiles a template that is not linear.
pub(super) fn compile_template(template: &Template) -> Result<Compiled, RouteError> {
    of_hir(&template_hir(template), &template.source())
}

pub(super) fn parse(source: &str) -> Result<Hir, RouteError> {
    syntax::parse(&before_the_query(source)).map_err(|reason| bad(source, reason))
}

/// The regular expression of the path with its query.
pub(super) fn template_hir(template: &Template) -> Hir {
    let mut parts = vec![Hir::look(Look::Start), Hir::literal(*b"/")];
    let mut groups = 1..;
    for piece in &template.pieces {
        match piece {
            Piece::Text(text) => push_text(text, &mut parts),
            Piece::Parameter(Parameter { name, kind }) => {
                let index = groups.next().unwrap_or_default();
                let sub = Box::new(match kind {
                    Kind::Segment => repeated(1, b"/?", true),
                    Kind::Rest => repeated(1, b"?", true),
                    Kind::Expression(expression) => expression.hir().clone(),
                });
                parts.push(Hir::capture(Capture { index, name: Some(name.clone()), sub }));
            }
        }
    }
    if !template.has_rest() {
        // As for exact paths, slashes at the end do not matter.
        parts.push(repeated(0, b"/", false));
    }
    parts.extend(query_and_end());
    Hir::concat(parts)
}

pub(super) fn is_anchored(hir: &Hir) -> bool {
    hir.properties().look_set_prefix().contains(Look::Start)
}

fn of_hir(hir: &Hir, source: &str) -> Result<Compiled, RouteError> {
    let is_anchored = is_anchored(hir);
    let linear =
        linear_pattern(hir).filter(|linear| is_anchored || linear.is_linear_at_any_offset());
    let is_floating = linear.is_some() && !is_anchored;
    let matcher = match linear {
        Some(linear) => Matcher::Linear(linear),
        None => {
            let automaton = Automaton::new(hir, is_anchored);
            let too_large = || bad(source, format!("it needs over {MAX_PATTERN} bytes"));
            Matcher::Automaton(automaton.ok_or_else(too_large)?)
        }
    };
    let (names, groups) = groups(hir);
    Ok(Compiled { matcher, is_floating, names, groups })
}

fn bad(source: &str, reason: String) -> RouteError {
    RouteError::BadPattern { pattern: source.to_owned(), reason }
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

/// The expression of text. A brace is sent as it is, or percent-encoded.
fn push_text(text: &str, parts: &mut Vec<Hir>) {
    for part in text.split_inclusive(BRACES) {
        let (part, brace) = match part.strip_suffix(BRACES) {
            Some(before) => (before, part.bytes().last()),
            None => (part, None),
        };
        parts.push(Hir::literal(normal_text(part.as_bytes())));
        if let Some(brace) = brace {
            let encoded = format!("%{brace:02X}").into_bytes();
            parts.push(Hir::alternation(vec![Hir::literal([brace]), Hir::literal(encoded)]));
        }
    }
}

/// A greedy repetition of one of these bytes, or of all bytes but these.
fn repeated(min: u32, bytes: &[u8], is_negated: bool) -> Hir {
    let mut class = ClassBytes::new(bytes.iter().map(|byte| ClassBytesRange::new(*byte, *byte)));
    if is_negated {
        class.negate();
    }
    let sub = Box::new(Hir::class(Class::Bytes(class)));
    Hir::repetition(Repetition { min, max: None, greedy: true, sub })
}
