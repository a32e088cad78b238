//! Values as people write them, read and printed: `true`, `10MiB`, `500ms`, `0o660`.

use std::time::Duration;

use crate::error::Reason;
use crate::kind::{Kind, Unit};
use crate::value::Value;

/// Reads a value of one kind. What [`print()`] has printed is read as the same value.
pub(crate) fn parse(kind: Kind, text: &str) -> Result<Value, Reason> {
    let trimmed = text.trim();
    match kind {
        Kind::Number { .. } | Kind::Time if trimmed == UNSET => Ok(Value::Unset),
        Kind::Switch => switch(trimmed),
        Kind::Number { unit: Unit::Mode, .. } => mode(trimmed),
        Kind::Number { unit: Unit::Count, .. } => {
            number(trimmed, &[(1, "")]).ok_or(Reason::Type("a whole number, not negative"))
        }
        Kind::Number { unit: Unit::Kibibytes, .. } => number(trimmed, KIBIBYTES)
            .ok_or(Reason::Type("a number of KiB, such as 65536 or 64MiB")),
        Kind::Number { .. } => {
            number(trimmed, SIZES).ok_or(Reason::Type("a number of bytes, such as 65536 or 64KiB"))
        }
        Kind::Time => time(trimmed).ok_or(Reason::Type("a duration, such as 15s or 500ms")),
        Kind::Text | Kind::List | Kind::Choice(_) | Kind::Networks => {
            Ok(Value::Text(text.to_owned()))
        }
    }
}

/// The shortest form of a value that [`parse`] reads exactly, with a unit where there is one.
pub(crate) fn print(kind: Kind, value: &Value) -> String {
    match (kind, value) {
        (_, Value::Unset) => UNSET.to_owned(),
        (_, Value::Switch(on)) => on.to_string(),
        (Kind::Number { unit: Unit::Mode, .. }, Value::Number(mode)) => format!("0o{mode:o}"),
        (Kind::Number { unit: Unit::Count, .. }, Value::Number(count)) => count.to_string(),
        (Kind::Number { unit: Unit::Kibibytes, .. }, Value::Number(size)) => {
            print_size(*size, KIBIBYTES)
        }
        (Kind::Number { .. }, Value::Number(bytes)) => print_size(*bytes, SIZES),
        (_, Value::Number(number)) => number.to_string(),
        (_, Value::Time(time)) => print_time(*time),
        (_, Value::Text(text)) => text.clone(),
    }
}

fn print_size(size: u64, units: &[(u64, &str)]) -> String {
    let mut units =
        units.iter().filter(|(factor, unit)| unit.ends_with("iB") && size.is_multiple_of(*factor));
    match units.next_back() {
        Some((factor, unit)) if size > 0 => format!("{}{unit}", size / factor),
        _ => size.to_string(),
    }
}

fn print_time(time: Duration) -> String {
    let (seconds, nanoseconds) = (time.as_secs(), time.subsec_nanos());
    if nanoseconds == 0 {
        format!("{seconds}s")
    } else if nanoseconds.is_multiple_of(1_000_000) {
        format!("{}ms", time.as_millis())
    } else {
        format!("{}s", format!("{seconds}.{nanoseconds:09}").trim_end_matches('0'))
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

fn number(text: &str, units: &[(u64, &str)]) -> Option<Value> {
    let (digits, unit) = split(text);
    let (factor, _) = units.iter().find(|(_, name)| unit.eq_ignore_ascii_case(name))?;
    let number: u64 = digits.parse().ok()?;
    number.checked_mul(*factor).map(Value::Number)
}

/// Reads a duration without rounding; digits below a nanosecond are dropped.
fn time(text: &str) -> Option<Value> {
    let end = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = (text[..end].trim_end(), &text[end..]);
    let (factor, _) = TIMES.iter().find(|(_, name)| *name == unit)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.len() + fraction.len() == 0 {
        return None;
    }
    let mut nanoseconds = digits(whole)?.checked_mul(*factor)?;
    // More digits count for less than a nanosecond.
    let fraction = if fraction.is_ascii() { &fraction[..fraction.len().min(18)] } else { fraction };
    let scale = 10_u128.pow(u32::try_from(fraction.len()).ok()?.min(18));
    nanoseconds = nanoseconds.checked_add(digits(fraction)? * factor / scale)?;
    let seconds = u64::try_from(nanoseconds / NANOSECONDS).ok()?;
    let rest = u32::try_from(nanoseconds % NANOSECONDS).ok()?;
    Some(Value::Time(Duration::new(seconds, rest)))
}

/// The number that these digits are; 0 if there is none. `parse` alone would read a sign.
fn digits(text: &str) -> Option<u128> {
    if text.is_empty() {
        return Some(0);
    }
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The digits at the beginning, and the unit behind them.
fn split(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    (&text[..end], text[end..].trim_start())
}

/// The text of [`Value::Unset`].
const UNSET: &str = "unset";

const SIZES: &[(u64, &str)] = &[
    (1, ""),
    (1, "B"),
    (1 << 10, "KiB"),
    (1 << 20, "MiB"),
    (1 << 30, "GiB"),
    (1_000, "kB"),
    (1_000_000, "MB"),
    (1_000_000_000, "GB"),
];

const KIBIBYTES: &[(u64, &str)] = &[(1, ""), (1, "KiB"), (1 << 10, "MiB"), (1 << 20, "GiB")];

const NANOSECONDS: u128 = 1_000_000_000;

const TIMES: &[(u128, &str)] = &[
    (NANOSECONDS, ""),
    (NANOSECONDS / 1_000, "ms"),
    (NANOSECONDS, "s"),
    (60 * NANOSECONDS, "m"),
    (60 * NANOSECONDS, "min"),
    (3_600 * NANOSECONDS, "h"),
    (86_400 * NANOSECONDS, "d"),
];

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
        let kibibytes = Kind::Number { unit: Unit::Kibibytes, least: 0, most: u64::MAX };
        for (text, number, printed) in
            [("51200", 51_200, "50MiB"), ("50MiB", 51_200, "50MiB"), ("3KiB", 3, "3KiB")]
        {
            assert_eq!(parse(kibibytes, text), Ok(Value::Number(number)), "{text}");
            assert_eq!(print(kibibytes, &Value::Number(number)), printed);
        }
        for text in ["", "MiB", "-1", "+1", "1.5MiB", "1 MiBs", "0x10", "99999999999GiB"] {
            assert!(parse(bytes, text).is_err(), "{text}");
        }
    }

    #[test]
    fn reads_durations_with_their_units() {
        for (text, millis) in [
            ("15s", 15_000),
            ("500ms", 500),
            ("0.25", 250),
            ("2m", 120_000),
            ("1 h", 3_600_000),
            ("2d", 172_800_000),
        ] {
            assert_eq!(
                parse(Kind::Time, text),
                Ok(Value::Time(Duration::from_millis(millis))),
                "{text}"
            );
        }
        for text in ["", "s", "-1s", "1e9s", "inf", "15 seconds", "1..5", "1.-5", ".", "é", "1.é"]
        {
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
