//! Which of two templates takes precedence.
//!
//! Templates are compared segment by segment from the left. Text comes first, then text with
//! parameters (more text first), an expression, a parameter, an expression that may contain a
//! slash, and the rest. Of equal ones the later registration wins. So a template is chosen as by a
//! tree of segments that tries the more literal branch first. Regular expressions have no such
//! order: the later one wins, and any template takes precedence over them.

use std::cmp::Reverse;

use super::template::{Kind, Parameter, Piece, Template};

/// What decides between a template and others.
#[derive(Clone, Debug)]
pub(super) struct Precedence {
    shape: Box<str>,
    ranks: Box<[Rank]>,
}

impl Precedence {
    pub(super) fn of(template: &Template) -> Self {
        Self { shape: template.shape().into(), ranks: ranks(&template.pieces).into() }
    }

    /// Equal for templates that match the same paths.
    pub(super) fn shape(&self) -> &str {
        &self.shape
    }

    /// The ranks of all segments of the path, below the prefix of its application. The lower list
    /// takes precedence.
    pub(super) fn ranks_below(&self, prefix: &str) -> Vec<Rank> {
        let above = prefix.split('/').filter(|segment| !segment.is_empty()).map(|_| Rank::Text);
        above.chain(self.ranks.iter().copied()).collect()
    }
}

/// The rank of one segment. Lower ones take precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    Text,
    /// Text and parameters, with the length of the text.
    Mixed(Reverse<usize>),
    Expression,
    Parameter,
    /// An expression that may match several segments.
    Spanning,
    Rest,
    /// Behind the last segment: of two templates that begin alike the longer one comes first.
    End,
}

fn ranks(pieces: &[Piece]) -> Vec<Rank> {
    let (mut ranks, mut segment) = (Vec::new(), Segment::default());
    for piece in pieces {
        match piece {
            Piece::Text(text) => {
                for (at, part) in text.split('/').enumerate() {
                    if at > 0 {
                        ranks.push(std::mem::take(&mut segment).rank());
                    }
                    segment.text += part.len();
                }
            }
            Piece::Parameter(Parameter { kind, .. }) => {
                let rank = match kind {
                    Kind::Segment => Rank::Parameter,
                    Kind::Rest => Rank::Rest,
                    Kind::Expression(of) if of.may_have_slash() => Rank::Spanning,
                    Kind::Expression(_) => Rank::Expression,
                };
                segment.last = segment.last.max(Some(rank));
            }
        }
    }
    ranks.extend([segment.rank(), Rank::End]);
    ranks
}

/// One segment while it is read.
#[derive(Default)]
struct Segment {
    /// The length of its text.
    text: usize,
    /// The rank of its parameter that matches most.
    last: Option<Rank>,
}

impl Segment {
    fn rank(self) -> Rank {
        match self.last {
            None => Rank::Text,
            Some(rank @ (Rank::Spanning | Rank::Rest)) => rank,
            Some(rank) if self.text == 0 => rank,
            Some(_) => Rank::Mixed(Reverse(self.text)),
        }
    }
}
