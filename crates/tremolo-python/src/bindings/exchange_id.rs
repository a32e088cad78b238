//! The identifier of an exchange: a connection and the name of the exchange on it.

use crate::reactor::ConnectionId;

/// Identifies one exchange. A request or response object keeps it, so that an object that outlives
/// its exchange gets an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ExchangeId {
    /// The connection.
    pub(super) id: ConnectionId,
    /// The name of the exchange on its connection.
    pub(super) number: tremolo_core::ExchangeId,
}
