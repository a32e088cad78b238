//! The name of an exchange on its connection.

use std::fmt;

/// Names one exchange, that is one request with its response, of a connection.
///
/// A handle keeps it, and [`Connection::exchange`](crate::Connection::exchange) refuses it when its
/// exchange is over. A name is never used again on the same connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ExchangeId(u64);

impl ExchangeId {
    /// No exchange: the connection has had no request yet.
    pub(super) const BEFORE_FIRST: Self = Self(0);

    /// The name of the exchange after this one.
    pub(super) const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// The number of the exchange on its connection, from 1.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for ExchangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
