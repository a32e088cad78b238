//! One row of the table: what an option is called, what it may be, and where it may be set.

use std::time::Duration;

use crate::error::{ConfigError, Reason};
use crate::table::{Config, OPTIONS};
use crate::text;
use crate::value::Value;

/// An option of the configuration.
#[derive(Debug)]
pub struct ConfigOption {
    /// Its name: the field of [`Config`], the keyword in Python.
    pub name: &'static str,
    /// What its values are, with their bounds.
    pub kind: Kind,
    /// Where it may be set.
    pub scope: Scope,
    /// Its documentation, in Markdown.
    pub about: &'static str,
    pub(crate) get: fn(&Config) -> Value,
    pub(crate) set: fn(&mut Config, Value) -> Result<(), Reason>,
}

/// What the values of an option are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// True or false.
    Switch,
    /// A whole number from `least` to `most`.
    Number {
        /// What is counted.
        unit: Unit,
        /// The lowest value.
        least: u64,
        /// The highest value.
        most: u64,
    },
    /// A duration up to a hundred years; as a number, seconds.
    Time,
    /// Printable ASCII.
    Text,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Addresses, networks, and `unix`, in a list with commas.
    Networks,
}

/// What the number of an option counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// Bytes.
    Bytes,
    /// Bytes per second.
    BytesPerSecond,
    /// The permission bits of a file, written in octal.
    Mode,
}

/// Where an option may be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// For the whole server.
    Server,
    /// For the whole server, and differently for one of its listeners.
    Listener,
}

impl ConfigOption {
    /// The value in a configuration.
    #[must_use]
    pub fn get(&self, config: &Config) -> Value {
        (self.get)(config)
    }

    /// Sets the value in a configuration.
    ///
    /// # Errors
    ///
    /// A value of another type, or out of bounds: the configuration is as it was.
    pub fn set(&self, config: &mut Config, value: Value) -> Result<(), ConfigError> {
        let checked = self.check(&value);
        checked.and_then(|()| (self.set)(config, value)).map_err(|reason| self.error(reason))
    }

    /// Reads a value from text: `on`, `10MiB`, `500ms`.
    ///
    /// # Errors
    ///
    /// Text that is no value of this kind; bounds are checked by [`ConfigOption::set`].
    pub fn parse(&self, text: &str) -> Result<Value, ConfigError> {
        text::parse(self.kind, text).map_err(|reason| self.error(reason))
    }

    pub(crate) fn error(&self, reason: Reason) -> ConfigError {
        ConfigError { name: self.name.into(), reason }
    }

    pub(crate) fn check(&self, value: &Value) -> Result<(), Reason> {
        match (self.kind, value) {
            (Kind::Number { least, .. }, Value::Number(number)) if *number < least => {
                Err(Reason::TooSmall(least))
            }
            (Kind::Number { most, .. }, Value::Number(number)) if *number > most => {
                Err(Reason::TooLarge(most))
            }
            (Kind::Time, Value::Time(time)) if *time > CENTURY => Err(Reason::TooLong),
            (Kind::Time, Value::Number(seconds)) if *seconds > CENTURY.as_secs() => {
                Err(Reason::TooLong)
            }
            (Kind::Text, Value::Text(text)) if !text.bytes().all(is_printable) => {
                Err(Reason::NotPrintable)
            }
            _ => Ok(()),
        }
    }
}

fn is_printable(byte: u8) -> bool {
    byte == b'\t' || (0x20..0x7f).contains(&byte)
}

/// Far enough, and no instant plus a duration can overflow.
const CENTURY: Duration = Duration::from_secs(100 * 366 * 86_400);

/// The option of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static ConfigOption> {
    OPTIONS.iter().find(|option| option.name == name)
}

/// The option whose name is spelled most like this one, if one is near: at most two letters are
/// wrong, missing or too many, and most letters are right.
///
/// ```
/// assert_eq!(tremolo_config::nearest("keepalive_timout"), Some("keepalive_timeout"));
/// assert_eq!(tremolo_config::nearest("database_url"), None);
/// ```
#[must_use]
pub fn nearest(name: &str) -> Option<&'static str> {
    let near = OPTIONS.iter().map(|option| (distance(name, option.name), option.name));
    let near = near.filter(|(distance, known)| *distance <= 2 && distance * 3 < known.len());
    near.min_by_key(|(distance, _)| *distance).map(|(_, known)| known)
}

/// How many letters must be changed, added or removed to make one word of the other.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (at, letter) in left.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], at + 1);
        for (column, other) in right.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}
