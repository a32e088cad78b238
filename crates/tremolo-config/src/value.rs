//! Values of options without their Rust types: what the fronts read and write by name.

use std::time::Duration;

use crate::choices::{Choice, HalfClose};
use crate::error::Reason;
use crate::proxies::TrustedProxies;

/// The value of an option.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// No value: the server chooses.
    Unset,
    /// On or off.
    Switch(bool),
    /// A count, a size in bytes, a rate in bytes per second, or the bits of a file's mode.
    Number(u64),
    /// A duration.
    Time(Duration),
    /// Text, the name of a choice, or a list of networks with commas.
    Text(String),
}

impl From<bool> for Value {
    fn from(on: bool) -> Self {
        Self::Switch(on)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Number(number as u64)
    }
}

impl From<Duration> for Value {
    fn from(time: Duration) -> Self {
        Self::Time(time)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<HalfClose> for Value {
    fn from(half_close: HalfClose) -> Self {
        half_close.to_value()
    }
}

/// A Rust type that an option may have.
pub(crate) trait OptionType: Sized {
    /// Converts a value.
    fn from_value(value: Value) -> Result<Self, Reason>;

    /// The value of this one.
    fn to_value(&self) -> Value;
}

impl OptionType for bool {
    fn from_value(value: Value) -> Result<Self, Reason> {
        match value {
            Value::Switch(on) => Ok(on),
            _ => Err(Reason::Type("true or false")),
        }
    }

    fn to_value(&self) -> Value {
        Value::Switch(*self)
    }
}

impl OptionType for u64 {
    fn from_value(value: Value) -> Result<Self, Reason> {
        match value {
            Value::Number(number) => Ok(number),
            _ => Err(Reason::Type("a whole number, not negative")),
        }
    }

    fn to_value(&self) -> Value {
        Value::Number(*self)
    }
}

impl OptionType for usize {
    fn from_value(value: Value) -> Result<Self, Reason> {
        let most = Reason::TooLarge(Self::MAX as u64);
        u64::from_value(value)?.try_into().map_err(|_| most)
    }

    fn to_value(&self) -> Value {
        Value::Number(*self as u64)
    }
}

impl OptionType for u32 {
    fn from_value(value: Value) -> Result<Self, Reason> {
        let most = Reason::TooLarge(Self::MAX.into());
        u64::from_value(value)?.try_into().map_err(|_| most)
    }

    fn to_value(&self) -> Value {
        Value::Number((*self).into())
    }
}

impl OptionType for Option<usize> {
    fn from_value(value: Value) -> Result<Self, Reason> {
        unless_unset(value)
    }

    fn to_value(&self) -> Value {
        self.map_or(Value::Unset, |number| number.to_value())
    }
}

impl OptionType for Option<Duration> {
    fn from_value(value: Value) -> Result<Self, Reason> {
        unless_unset(value)
    }

    fn to_value(&self) -> Value {
        self.map_or(Value::Unset, |time| time.to_value())
    }
}

impl OptionType for Duration {
    fn from_value(value: Value) -> Result<Self, Reason> {
        match value {
            Value::Time(time) => Ok(time),
            Value::Number(seconds) => Ok(Self::from_secs(seconds)),
            _ => Err(Reason::Type("a duration, not negative")),
        }
    }

    fn to_value(&self) -> Value {
        Value::Time(*self)
    }
}

impl OptionType for String {
    fn from_value(value: Value) -> Result<Self, Reason> {
        match value {
            Value::Text(text) => Ok(text),
            _ => Err(Reason::Type("text")),
        }
    }

    fn to_value(&self) -> Value {
        Value::Text(self.clone())
    }
}

impl OptionType for TrustedProxies {
    fn from_value(value: Value) -> Result<Self, Reason> {
        let list = String::from_value(value)?;
        list.parse()
            .map_err(|error: crate::InvalidNetwork| Reason::Network(error.position, error.reason))
    }

    fn to_value(&self) -> Value {
        Value::Text(self.to_string())
    }
}

impl<C: Choice> OptionType for C {
    fn from_value(value: Value) -> Result<Self, Reason> {
        let word = String::from_value(value)?;
        let at = C::WORDS.iter().position(|known| word.eq_ignore_ascii_case(known));
        at.and_then(|at| C::ALL.get(at)).copied().ok_or(Reason::Choice(C::WORDS))
    }

    fn to_value(&self) -> Value {
        let at = C::ALL.iter().position(|choice| choice == self);
        Value::Text(
            at.and_then(|at| C::WORDS.get(at)).map_or_else(String::new, |word| (*word).to_owned()),
        )
    }
}

fn unless_unset<T: OptionType>(value: Value) -> Result<Option<T>, Reason> {
    match value {
        Value::Unset => Ok(None),
        value => T::from_value(value).map(Some),
    }
}
