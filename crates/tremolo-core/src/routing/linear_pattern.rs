//! Patterns that need no automaton: sequences of literals and repetitions of one byte class.
//!
//! Almost all routes are of this kind: `^/users/(?P<id>\d+)$`, `^/r/([^/]+)/posts/(\w*)$`. They are
//! matched in one pass over the URL, without backtracking and without a cache.
//!
//! This is correct if no byte of a class can begin the part that follows its repetition. A shorter
//! repetition would then leave a byte of the class, and the next part could not begin there. So the
//! greedy repetition is the only possible match. A pattern without this property stays a regular
//! expression.

use std::slice;

use memchr::{memchr, memrchr};
use regex_automata::util::primitives::NonMaxUsize;
use regex_syntax::hir::{Class, ClassBytes, ClassBytesRange, Dot, Hir, HirKind, Look, Repetition};

use super::byte_set::ByteSet;

#[cfg(test)]
mod tests;

#[derive(Clone)]
pub(super) struct LinearPattern {
    literal: Box<[u8]>,
    /// The parts after the literal.
    steps: Box<[Step]>,
    /// Whether the URL or its path must end after the steps.
    is_closed: bool,
}

#[derive(Clone)]
enum Step {
    Literal(Literal),
    Run(Run),
    /// A capture group begins or ends; the number is its slot.
    Slot(usize),
}

/// Text of at most [`INLINE`] bytes, stored in the step itself: one memory access less. Longer text
/// is split into several steps.
#[derive(Clone)]
struct Literal {
    bytes: [u8; INLINE],
    len: u8,
}

/// A repetition of one byte class.
#[derive(Clone)]
struct Run {
    class: ByteSet,
    /// The only byte outside the class, if there is exactly one: `memchr` finds it.
    stop: Option<u8>,
    min: u32,
    max: u32,
    /// Whether the run may have to end before the query although the class contains `?`: `.*$`.
    may_leave_query: bool,
}

impl LinearPattern {
    /// Converts a regular expression; `None` if it needs an automaton.
    pub(super) fn new(hir: &Hir) -> Option<Self> {
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
        let (literal, body) = match body.split_first().map(|(first, rest)| (first.kind(), rest)) {
            Some((HirKind::Literal(literal), rest)) => (literal.0.clone(), rest),
            _ => (Box::default(), body),
        };
        let mut steps = Vec::new();
        body.iter().try_for_each(|part| push(part, &mut steps))?;
        check_greedy(&mut steps, is_closed)?;
        Some(Self { literal, steps: steps.into(), is_closed })
    }

    /// The literal that each match begins with.
    pub(super) fn literal(&self) -> &[u8] {
        &self.literal
    }

    /// Matches `text` from `at`, where the literal stands, and writes the ends of the groups to
    /// `slots`. Slots are numbered as in the regular expression.
    pub(super) fn find(
        &self,
        text: &[u8],
        at: usize,
        slots: &mut [Option<NonMaxUsize>],
    ) -> Option<()> {
        let mut at = at + self.literal.len();
        for step in &self.steps {
            match step {
                Step::Literal(literal) => {
                    let literal = literal.text();
                    text.get(at..)?.strip_prefix(literal)?;
                    at += literal.len();
                }
                Step::Run(run) => at += run.length(text.get(at..)?)?,
                Step::Slot(slot) => {
                    if let Some(slot) = slots.get_mut(*slot) {
                        *slot = NonMaxUsize::new(at);
                    }
                }
            }
        }
        (!self.is_closed || is_end(text, at)).then_some(())
    }

    /// Whether it takes linear time to try the pattern at each occurrence of its literal.
    ///
    /// It does if one byte of the literal ends every repetition: no attempt then reads past the
    /// next occurrence.
    pub(super) fn is_linear_at_any_offset(&self) -> bool {
        let ends_all = |byte: &u8| {
            self.steps.iter().all(|step| match step {
                Step::Run(run) => !run.class.contains(*byte),
                Step::Literal(_) | Step::Slot(_) => true,
            })
        };
        self.literal.iter().any(ends_all)
    }

    /// Memory in bytes.
    pub(super) fn size(&self) -> usize {
        self.literal.len() + size_of_val(&*self.steps)
    }
}

impl Literal {
    fn new(text: &[u8]) -> Self {
        let (mut bytes, mut len) = ([0; INLINE], 0);
        for (to, from) in bytes.iter_mut().zip(text) {
            *to = *from;
            len += 1;
        }
        Self { bytes, len }
    }

    fn text(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl Run {
    fn new(class: ByteSet, min: u32, max: Option<u32>) -> Self {
        let mut others = (0..=u8::MAX).filter(|byte| !class.contains(*byte));
        let stop = others.next().filter(|_| others.next().is_none());
        Self { class, stop, min, max: max.unwrap_or(u32::MAX), may_leave_query: false }
    }

    /// The number of bytes at the beginning of `text` that the run matches.
    fn length(&self, text: &[u8]) -> Option<usize> {
        let reach = text.get(..self.max as usize).unwrap_or(text);
        let end = match self.stop {
            Some(stop) => memchr(stop, reach),
            None => reach.iter().position(|byte| !self.class.contains(*byte)),
        };
        let (min, len) = (self.min as usize, end.unwrap_or(reach.len()));
        if self.may_leave_query && !is_end(text, len) {
            return Some(min + memrchr(b'?', reach.get(min..len)?)?);
        }
        (len >= min).then_some(len)
    }
}

fn push(hir: &Hir, steps: &mut Vec<Step>) -> Option<()> {
    match hir.kind() {
        HirKind::Empty => {}
        HirKind::Literal(literal) => {
            steps.extend(literal.0.chunks(INLINE).map(|text| Step::Literal(Literal::new(text))));
        }
        HirKind::Class(_) => steps.push(Step::Run(Run::new(class(hir)?, 1, Some(1)))),
        HirKind::Repetition(Repetition { min, max, greedy, sub }) => {
            let has_choice = *max != Some(*min);
            (*greedy || !has_choice).then_some(())?;
            steps.push(Step::Run(Run::new(class(sub)?, *min, *max)));
        }
        HirKind::Capture(group) => {
            let slot = 2 * group.index as usize;
            steps.push(Step::Slot(slot));
            push(&group.sub, steps)?;
            steps.push(Step::Slot(slot + 1));
        }
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| push(part, steps))?,
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

/// Checks that each greedy repetition is the only possible match; `None` if one is not.
///
/// The last repetition may contain `?` and be followed by a query. It then ends at the last
/// question mark, as in the regular expression.
fn check_greedy(steps: &mut [Step], is_closed: bool) -> Option<()> {
    let mut next = ByteSet::of(is_closed.then_some(b'?').into_iter());
    let mut is_last = is_closed;
    for step in steps.iter_mut().rev() {
        match step {
            Step::Slot(_) => continue,
            Step::Literal(literal) => next = ByteSet::of(literal.text().iter().copied().take(1)),
            Step::Run(run) => {
                let has_choice = run.min != run.max;
                run.may_leave_query = is_last && has_choice && run.class.intersects(next);
                (!has_choice || run.may_leave_query || !run.class.intersects(next)).then_some(())?;
                next = if run.min == 0 { next.union(run.class) } else { run.class };
            }
        }
        is_last = false;
    }
    Some(())
}

/// The translation of a final `$`: an optional query and the end.
pub(super) fn query_and_end() -> [Hir; 2] {
    let repetition =
        |min, max, sub| Hir::repetition(Repetition { min, max, greedy: true, sub: Box::new(sub) });
    let any = repetition(0, None, Hir::dot(Dot::AnyByte));
    let query = repetition(0, Some(1), Hir::concat(vec![Hir::literal(*b"?"), any]));
    [query, Hir::look(Look::End)]
}

/// Whether the URL ends at `at`, or its query begins there.
fn is_end(text: &[u8], at: usize) -> bool {
    text.get(at).is_none_or(|byte| *byte == b'?')
}

/// Bytes of text in one step. A [`Literal`] of 40 bytes is no larger than a [`Run`].
const INLINE: usize = 40;
