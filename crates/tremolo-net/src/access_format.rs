//! The format of the lines of the access log: one of three, or a text of the user's with the names
//! of fields in it.

use std::fmt::{self, Write};
use std::time::SystemTime;

use tremolo_core::{AccessLog, Config};

use crate::access_log::{AccessEntry, Moment};

/// How an exchange becomes a line.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use tremolo_core::{AccessLog, Config};
/// use tremolo_net::{AccessEntry, AccessFormat};
///
/// let format = AccessFormat::of(&Config {
///     access_log: AccessLog::Text,
///     access_log_format: "{status} {method} {url}".to_owned(),
///     ..Config::default()
/// })?;
/// let entry = AccessEntry { status: Some(200), url: Some("/a".into()), ..Default::default() };
/// let mut line = String::new();
/// format.write(&entry, &mut line, UNIX_EPOCH + Duration::from_secs(784_111_777)).unwrap();
/// assert_eq!(line, "200 - /a");
/// # Ok::<(), tremolo_net::InvalidFormat>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessFormat(Form);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    /// The combined format, and what it lacks.
    Text,
    /// The combined format of Apache.
    Combined,
    Json,
    Own(Vec<Part>),
}

/// A part of a format of the user's.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(Field),
}

/// A field, as formats name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Bytes,
    Client,
    Cut,
    Duration,
    DurationMs,
    Method,
    Path,
    Peer,
    Query,
    Referer,
    RequestId,
    Status,
    Time,
    Timestamp,
    TraceId,
    Url,
    UserAgent,
    Version,
}

const FIELDS: [(&str, Field); 18] = [
    ("bytes", Field::Bytes),
    ("client", Field::Client),
    ("cut", Field::Cut),
    ("duration", Field::Duration),
    ("duration_ms", Field::DurationMs),
    ("method", Field::Method),
    ("path", Field::Path),
    ("peer", Field::Peer),
    ("query", Field::Query),
    ("referer", Field::Referer),
    ("request_id", Field::RequestId),
    ("status", Field::Status),
    ("time", Field::Time),
    ("timestamp", Field::Timestamp),
    ("trace_id", Field::TraceId),
    ("url", Field::Url),
    ("user_agent", Field::UserAgent),
    ("version", Field::Version),
];

/// A mistake in `access_log_format`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidFormat {
    /// There is no field of this name.
    UnknownField(String),
    /// A brace that neither begins nor ends a name; one that is meant is written twice.
    StrayBrace,
    /// A character that would end a line or steer a terminal.
    ControlCharacter,
}

impl fmt::Display for InvalidFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("access_log_format: ")?;
        match self {
            Self::UnknownField(name) => {
                let names = FIELDS.map(|(name, _)| name).join(", ");
                write!(f, "there is no field {name:?}; the fields are {names}")
            }
            Self::StrayBrace => f.write_str("a brace is missing; write {{ or }} for one in a line"),
            Self::ControlCharacter => f.write_str("it has a control character other than a tab"),
        }
    }
}

impl std::error::Error for InvalidFormat {}

impl AccessFormat {
    /// The format of a configuration: `access_log_format`, else the one that `access_log` names.
    ///
    /// # Errors
    ///
    /// A mistake in `access_log_format`.
    pub fn of(config: &Config) -> Result<Self, InvalidFormat> {
        if !config.access_log_format.is_empty() {
            return parse(&config.access_log_format).map(|parts| Self(Form::Own(parts)));
        }
        Ok(Self(match config.access_log {
            AccessLog::Off | AccessLog::Text => Form::Text,
            AccessLog::Combined => Form::Combined,
            AccessLog::Json => Form::Json,
        }))
    }

    /// Writes the line of an exchange that has ended at this moment, without a line end.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn write(
        &self,
        entry: &AccessEntry<'_>,
        out: &mut dyn Write,
        at: SystemTime,
    ) -> fmt::Result {
        let moment = Moment::new(at);
        match &self.0 {
            Form::Text => entry.write_text(out, &moment.date),
            Form::Combined => entry.write_combined(out, &moment.date),
            Form::Json => entry.write_json(out, at),
            Form::Own(parts) => parts.iter().try_for_each(|part| match part {
                Part::Text(text) => out.write_str(text),
                Part::Field(field) => field.write(entry, out, &moment),
            }),
        }
    }
}

impl Field {
    /// Writes the value; a dash if there is none.
    fn write(self, entry: &AccessEntry<'_>, out: &mut dyn Write, moment: &Moment) -> fmt::Result {
        let url = entry.url.as_deref();
        let split = || url.map(|url| url.split_once('?').unwrap_or((url, "")));
        let text = match self {
            Self::Bytes => return write!(out, "{}", entry.bytes),
            Self::Duration => return write!(out, "{:.6}", entry.duration_ms / 1_000.0),
            Self::DurationMs => return write!(out, "{:.3}", entry.duration_ms),
            Self::Time => return moment.write_apache(out),
            Self::Timestamp => return moment.write_rfc3339(out),
            Self::Status => match entry.status {
                Some(status) => return write!(out, "{status}"),
                None => None,
            },
            Self::Cut => entry.cut.then_some("cut"),
            Self::Client => Some(&*entry.client),
            Self::Peer => Some(&*entry.peer),
            Self::Method => entry.method.as_deref(),
            Self::Url => url,
            Self::Path => split().map(|(path, _)| path),
            Self::Query => split().map(|(_, query)| query),
            Self::Version => entry.version.as_deref(),
            Self::UserAgent => entry.user_agent.as_deref(),
            Self::Referer => entry.referer.as_deref(),
            Self::RequestId => entry.request_id.as_deref(),
            Self::TraceId => entry.trace_id.as_deref(),
        };
        out.write_str(text.filter(|text| !text.is_empty()).unwrap_or("-"))
    }
}

fn parse(format: &str) -> Result<Vec<Part>, InvalidFormat> {
    if format.chars().any(|character| character.is_control() && character != '\t') {
        return Err(InvalidFormat::ControlCharacter);
    }
    let (mut parts, mut text, mut rest) = (Vec::new(), String::new(), format);
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        if let Some(after) = from.strip_prefix("{{").or_else(|| from.strip_prefix("}}")) {
            text.push_str(&from[..1]);
            rest = after;
            continue;
        }
        let name = from.strip_prefix('{').and_then(|name| name.split_once('}'));
        let (name, after) = name.ok_or(InvalidFormat::StrayBrace)?;
        let field = FIELDS.iter().find(|(known, _)| *known == name);
        let (_, field) = field.ok_or_else(|| InvalidFormat::UnknownField(name.to_owned()))?;
        if !text.is_empty() {
            parts.push(Part::Text(std::mem::take(&mut text)));
        }
        parts.push(Part::Field(*field));
        rest = after;
    }
    text.push_str(rest);
    if !text.is_empty() {
        parts.push(Part::Text(text));
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn line(format: &str, entry: &AccessEntry<'_>) -> Result<String, InvalidFormat> {
        let config = Config { access_log_format: format.to_owned(), ..Config::default() };
        let (format, mut line) = (AccessFormat::of(&config)?, String::new());
        let at = UNIX_EPOCH + Duration::from_secs(784_111_777) + Duration::from_micros(42);
        format.write(entry, &mut line, at).unwrap();
        Ok(line)
    }

    #[test]
    fn each_field_has_a_name() {
        let entry = AccessEntry::full();
        for (format, expected) in [
            ("{client} {peer}", "192.0.2.1 127.0.0.1:9"),
            ("{method} {url} {path} {query} {version}", r"GET /a?b=\x22 /a b=\x22 HTTP/1.1"),
            ("{status}/{bytes}", "200/5"),
            ("{duration} {duration_ms}", "0.001250 1.250"),
            ("{user_agent}|{referer}", "Test/1|http://a/"),
            ("{request_id}\t{trace_id}\t{cut}", "a-1\t4bf9\tcut"),
            ("[{time}] {timestamp}", "[06/Nov/1994:08:49:37 +0000] 1994-11-06T08:49:37.000042Z"),
            ("{{{status}}} {{}}", "{200} {}"),
            ("nothing", "nothing"),
        ] {
            assert_eq!(line(format, &entry).unwrap(), expected, "{format}");
        }
    }

    #[test]
    fn what_is_missing_is_a_dash() {
        let missing = AccessEntry::default();
        for (name, _) in FIELDS {
            let expected = match name {
                "bytes" => "0",
                "duration" => "0.000000",
                "duration_ms" => "0.000",
                "time" | "timestamp" => continue,
                _ => "-",
            };
            assert_eq!(line(&format!("{{{name}}}"), &missing).unwrap(), expected, "{name}");
        }
    }

    #[test]
    fn mistakes_are_refused_and_name_what_would_be_right() {
        let entry = AccessEntry::default();
        let unknown = line("{status} {statuss}", &entry).unwrap_err();
        assert_eq!(unknown, InvalidFormat::UnknownField("statuss".to_owned()));
        assert!(unknown.to_string().contains("bytes, client, cut"), "{unknown}");
        for format in ["{", "}", "a{status", "{status}}", "{{}"] {
            assert_eq!(line(format, &entry), Err(InvalidFormat::StrayBrace), "{format}");
        }
        for format in ["a\nb", "\r", "\u{1b}[2J", "\u{85}"] {
            assert_eq!(line(format, &entry), Err(InvalidFormat::ControlCharacter), "{format:?}");
        }
    }

    #[test]
    fn the_word_of_the_option_chooses_among_the_others() {
        let written = |access_log| {
            let (config, mut line) = (Config { access_log, ..Config::default() }, String::new());
            let entry = AccessEntry { client: "unix".into(), ..AccessEntry::default() };
            AccessFormat::of(&config).unwrap().write(&entry, &mut line, UNIX_EPOCH).unwrap();
            line
        };
        let combined = r#"unix - - [01/Jan/1970:00:00:00 +0000] "-" - 0 "-" "-""#;
        assert_eq!(written(AccessLog::Combined), combined);
        assert_eq!(written(AccessLog::Text), format!("{combined} 0.000ms"));
        assert!(
            written(AccessLog::Json).starts_with(r#"{"timestamp":"1970-01-01T00:00:00.000000Z""#)
        );
    }
}
