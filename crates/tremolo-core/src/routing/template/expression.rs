//! The expression of a parameter: what it may contain, and what it matches.
//!
//! It matches the whole parameter, which is neither empty nor contains the query. It is not
//! limited to one segment: `[^x]` and `.` match slashes too.

use regex_syntax::hir::{
    Class, ClassBytes, ClassBytesRange, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Repetition,
};

use crate::routing::error::Fault;
use crate::routing::linear_pattern::{Parts, of_hir};
use crate::routing::syntax;

/// The expression of `{name:expression}`.
#[derive(Clone, Debug)]
pub(in crate::routing) struct Expression {
    source: Box<str>,
    hir: Hir,
}

impl Expression {
    pub(super) fn new(source: &str) -> Result<Self, Fault> {
        if CONVERTERS.contains(&source) {
            return Err(format!(
                "has the converter {source:?} of another router; the type of the handler's argument \
                 converts a parameter, and an expression such as {{id:\\d+}} limits it"
            )
            .into());
        }
        let bad = |why: &str| Fault::from(format!("has the expression {source:?}, {why}"));
        let hir = syntax::parse(source).map_err(|why| bad(&format!("which is none: {why}")))?;
        let hir = within_path(hir).map_err(bad)?;
        match hir.properties().minimum_len() {
            Some(0) => Err(bad("which may be empty; a parameter never is: use + instead of *")),
            None => Err(bad("which matches nothing")),
            Some(_) => Ok(Self { source: source.into(), hir }),
        }
    }

    pub(super) fn source(&self) -> &str {
        &self.source
    }

    pub(in crate::routing) fn hir(&self) -> &Hir {
        &self.hir
    }

    /// Adds it to the parts of a pattern; `None` if it needs an automaton.
    pub(super) fn push_to(&self, parts: &mut Parts) -> Option<()> {
        of_hir::push(&self.hir, parts)
    }

    /// Whether it may match more than one segment.
    pub(in crate::routing) fn may_have_slash(&self) -> bool {
        has_slash(&self.hir)
    }
}

/// The same expression without groups, and without the question mark, which begins the query.
fn within_path(hir: Hir) -> Result<Hir, &'static str> {
    let each = |subs: Vec<Hir>| {
        subs.into_iter().map(within_path).collect::<Result<Vec<_>, &'static str>>()
    };
    Ok(match hir.into_kind() {
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(text) if text.0.contains(&b'?') => {
            return Err("which matches a question mark; the query is not a part of the path");
        }
        HirKind::Literal(text) => Hir::literal(text.0),
        HirKind::Class(Class::Bytes(mut class)) => {
            class.difference(&ClassBytes::new([ClassBytesRange::new(b'?', b'?')]));
            Hir::class(Class::Bytes(class))
        }
        HirKind::Class(Class::Unicode(mut class)) => {
            class.difference(&ClassUnicode::new([ClassUnicodeRange::new('?', '?')]));
            Hir::class(Class::Unicode(class))
        }
        HirKind::Look(_) => {
            return Err("which has ^, $ or \\b; it matches the whole parameter without them");
        }
        HirKind::Repetition(of) => {
            Hir::repetition(Repetition { sub: Box::new(within_path(*of.sub)?), ..of })
        }
        HirKind::Capture(group) => within_path(*group.sub)?,
        HirKind::Concat(subs) => Hir::concat(each(subs)?),
        HirKind::Alternation(subs) => Hir::alternation(each(subs)?),
    })
}

fn has_slash(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Literal(text) => text.0.contains(&b'/'),
        HirKind::Class(Class::Bytes(class)) => {
            class.iter().any(|range| (range.start()..=range.end()).contains(&b'/'))
        }
        HirKind::Class(Class::Unicode(class)) => {
            class.iter().any(|range| (range.start()..=range.end()).contains(&'/'))
        }
        kind => kind.subs().iter().any(has_slash),
    }
}

/// What other routers write behind the colon. As expressions they would match their own letters.
const CONVERTERS: &[&str] = &["int", "float", "str", "string", "path", "uuid", "slug", "any"];
