//! What is wrong with the environment or with a file: the source, the name, the value, the reason.

use std::path::PathBuf;
use std::{fmt, io};

use crate::error::{ConfigError, Reason};
use crate::option::PREFIX;

/// Where an option was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A variable of the environment, with this name.
    Variable(String),
    /// A file.
    File {
        /// Its path.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
}

/// A configuration that cannot be read. Its text is one line.
///
/// ```
/// use tremolo_config::from_variables;
///
/// let wrong = [("TREMOLO_KEEPALIVE_TIMEOUT".into(), "soon".into())];
/// assert_eq!(
///     from_variables(wrong).unwrap_err().to_string(),
///     "TREMOLO_KEEPALIVE_TIMEOUT=\"soon\": must be a duration, such as 15s or 500ms"
/// );
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum LoadError {
    /// An option has an unknown name, or a value that is not valid.
    Option {
        /// Where it was set.
        source: Source,
        /// The value as it was written.
        value: String,
        /// What is wrong.
        error: ConfigError,
    },
    /// The value of this variable is not UTF-8.
    NotText(String),
    /// The file cannot be read.
    Unreadable {
        /// Its path.
        path: PathBuf,
        /// The reason.
        error: io::Error,
    },
    /// The file is not TOML.
    Syntax {
        /// Its path.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        reason: String,
    },
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Option { source: Source::Variable(variable), value, error } => {
                write!(f, "{}={:?}: ", variable.escape_debug(), excerpt(variable, value))?;
                match error.reason {
                    Reason::Unknown(Some(nearest)) => {
                        let nearest = nearest.to_ascii_uppercase();
                        write!(f, "unknown; did you mean {PREFIX}{nearest}?")
                    }
                    reason => write!(f, "{reason}"),
                }
            }
            Self::Option { source: Source::File { path, line }, value, error } => {
                let (name, value) =
                    (error.name.escape_debug(), excerpt(&error.name, value).escape_debug());
                write!(f, "{}, line {line}: {name} = {value}: {}", path.display(), error.reason)
            }
            Self::NotText(variable) => {
                write!(f, "{}: the value is not UTF-8", variable.escape_debug())
            }
            Self::Unreadable { path, error } => {
                write!(f, "{}: cannot be read: {error}", path.display())
            }
            Self::Syntax { path, line, reason } => {
                write!(f, "{}, line {line}: not TOML: {reason}", path.display())
            }
        }
    }
}

impl std::error::Error for LoadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Option { error, .. } => Some(error),
            Self::Unreadable { error, .. } => Some(error),
            Self::NotText(_) | Self::Syntax { .. } => None,
        }
    }
}

/// The beginning of a long value. That of an option whose name may be meant for a secret is not shown.
fn excerpt<'a>(name: &str, value: &'a str) -> &'a str {
    if name.to_ascii_lowercase().contains("passw") {
        return "***";
    }
    value.char_indices().nth(80).map_or(value, |(end, _)| &value[..end])
}
