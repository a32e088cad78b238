//! What a route leads to, and the mounted application that it belongs to.

/// A mounted application, by the prefix it is mounted at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeId(pub(super) usize);

impl ScopeId {
    /// The application that all the others are mounted in.
    pub const ROOT: Self = Self(0);

    /// The number of the scope, from 0 without gaps.
    #[must_use]
    pub fn index(self) -> usize {
        self.0
    }
}

/// What a route leads to.
#[derive(Clone, Debug)]
pub(super) struct Target<T> {
    pub(super) value: T,
    pub(super) scope: ScopeId,
}
