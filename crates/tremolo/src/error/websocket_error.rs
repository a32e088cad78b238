//! What goes wrong with a WebSocket.

use std::fmt;

use tremolo_core::websocket::{SendError, Violation};
use tremolo_core::{Error, Misuse};

/// An error of a WebSocket. In a handler, `?` turns it into an [`HttpError`](crate::HttpError), which
/// closes an open WebSocket with 1011. If the client has gone, that is no failure of the handler, and
/// is logged at the level debug only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebSocketError {
    /// The client has violated the protocol. The server has sent the close code of the fault.
    Violation(Violation),
    /// The connection ended without a close frame, or the WebSocket could not be accepted.
    Connection(Error),
    /// The call is not possible: [`SendError::Closed`], if the WebSocket is closed.
    Send(SendError),
    /// A binary fragment of a text message, or the reverse.
    MixedFragments,
}

impl WebSocketError {
    /// Whether the WebSocket is closed, so that nothing can be sent or received any more.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        match self {
            Self::Violation(_) => true,
            Self::Connection(error) => {
                matches!(error, Error::Closed(_) | Error::Misuse(Misuse::ExchangeOver))
            }
            Self::Send(error) => matches!(error, SendError::Closed),
            Self::MixedFragments => false,
        }
    }
}

impl From<Error> for WebSocketError {
    fn from(error: Error) -> Self {
        Self::Connection(error)
    }
}

impl From<SendError> for WebSocketError {
    fn from(error: SendError) -> Self {
        Self::Send(error)
    }
}

impl fmt::Display for WebSocketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Violation(violation) => {
                write!(f, "the client violated the WebSocket protocol: {violation}")
            }
            Self::Connection(error) => error.fmt(f),
            Self::Send(error) => error.fmt(f),
            Self::MixedFragments => f.write_str("fragments of text and of bytes in one message"),
        }
    }
}

impl std::error::Error for WebSocketError {}
