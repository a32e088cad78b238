//! What a server makes of the bytes of one connection: which requests it takes, where it refuses,
//! and how the connection ends.

use std::fmt;

/// The behaviour of a server on one connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reading {
    /// What it answers, in order. Interim responses are left out.
    pub steps: Vec<Step>,
    /// What becomes of the connection then.
    pub end: End,
}

/// One response.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// The application has got a request.
    Taken {
        /// Its method.
        method: String,
        /// The bytes of its body.
        length: usize,
        /// Their sum, modulo 65,536.
        sum: u16,
    },
    /// An error response: its status.
    Refused(u16),
    /// A response that is not an error and is not from the application: its status, or 0 without a
    /// head (HTTP/0.9).
    Answered(u16),
}

/// The end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// The server closes it.
    Closed,
    /// The server waits for more.
    Waits,
}

/// A request that follows each input, and asks for the end of the connection. A server that answers
/// it has found the end of the input.
pub const NEXT: &str = "DELETE /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/// The sum of the bytes of a body.
#[must_use]
pub fn sum(body: &[u8]) -> u16 {
    body.iter().fold(0, |sum: u16, byte| sum.wrapping_add(u16::from(*byte)))
}

impl Reading {
    /// Whether two servers have understood the same: the same requests and bodies, errors of the
    /// same class, the same end.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        self.end == other.end
            && self.steps.len() == other.steps.len()
            && self.steps.iter().zip(&other.steps).all(|(ours, theirs)| match (ours, theirs) {
                (Step::Refused(ours), Step::Refused(theirs)) => ours / 100 == theirs / 100,
                _ => ours == theirs,
            })
    }

    /// The same, with any errors: of a request with two faults, servers find one or the other first.
    #[must_use]
    pub fn agrees_with(&self, other: &Self) -> bool {
        let same = |(ours, theirs): (&Step, &Step)| match (ours, theirs) {
            (Step::Refused(_), Step::Refused(_)) => true,
            _ => ours == theirs,
        };
        self.end == other.end
            && self.steps.len() == other.steps.len()
            && self.steps.iter().zip(&other.steps).all(same)
    }
}

/// As in the table of `docs/differential.md`.
impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> = self.steps.iter().map(ToString::to_string).collect();
        match (self.end, self.steps.last()) {
            (End::Waits, _) => parts.push("waits".to_owned()),
            // Each error response, and the one to `NEXT`, is followed by the end.
            (End::Closed, Some(Step::Refused(_))) => {}
            (End::Closed, Some(step)) if step.is_next() => {}
            (End::Closed, Some(_)) => parts.push("closes".to_owned()),
            (End::Closed, None) => parts.push("closes silently".to_owned()),
        }
        f.write_str(&parts.join(", "))
    }
}

impl Step {
    fn is_next(&self) -> bool {
        matches!(self, Self::Taken { method, length: 0, .. } if method == "DELETE")
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            step if step.is_next() => f.write_str("next"),
            Self::Taken { length: 0, .. } => f.write_str("takes"),
            Self::Taken { length, .. } => write!(f, "takes {length} bytes"),
            Self::Refused(status) => write!(f, "{status}"),
            Self::Answered(0) => f.write_str("body without a head"),
            Self::Answered(status) => write!(f, "own {status}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(method: &str, length: usize) -> Step {
        Step::Taken { method: method.to_owned(), length, sum: 0 }
    }

    fn reading(steps: &[Step], end: End) -> Reading {
        Reading { steps: steps.to_vec(), end }
    }

    #[test]
    fn a_reading_is_described_shortly() {
        for (steps, end, text) in [
            (vec![taken("GET", 0), taken("DELETE", 0)], End::Closed, "takes, next"),
            (vec![taken("POST", 5)], End::Closed, "takes 5 bytes, closes"),
            (vec![taken("POST", 5), Step::Refused(400)], End::Closed, "takes 5 bytes, 400"),
            (vec![], End::Closed, "closes silently"),
            (vec![], End::Waits, "waits"),
            (vec![Step::Answered(204), taken("DELETE", 0)], End::Closed, "own 204, next"),
        ] {
            assert_eq!(reading(&steps, end).to_string(), text);
        }
    }

    #[test]
    fn errors_of_one_class_are_alike_and_of_any_class_agree() {
        let refused = |status| reading(&[Step::Refused(status)], End::Closed);
        assert!(refused(400).is_like(&refused(431)) && !refused(400).is_like(&refused(501)));
        assert!(refused(400).agrees_with(&refused(501)));
        assert!(!refused(400).agrees_with(&reading(&[], End::Closed)));
        let other_body = reading(&[taken("POST", 6)], End::Closed);
        assert!(!reading(&[taken("POST", 5)], End::Closed).is_like(&other_body));
    }
}
