//! What is wrong with a value of the configuration, or with a name.

use std::borrow::Cow;
use std::fmt;

/// An option that is refused: its name, and what is wrong with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The name of the option, as it was given.
    pub name: Cow<'static, str>,
    /// What is wrong, and what would be right.
    pub reason: Reason,
}

/// What is wrong with an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// No option has this name; the one whose spelling is nearest, if one is near.
    Unknown(Option<&'static str>),
    /// A listener cannot have a value of its own for this option.
    NotOfAListener,
    /// The Rust front does not have this option.
    OfPython,
    /// The value has the wrong type; what it must be.
    Type(&'static str),
    /// The value is not one of these words.
    Choice(&'static [&'static str]),
    /// The value is below this one.
    TooSmall(u64),
    /// The value is above this one.
    TooLarge(u64),
    /// The value is over a hundred years.
    TooLong,
    /// The text holds something else than printable ASCII.
    NotPrintable,
    /// The entry at this position of a list, counted from 0, is no network, and why.
    Network(usize, &'static str),
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.reason)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(None) => f.write_str("unknown"),
            Self::Unknown(Some(nearest)) => write!(f, "unknown; did you mean {nearest}?"),
            Self::NotOfAListener => {
                f.write_str("not an option of a single listener; set it for the server")
            }
            Self::OfPython => f.write_str("an option of Python only, whose workers are processes"),
            Self::Type(expected) => write!(f, "must be {expected}"),
            Self::Choice(words) => write!(f, "must be one of {}", words.join(", ")),
            Self::TooSmall(least) => write!(f, "must be at least {least}"),
            Self::TooLarge(most) => write!(f, "must be at most {most}"),
            Self::TooLong => f.write_str("must be at most a hundred years"),
            Self::NotPrintable => f.write_str("must be printable ASCII"),
            Self::Network(position, reason) => write!(f, "entry {}: {reason}", position + 1),
        }
    }
}

impl std::error::Error for ConfigError {}
