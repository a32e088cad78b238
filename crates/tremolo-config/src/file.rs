//! Options in a file, as keys of a TOML document (TOML 1.0): `keepalive_timeout = "15s"`.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use crate::error::Reason;
use crate::kind::{Kind, Unit};
use crate::load_error::{LoadError, Source};
use crate::names;
use crate::option::ConfigOption;
use crate::setting::Setting;
use crate::table::Config;
use crate::value::Value;

/// The longest file that is read, in bytes.
pub const MAX_FILE_SIZE: u64 = 1 << 20;

/// The options that a TOML document sets, in their order. `path` is for errors only.
///
/// A value is text as in the environment, or what TOML has for it: a number of bytes or seconds, an
/// octal number (`0o660`), `true` and `false`, a list.
///
/// ```
/// use std::path::Path;
/// use tremolo_config::from_toml;
///
/// let text = "keepalive_timeout = 1.5\nclient_max_body_size = \"10MiB\"";
/// assert_eq!(from_toml(Path::new("app.toml"), text)?.len(), 2);
/// # Ok::<(), tremolo_config::LoadError>(())
/// ```
///
/// # Errors
///
/// Text that is not TOML, an unknown key, or the first value that is not valid.
pub fn from_toml(path: &Path, text: &str) -> Result<Vec<Setting>, LoadError> {
    let table = DeTable::parse(text).map_err(|error| LoadError::Syntax {
        path: path.to_owned(),
        line: error.span().map_or(1, |span| line_of(text, span.start)),
        reason: error.message().lines().collect::<Vec<_>>().join("; "),
    })?;
    let mut keys: Vec<_> = table.get_ref().iter().collect();
    keys.sort_by_key(|(key, _)| key.span().start);
    let settings = keys.into_iter().map(|(key, value)| {
        let option = names::known(key.get_ref());
        let setting = option.and_then(|option| {
            let value = convert(option, value.get_ref());
            Setting::new(option, value.map_err(|reason| option.error(reason))?)
        });
        setting.map_err(|error| LoadError::Option {
            source: Source::File { path: path.to_owned(), line: line_of(text, key.span().start) },
            value: text.get(value.span()).unwrap_or_default().to_owned(),
            error,
        })
    });
    settings.collect()
}

/// What a file sets.
pub(crate) fn settings_of(path: &Path) -> Result<Vec<Setting>, LoadError> {
    from_toml(path, &read(path)?)
}

/// The text of a file.
fn read(path: &Path) -> Result<String, LoadError> {
    let unreadable = |error| LoadError::Unreadable { path: path.to_owned(), error };
    let mut text = String::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(MAX_FILE_SIZE + 1).read_to_string(&mut text).map_err(unreadable)?;
    if text.len() as u64 > MAX_FILE_SIZE {
        return Err(unreadable(std::io::Error::other("it is longer than 1 MiB")));
    }
    Ok(text)
}

fn convert(option: &ConfigOption<Config>, value: &DeValue<'_>) -> Result<Value, Reason> {
    let parse = |text: &str| option.parse(text).map_err(|error| error.reason);
    match (option.kind, value) {
        (_, DeValue::String(text)) => parse(text),
        (Kind::Switch, DeValue::Boolean(on)) => Ok(Value::Switch(*on)),
        // A decimal number might be meant as octal digits.
        (Kind::Number { unit: Unit::Mode, .. }, DeValue::Integer(mode)) if mode.radix() != 8 => {
            Err(Reason::Type("an octal number, such as 0o660"))
        }
        (Kind::Number { .. } | Kind::Time, DeValue::Integer(number)) => {
            whole(number).ok_or(Reason::Type("a whole number, not negative"))
        }
        (Kind::Time, DeValue::Float(seconds)) => parse(seconds.as_str()),
        (Kind::Networks | Kind::List, DeValue::Array(entries)) => {
            let entries = entries.iter().map(Spanned::get_ref).map(DeValue::as_str);
            let entries: Option<Vec<_>> = entries.collect();
            let list = entries.ok_or(Reason::Type("a list of texts"))?;
            Ok(Value::Text(list.join(",")))
        }
        (Kind::Switch, _) => Err(Reason::Type("true or false")),
        (Kind::Time, _) => Err(Reason::Type("a duration, such as \"15s\" or \"500ms\"")),
        (Kind::Number { .. }, _) => Err(Reason::Type("a whole number")),
        (Kind::Choice(words), _) => Err(Reason::Choice(words)),
        (Kind::Text | Kind::List | Kind::Networks, _) => Err(Reason::Type("text")),
    }
}

fn whole(number: &DeInteger<'_>) -> Option<Value> {
    u64::from_str_radix(number.as_str(), number.radix()).ok().map(Value::Number)
}

/// The number of the line with this byte, from 1.
fn line_of(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or(text.as_bytes());
    1 + before.iter().filter(|byte| **byte == b'\n').count()
}
