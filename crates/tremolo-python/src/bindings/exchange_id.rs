//! The identifier of an exchange: a connection and the number of the request on it.

use crate::reactor::ConnectionId;

/// Identifies one exchange. A request or response object keeps it, so that an object that outlives
/// its exchange gets an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ExchangeId {
    /// The connection.
    pub(super) id: ConnectionId,
    /// The number of the exchange on its connection.
    pub(super) number: u64,
}
