//! Values as people write them: `on`, `10MiB`, `500ms`, `0o660`.

use std::time::Duration;

use crate::error::Reason;
use crate::kind::{Kind, Unit};
use crate::value::Value;

/// Reads a value of one kind.
pub(crate) fn parse(kind: Kind, text: &str) -> Result<Value, Reason> {
    let text = text.trim();
    match kind {
        Kind::Switch => switch(text),
        Kind::Number { unit: Unit::Mode, .. } => mode(text),
        Kind::Number { unit: Unit::Count, .. } => {
            number(text, &[("", 1)]).ok_or(Reason::Type("a whole number, not negative"))
        }
        Kind::Number { .. } => {
            number(text, SIZES).ok_or(Reason::Type("a number of bytes, such as 65536 or 64KiB"))
        }
        Kind::Time => time(text).ok_or(Reason::Type("a duration, such as 15s or 500ms")),
        Kind::Text | Kind::Choice(_) | Kind::Networks => Ok(Value::Text(text.to_owned())),
    }
}

fn switch(text: &str) -> Result<Value, Reason> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "on" | "yes" | "1" => Ok(Value::Switch(true)),
        "false" | "off" | "no" | "0" => Ok(Value::Switch(false)),
        _ => Err(Reason::Type("true or false")),
    }
}

fn mode(text: &str) -> Result<Value, Reason> {
    let digits = text.strip_prefix("0o").unwrap_or(text);
    let octal = !digits.is_empty() && digits.bytes().all(|byte| (b'0'..=b'7').contains(&byte));
    let mode = u64::from_str_radix(digits, 8).ok().filter(|_| octal);
    mode.map(Value::Number).ok_or(Reason::Type("an octal number, such as 660"))
}

fn number(text: &str, units: &[(&str, u64)]) -> Option<Value> {
    let (digits, unit) = split(text);
    let (_, factor) = units.iter().find(|(name, _)| unit.eq_ignore_ascii_case(name))?;
    let number: u64 = digits.parse().ok()?;
    number.checked_mul(*factor).map(Value::Number)
}

fn time(text: &str) -> Option<Value> {
    let end = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = (text[..end].trim_end(), &text[end..]);
    // `parse` alone would read signs, exponents and `inf`.
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    let (_, seconds) = TIMES.iter().find(|(name, _)| *name == unit)?;
    let number: f64 = number.parse().ok()?;
    Duration::try_from_secs_f64(number * seconds).ok().map(Value::Time)
}

/// The digits at the beginning, and the unit behind them.
fn split(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    (&text[..end], text[end..].trim_start())
}

const SIZES: &[(&str, u64)] = &[
    ("", 1),
    ("B", 1),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
];

const TIMES: &[(&str, f64)] =
    &[("", 1.0), ("ms", 0.001), ("s", 1.0), ("m", 60.0), ("min", 60.0), ("h", 3_600.0)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_sizes_with_their_units() {
        let bytes = Kind::Number { unit: Unit::Bytes, least: 0, most: u64::MAX };
        for (text, number) in [
            ("0", 0),
            ("65536", 65_536),
            ("64KiB", 65_536),
            ("10 MiB", 10 << 20),
            ("1gb", 1_000_000_000),
        ] {
            assert_eq!(parse(bytes, text), Ok(Value::Number(number)), "{text}");
        }
        for text in ["", "MiB", "-1", "+1", "1.5MiB", "1 MiBs", "0x10", "99999999999GiB"] {
            assert!(parse(bytes, text).is_err(), "{text}");
        }
    }

    #[test]
    fn reads_durations_with_their_units() {
        for (text, millis) in
            [("15s", 15_000), ("500ms", 500), ("0.25", 250), ("2m", 120_000), ("1 h", 3_600_000)]
        {
            assert_eq!(
                parse(Kind::Time, text),
                Ok(Value::Time(Duration::from_millis(millis))),
                "{text}"
            );
        }
        for text in ["", "s", "-1s", "1e9s", "inf", "15 seconds", "1..5"] {
            assert!(parse(Kind::Time, text).is_err(), "{text}");
        }
    }

    #[test]
    fn reads_switches_counts_and_modes() {
        assert_eq!(parse(Kind::Switch, "On"), Ok(Value::Switch(true)));
        assert_eq!(parse(Kind::Switch, "0"), Ok(Value::Switch(false)));
        assert!(parse(Kind::Switch, "maybe").is_err());
        let count = Kind::Number { unit: Unit::Count, least: 0, most: 9 };
        assert_eq!(parse(count, "5"), Ok(Value::Number(5)));
        assert!(parse(count, "5KiB").is_err());
        let mode = Kind::Number { unit: Unit::Mode, least: 0, most: 0o777 };
        assert_eq!(parse(mode, "0o660"), Ok(Value::Number(0o660)));
        assert_eq!(parse(mode, "600"), Ok(Value::Number(0o600)));
        for text in ["", "0o", "888", "+6", "rw-"] {
            assert!(parse(mode, text).is_err(), "{text}");
        }
    }
}
