//! What can be wrong with a route. All of it is found while an application starts, never while it
//! serves, so that the texts may take their room: they are for the person who wrote the route.

use std::fmt;

use http::Method;

/// Why a route, a prefix or a table of methods cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RouteError {
    /// A pattern that is no regular expression, or asks for more than linear time allows.
    BadPattern {
        /// The pattern as it was given.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An exact path that could never be asked for.
    BadPath {
        /// The path as it was given.
        path: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A prefix that nothing can be mounted at.
    BadPrefix {
        /// The prefix as it was given.
        prefix: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// One table of methods has two targets for the same method.
    RepeatedMethod {
        /// The method.
        method: Method,
    },
    /// A table of methods has a target for `CONNECT`, which no route serves.
    ConnectMethod,
    /// All patterns together need more memory than they may have.
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
}

impl RouteError {
    pub(super) fn too_large() -> Self {
        Self::TooLarge { limit: MAX_PATTERNS }
    }
}

/// Bytes that all patterns may need: one of the usual kind needs some hundred.
pub(super) const MAX_PATTERNS: usize = 64 << 20;

impl fmt::Display for RouteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadPattern { pattern, reason } => {
                write!(f, "the pattern {pattern:?} cannot be used: {reason}")
            }
            Self::BadPath { path, reason } => write!(f, "the path {path:?} {reason}"),
            Self::BadPrefix { prefix, reason } => write!(f, "the prefix {prefix:?} {reason}"),
            Self::RepeatedMethod { method } => {
                write!(f, "{method} is given twice for the same route")
            }
            Self::ConnectMethod => f.write_str(
                "CONNECT cannot be served: there are no tunnels, and the server answers it with 501",
            ),
            Self::TooLarge { limit } => {
                write!(
                    f,
                    "the patterns of all routes need over {limit} bytes; use fewer or shorter ones"
                )
            }
        }
    }
}

impl std::error::Error for RouteError {}
