//! One row of the table: what an option is called, what it may be, and where it may be set.

use std::time::Duration;

use crate::error::{ConfigError, Reason};
use crate::kind::{Kind, Scope, Unit};
use crate::text;
use crate::value::Value;

/// An option of a configuration `C`.
#[derive(Debug)]
pub struct ConfigOption<C> {
    /// Its name: the field in Rust, the keyword in Python, the key in a file.
    pub name: &'static str,
    /// What its values are, with their bounds.
    pub kind: Kind,
    /// Where it may be set.
    pub scope: Scope,
    /// Its documentation, in Markdown.
    pub about: &'static str,
    pub(crate) get: fn(&C) -> Value,
    pub(crate) set: fn(&mut C, Value) -> Result<(), Reason>,
}

impl<C> ConfigOption<C> {
    /// The value in a configuration.
    #[must_use]
    pub fn get(&self, config: &C) -> Value {
        (self.get)(config)
    }

    /// Sets the value in a configuration.
    ///
    /// # Errors
    ///
    /// A value of another type, or out of bounds: the configuration is as it was.
    pub fn set(&self, config: &mut C, value: Value) -> Result<(), ConfigError> {
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

    /// The text of a value, from which [`ConfigOption::parse`] reads the same value.
    ///
    /// ```
    /// use tremolo_config::{Value, find};
    ///
    /// let option = find("client_max_body_size").unwrap();
    /// assert_eq!(option.print(&Value::Number(10 << 20)), "10MiB");
    /// ```
    #[must_use]
    pub fn print(&self, value: &Value) -> String {
        text::print(self.kind, value)
    }

    /// The variable of the environment that sets it: `TREMOLO_` and its name in upper case.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("{PREFIX}{}", self.name.to_ascii_uppercase())
    }

    pub(crate) fn error(&self, reason: Reason) -> ConfigError {
        ConfigError { name: self.name.into(), reason }
    }

    pub(crate) fn check(&self, value: &Value) -> Result<(), Reason> {
        match (self.kind, value) {
            (Kind::Number { unit: Unit::Mode, most, .. }, Value::Number(mode)) if *mode > most => {
                Err(Reason::Type("an octal number up to 777"))
            }
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
            (Kind::Text | Kind::List, Value::Text(text)) if !text.bytes().all(is_printable) => {
                Err(Reason::NotPrintable)
            }
            _ => Ok(()),
        }
    }
}

fn is_printable(byte: u8) -> bool {
    byte == b'\t' || (0x20..0x7f).contains(&byte)
}

/// What the names of the variables of the environment begin with.
pub(crate) const PREFIX: &str = "TREMOLO_";

/// Far enough, and no instant plus a duration can overflow.
const CENTURY: Duration = Duration::from_secs(100 * 366 * 86_400);
