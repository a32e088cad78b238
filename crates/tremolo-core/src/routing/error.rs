//! Errors in routes. They occur only while an application starts, so a message may allocate and
//! explain the fault at length.

use std::borrow::Cow;
use std::fmt;

use http::Method;

/// Why a route, a prefix or a table of methods cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RouteError {
    /// The pattern is not a regular expression, or uses a feature that needs more than linear time;
    /// or regular expressions are not a part of this build (the feature `regex`).
    BadPattern {
        /// The pattern as it was given.
        pattern: String,
        /// Why it is refused.
        reason: String,
    },
    /// No request can have this exact path.
    BadPath {
        /// The path as it was given.
        path: String,
        /// Why it is refused.
        reason: String,
    },
    /// Two routes serve the same requests, so that one of them would never be reached.
    ServedTwice(Box<ServedTwice>),
    /// Nothing can be mounted at this prefix.
    BadPrefix {
        /// The prefix as it was given.
        prefix: String,
        /// Why it is refused.
        reason: String,
    },
    /// One method table has two targets for the same method.
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

/// Two routes that serve the same requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedTwice {
    /// The paths of the earlier and of the later route, with the prefix of their application.
    pub paths: [String; 2],
    /// Where they were registered, if that is known.
    pub places: [Option<String>; 2],
    /// The method that both serve, if they serve others that differ.
    pub method: Option<Method>,
}

impl RouteError {
    pub(super) fn too_large() -> Self {
        Self::TooLarge { limit: MAX_PATTERNS }
    }
}

/// Bytes that all patterns may need together: 64 MiB. A typical pattern needs some hundred bytes.
pub(super) const MAX_PATTERNS: usize = 64 << 20;

/// Why a path cannot be used, as the end of a sentence about it.
pub(super) type Fault = Cow<'static, str>;

/// Subtracts `size` from the memory that is left for patterns, `room`, in bytes.
pub(super) fn take(room: &mut usize, size: usize) -> Result<(), RouteError> {
    *room = room.checked_sub(size).ok_or_else(RouteError::too_large)?;
    Ok(())
}

impl fmt::Display for RouteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadPattern { pattern, reason } => {
                write!(f, "the pattern {pattern:?} cannot be used: {reason}")
            }
            Self::BadPath { path, reason } => write!(f, "the path {path:?} {reason}"),
            Self::ServedTwice(served) => served.fmt(f),
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

impl ServedTwice {
    pub(super) fn new(paths: [String; 2], places: [Option<&str>; 2]) -> Self {
        Self { paths, places: places.map(|place| place.map(str::to_owned)), method: None }
    }
}

impl fmt::Display for ServedTwice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [earlier, later] = &self.paths;
        if let Some(method) = &self.method {
            write!(f, "{method} of ")?;
        }
        if earlier == later {
            write!(f, "the path {later:?} is served twice")?;
        } else {
            write!(f, "the paths {earlier:?} and {later:?} match the same requests")?;
        }
        match &self.places {
            [Some(earlier), Some(later)] => write!(f, ": first {earlier}, then {later}"),
            [Some(place), None] | [None, Some(place)] => write!(f, ": {place}"),
            [None, None] => Ok(()),
        }
    }
}

impl std::error::Error for RouteError {}
