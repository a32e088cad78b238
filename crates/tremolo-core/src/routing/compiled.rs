//! What is known about a pattern when it is compiled.

use super::matcher::Matcher;
use super::params::Names;

/// A pattern before its source is known.
pub(super) struct Compiled {
    pub(super) matcher: Matcher,
    /// Whether it can match anywhere in the URL, instead of at the start only.
    pub(super) is_floating: bool,
    pub(super) names: Option<Names>,
    /// The groups that are parameters, by their number in the pattern.
    pub(super) groups: Box<[usize]>,
}
