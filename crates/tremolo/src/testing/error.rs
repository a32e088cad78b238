//! Why a request of a test has no response, or not a whole one.

use std::fmt;

/// Why a request of a test has no response, or not a whole one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TestError {
    /// The server has ended, or has never started: a hook of its worker has failed. The log has the
    /// reason.
    ServerEnded,
    /// The connection was closed before the response began.
    NoResponse,
    /// The connection was closed within the response.
    Cut,
    /// The bytes are not a response.
    Malformed(String),
}

impl fmt::Display for TestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ServerEnded => f.write_str("the server has ended; the log has the reason"),
            Self::NoResponse => f.write_str("the connection was closed before the response"),
            Self::Cut => f.write_str("the connection was closed within the response"),
            Self::Malformed(reason) => write!(f, "not a response: {reason}"),
        }
    }
}

impl std::error::Error for TestError {}
