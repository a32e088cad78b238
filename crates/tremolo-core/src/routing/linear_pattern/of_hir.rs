//! Which regular expressions are linear patterns.

use std::slice;

use regex_syntax::hir::{Class, ClassBytes, ClassBytesRange, Dot, Hir, HirKind, Look, Repetition};

use super::{LinearPattern, Parts, Step};
use crate::routing::byte_set::ByteSet;

impl LinearPattern {
    /// Whether it takes linear time to try the pattern at each occurrence of its literal.
    ///
    /// It does if one byte of the literal ends every repetition: no attempt then reads past the
    /// next occurrence.
    pub(in crate::routing) fn is_linear_at_any_offset(&self) -> bool {
        let ends_all = |byte: &u8| {
            self.steps.iter().all(|step| match step {
                Step::Run(run) => !run.class.contains(*byte),
                Step::Literal(_) | Step::Slot(_) => true,
            })
        };
        self.literal.iter().any(ends_all)
    }
}

/// Converts a regular expression; `None` if it needs an automaton.
pub(in crate::routing) fn linear_pattern(hir: &Hir) -> Option<LinearPattern> {
    let body = match hir.kind() {
        HirKind::Concat(parts) => parts.as_slice(),
        _ => slice::from_ref(hir),
    };
    let body = match body {
        [start, body @ ..] if *start.kind() == HirKind::Look(Look::Start) => body,
        body => body,
    };
    let (body, is_closed) = match body {
        [body @ .., tail, end] if [tail, end] == query_and_end().each_ref() => (body, true),
        body => (body, false),
    };
    let mut parts = Parts::default();
    body.iter().try_for_each(|part| push(part, &mut parts))?;
    parts.finish(is_closed)
}

/// The translation of a final `$`: an optional query and the end.
pub(in crate::routing) fn query_and_end() -> [Hir; 2] {
    let repetition =
        |min, max, sub| Hir::repetition(Repetition { min, max, greedy: true, sub: Box::new(sub) });
    let any = repetition(0, None, Hir::dot(Dot::AnyByte));
    let query = repetition(0, Some(1), Hir::concat(vec![Hir::literal(*b"?"), any]));
    [query, Hir::look(Look::End)]
}

/// Adds an expression to the parts; `None` if it is neither a literal nor a repetition of a class.
pub(in crate::routing) fn push(hir: &Hir, parts: &mut Parts) -> Option<()> {
    match hir.kind() {
        HirKind::Empty => {}
        HirKind::Literal(literal) => parts.push_literal(&literal.0),
        HirKind::Class(_) => parts.push_run(class(hir)?, 1, Some(1)),
        HirKind::Repetition(Repetition { min, max, greedy, sub }) => {
            let has_choice = *max != Some(*min);
            (*greedy || !has_choice).then_some(())?;
            parts.push_run(class(sub)?, *min, *max);
        }
        HirKind::Capture(group) => {
            let slot = 2 * group.index as usize;
            parts.push_slot(slot);
            push(&group.sub, parts)?;
            parts.push_slot(slot + 1);
        }
        HirKind::Concat(subs) => subs.iter().try_for_each(|sub| push(sub, parts))?,
        HirKind::Look(_) | HirKind::Alternation(_) => return None,
    }
    Some(())
}

/// The class of a part that matches exactly one byte; `None` for any other part.
fn class(hir: &Hir) -> Option<ByteSet> {
    let class = match hir.kind() {
        HirKind::Class(Class::Bytes(class)) => class.clone(),
        // An alternation of ASCII letters has this form.
        HirKind::Class(Class::Unicode(class)) => class.to_byte_class()?,
        HirKind::Literal(literal) if literal.0.len() == 1 => {
            ClassBytes::new(literal.0.iter().map(|byte| ClassBytesRange::new(*byte, *byte)))
        }
        _ => return None,
    };
    Some(ByteSet::of(class.iter().flat_map(|range| range.start()..=range.end())))
}
