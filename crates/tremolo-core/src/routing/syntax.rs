//! The syntax of regular expressions in routes: bytes, without Unicode, for the normal form of URLs.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Capture, Hir, HirKind, Repetition};

use super::normal::normal_literal;

/// Parses an expression; the error is the reason in one line.
pub(super) fn parse(expression: &str) -> Result<Hir, String> {
    let mut parser = ParserBuilder::new().unicode(false).utf8(false).build();
    parser.parse(expression).map(with_normal_literals).map_err(|error| reason(&error))
}

/// The text of a pattern is normalized, because it is searched in the normal form of the URL.
fn with_normal_literals(hir: Hir) -> Hir {
    let each = |subs: Vec<Hir>| subs.into_iter().map(with_normal_literals).collect();
    match hir.into_kind() {
        HirKind::Literal(text) => Hir::literal(normal_literal(&text.0)),
        HirKind::Repetition(of) => {
            Hir::repetition(Repetition { sub: Box::new(with_normal_literals(*of.sub)), ..of })
        }
        HirKind::Capture(of) => {
            Hir::capture(Capture { sub: Box::new(with_normal_literals(*of.sub)), ..of })
        }
        HirKind::Concat(subs) => Hir::concat(each(subs)),
        HirKind::Alternation(subs) => Hir::alternation(each(subs)),
        HirKind::Class(class) => Hir::class(class),
        HirKind::Look(look) => Hir::look(look),
        HirKind::Empty => Hir::empty(),
    }
}

/// The reason in one line; the error's own text is a drawing of several lines.
fn reason(error: &regex_syntax::Error) -> String {
    match error {
        regex_syntax::Error::Parse(error) => error.kind().to_string(),
        regex_syntax::Error::Translate(error) => error.kind().to_string(),
        error => error.to_string(),
    }
}
