//! Patterns that need no automaton: sequences of literals and repetitions of one byte class.
//!
//! Almost all routes are of this kind: `^/users/(?P<id>\d+)$`, `^/r/([^/]+)/posts/(\w*)$`. They are
//! matched in one pass over the URL, without backtracking and without a cache.
//!
//! This is correct if no byte of a class can begin the part that follows its repetition. A shorter
//! repetition would then leave a byte of the class, and the next part could not begin there. So the
//! greedy repetition is the only possible match. A pattern without this property stays a regular
//! expression.

use memchr::{memchr, memrchr};

use super::byte_set::ByteSet;

#[cfg(feature = "regex")]
pub(super) mod of_hir;
#[cfg(test)]
#[cfg(feature = "regex")]
mod tests;

#[derive(Clone)]
#[cfg_attr(test, derive(Debug, PartialEq))]
pub(super) struct LinearPattern {
    literal: Box<[u8]>,
    /// The parts after the literal.
    steps: Box<[Step]>,
    /// Whether the URL or its path must end after the steps.
    is_closed: bool,
}

#[derive(Clone)]
#[cfg_attr(test, derive(Debug, PartialEq))]
enum Step {
    Literal(Literal),
    Run(Run),
    /// A capture group begins or ends; the number is its slot.
    Slot(usize),
}

/// Text of at most [`INLINE`] bytes, stored in the step itself: one memory access less. Longer text
/// is split into several steps.
#[derive(Clone)]
#[cfg_attr(test, derive(Debug, PartialEq))]
struct Literal {
    bytes: [u8; INLINE],
    len: u8,
}

/// A repetition of one byte class.
#[derive(Clone)]
#[cfg_attr(test, derive(Debug, PartialEq))]
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
    /// The literal that each match begins with.
    pub(super) fn literal(&self) -> &[u8] {
        &self.literal
    }

    /// Matches `text` from `at`, where the literal stands, and writes the ends of the groups to
    /// `slots`. Slots are numbered as in the regular expression.
    pub(super) fn find(&self, text: &[u8], at: usize, slots: &mut [usize]) -> Option<()> {
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
                        *slot = at;
                    }
                }
            }
        }
        (!self.is_closed || is_end(text, at)).then_some(())
    }

    /// Memory in bytes.
    pub(super) fn size(&self) -> usize {
        self.literal.len() + size_of_val(&*self.steps)
    }
}

/// The parts of a pattern, in their order.
#[derive(Default)]
pub(super) struct Parts {
    literal: Vec<u8>,
    steps: Vec<Step>,
}

impl Parts {
    pub(super) fn push_literal(&mut self, text: &[u8]) {
        match self.steps.is_empty() {
            true => self.literal.extend_from_slice(text),
            false => {
                let steps = text.chunks(INLINE).map(|text| Step::Literal(Literal::new(text)));
                self.steps.extend(steps);
            }
        }
    }

    /// A greedy repetition; without an upper bound if `max` is `None`.
    pub(super) fn push_run(&mut self, class: ByteSet, min: u32, max: Option<u32>) {
        self.steps.push(Step::Run(Run::new(class, min, max)));
    }

    /// The start of a group is its number doubled, its end one more.
    pub(super) fn push_slot(&mut self, slot: usize) {
        self.steps.push(Step::Slot(slot));
    }

    /// The pattern, or `None` if it needs an automaton. If it is closed, the URL or its path must
    /// end after the parts.
    pub(super) fn finish(mut self, is_closed: bool) -> Option<LinearPattern> {
        check_greedy(&mut self.steps, is_closed)?;
        let (literal, steps) = (self.literal.into(), self.steps.into());
        Some(LinearPattern { literal, steps, is_closed })
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

/// Whether the URL ends at `at`, or its query begins there.
fn is_end(text: &[u8], at: usize) -> bool {
    text.get(at).is_none_or(|byte| *byte == b'?')
}

/// Bytes of text in one step. A [`Literal`] of 40 bytes is no larger than a [`Run`].
const INLINE: usize = 40;

/// The offset of a group that took no part in a match.
pub(super) const UNSET: usize = usize::MAX;
