//! Options by their names, and the nearest name to a wrong one.

use crate::error::{ConfigError, Reason};
use crate::option::ConfigOption;
use crate::table::{Config, OPTIONS};
use crate::value::Value;

impl Config {
    /// Sets an option by its name.
    ///
    /// # Errors
    ///
    /// An unknown name, a value of another type, or one out of bounds.
    pub fn set(&mut self, name: &str, value: Value) -> Result<(), ConfigError> {
        known(name)?.set(self, value)
    }

    /// Sets an option by its name to a value that is read from text: `on`, `10MiB`, `500ms`.
    ///
    /// # Errors
    ///
    /// As [`Config::set`], and text that is no value of the option.
    pub fn set_text(&mut self, name: &str, text: &str) -> Result<(), ConfigError> {
        let option = known(name)?;
        option.set(self, option.parse(text)?)
    }
}

/// The option of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static ConfigOption<Config>> {
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
    nearest_of(name, OPTIONS.iter().map(|option| option.name))
}

/// The one of these names that is spelled most like this name, as for [`nearest`].
pub fn nearest_of<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near = known.map(|known| (distance(name, known), known));
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

pub(crate) fn known(name: &str) -> Result<&'static ConfigOption<Config>, ConfigError> {
    find(name).ok_or_else(|| ConfigError {
        name: name.to_owned().into(),
        reason: Reason::Unknown(nearest(name)),
    })
}
