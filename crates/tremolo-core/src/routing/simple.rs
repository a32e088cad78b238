//! Patterns that need no automaton: literal text and repetitions of one byte class, in a row.
//!
//! `^/users/(?P<id>\d+)$`, `^/r/([^/]+)/posts/(\w*)$`: almost all routes are of this kind. Where no
//! byte of a class can begin what follows its repetition, taking all that there is, and never
//! coming back, is exactly what the regular expression does: had it stopped earlier, the next byte
//! would be one of the class, and what follows could not begin there. Such a pattern is matched in
//! one walk over the URL, without a cache. Whatever is not provably so stays a regular expression.

use std::slice;

use memchr::{memchr, memrchr};
use regex_automata::util::primitives::NonMaxUsize;
use regex_syntax::hir::{Class, ClassBytes, ClassBytesRange, Dot, Hir, HirKind, Look, Repetition};

use super::byte_set::ByteSet;

#[cfg(test)]
mod tests;

#[derive(Clone)]
pub(super) struct Simple {
    literal: Box<[u8]>,
    /// Behind the literal.
    steps: Box<[Step]>,
    /// Whether the URL or its path must end behind the steps.
    is_closed: bool,
}

#[derive(Clone)]
enum Step {
    Literal(Literal),
    Run(Run),
    /// Here a group begins or ends.
    Slot(usize),
}

/// Text inside the step, so that reading it touches no other memory; longer text takes several.
#[derive(Clone)]
struct Literal {
    bytes: [u8; INLINE],
    len: u8,
}

#[derive(Clone)]
struct Run {
    class: ByteSet,
    /// The only byte outside the class, if there is just one: `memchr` finds it.
    stop: Option<u8>,
    min: u32,
    max: u32,
    /// Whether it may have to end at a question mark inside it: `.*$` in a URL with a query.
    yields_query: bool,
}

impl Simple {
    /// What matches where the regular expression does; `None` if only that itself can.
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
            [body @ .., tail, end] if is_query_and_end(tail, end) => (body, true),
            body => (body, false),
        };
        let (literal, body) = match body.split_first().map(|(first, rest)| (first.kind(), rest)) {
            Some((HirKind::Literal(literal), rest)) => (literal.0.clone(), rest),
            _ => (Box::default(), body),
        };
        let mut steps = Vec::new();
        body.iter().try_for_each(|part| push(part, &mut steps))?;
        settle(&mut steps, is_closed)?;
        Some(Self { literal, steps: steps.into(), is_closed })
    }

    /// What it begins with.
    pub(super) fn literal(&self) -> &[u8] {
        &self.literal
    }

    /// Matches the text that has the literal at `at`, and notes where the groups are, numbered as
    /// those of the regular expression.
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

    /// Whether trying it wherever its literal stands takes linear time: a byte of the literal ends
    /// every repetition, so that none reads past the next such place.
    pub(super) fn is_linear(&self) -> bool {
        let ends_all = |byte: &u8| {
            self.steps.iter().all(|step| match step {
                Step::Run(run) => !run.class.contains(*byte),
                Step::Literal(_) | Step::Slot(_) => true,
            })
        };
        self.literal.iter().any(ends_all)
    }

    /// Bytes it needs.
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
        Self { class, stop, min, max: max.unwrap_or(u32::MAX), yields_query: false }
    }

    /// How many bytes at the beginning of `text` it takes.
    fn length(&self, text: &[u8]) -> Option<usize> {
        let reach = text.get(..self.max as usize).unwrap_or(text);
        let end = match self.stop {
            Some(stop) => memchr(stop, reach),
            None => reach.iter().position(|byte| !self.class.contains(*byte)),
        };
        let (min, len) = (self.min as usize, end.unwrap_or(reach.len()));
        if self.yields_query && !is_end(text, len) {
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

/// The bytes of a part that is always one of them.
fn class(hir: &Hir) -> Option<ByteSet> {
    let class = match hir.kind() {
        HirKind::Class(Class::Bytes(class)) => class.clone(),
        // So an alternation of ASCII letters is kept.
        HirKind::Class(Class::Unicode(class)) => class.to_byte_class()?,
        HirKind::Literal(literal) if literal.0.len() == 1 => {
            ClassBytes::new(literal.0.iter().map(|byte| ClassBytesRange::new(*byte, *byte)))
        }
        _ => return None,
    };
    Some(ByteSet::of(class.iter().flat_map(|range| range.start()..=range.end())))
}

/// Makes sure that every repetition is right to take all it can. The last one may instead have to
/// leave a query, and the latest question mark is where the regular expression turns to as well.
fn settle(steps: &mut [Step], is_closed: bool) -> Option<()> {
    let mut next = ByteSet::of(is_closed.then_some(b'?').into_iter());
    let mut is_last = is_closed;
    for step in steps.iter_mut().rev() {
        match step {
            Step::Slot(_) => continue,
            Step::Literal(literal) => next = ByteSet::of(literal.text().iter().copied().take(1)),
            Step::Run(run) => {
                let has_choice = run.min != run.max;
                run.yields_query = is_last && has_choice && run.class.meets(next);
                (!has_choice || run.yields_query || !run.class.meets(next)).then_some(())?;
                next = if run.min == 0 { next.union(run.class) } else { run.class };
            }
        }
        is_last = false;
    }
    Some(())
}

/// Whether both together are what a final `$` stands for.
fn is_query_and_end(tail: &Hir, end: &Hir) -> bool {
    let repetition =
        |min, max, sub| Hir::repetition(Repetition { min, max, greedy: true, sub: Box::new(sub) });
    let any = repetition(0, None, Hir::dot(Dot::AnyByte));
    let query = repetition(0, Some(1), Hir::concat(vec![Hir::literal(*b"?"), any]));
    *tail == query && *end.kind() == HirKind::Look(Look::End)
}

/// Whether the URL ends at `at`, or its query begins.
fn is_end(text: &[u8], at: usize) -> bool {
    text.get(at).is_none_or(|byte| *byte == b'?')
}

/// Bytes of text in one step: as many as a repetition needs for itself.
const INLINE: usize = 40;
