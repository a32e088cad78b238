//! What the handler of an exchange waits for.

/// What a handler waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waits {
    Nothing,
    Input,
    Room,
    Until(u64),
    Forever,
}
