//! Why there is no connection to Redis.

use std::{fmt, io};

use super::resp::Malformed;

#[derive(Debug)]
pub(super) enum Fault {
    Io(io::Error),
    /// Redis has closed it.
    Ended,
    ConnectTimeout,
    /// No reply to a ping.
    Silent,
    Malformed(Malformed),
    UnexpectedReply,
    /// The text of Redis.
    Refused(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Ended => f.write_str("it was closed by Redis"),
            Self::ConnectTimeout => f.write_str("no connection in time"),
            Self::Silent => f.write_str("Redis does not respond"),
            Self::Malformed(malformed) => write!(f, "this is not Redis: {malformed}"),
            Self::UnexpectedReply => f.write_str("this is not Redis: an unexpected reply"),
            Self::Refused(text) => write!(f, "Redis refuses it: {text}"),
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Malformed> for Fault {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}
