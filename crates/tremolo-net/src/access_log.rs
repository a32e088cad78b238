//! The access log: an exchange that is over, as a line of text or of JSON. All fronts write these
//! lines; how a line leaves the process is decided by the front.
//!
//! Bytes of a client are escaped, so that no client can forge a line.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tremolo_core::http1::request::Version;
use tremolo_core::http1::response::DateLine;
use tremolo_core::{Config, Finished, TraceParent, escape_bytes};

use crate::Peer;

/// The fields of an exchange in the access log.
///
/// ```
/// use tremolo_core::http1::response::DateLine;
/// use tremolo_net::AccessEntry;
///
/// let entry = AccessEntry {
///     client: "192.0.2.1".into(),
///     method: Some("GET".into()),
///     url: Some("/a?b".into()),
///     version: Some("HTTP/1.1".into()),
///     status: Some(200),
///     bytes: 5,
///     duration_ms: 1.25,
///     ..AccessEntry::default()
/// };
/// let mut line = String::new();
/// entry.write_text(&mut line, &DateLine::from_unix(784_111_777))?;
/// assert_eq!(
///     line,
///     r#"192.0.2.1 - - [06/Nov/1994:08:49:37 +0000] "GET /a?b HTTP/1.1" 200 5 "-" "-" 1.250ms"#,
/// );
/// # Ok::<(), std::fmt::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AccessEntry<'a> {
    /// The address of the client, also behind trusted proxies; `unix` if it has none.
    pub client: Cow<'a, str>,
    /// The address and port of the peer of the connection.
    pub peer: Cow<'a, str>,
    /// The method; `None`, as the URL and the version, if the request head was at fault.
    pub method: Option<Cow<'a, str>>,
    /// The target as it was sent, escaped.
    pub url: Option<Cow<'a, str>>,
    /// `HTTP/1.0` or `HTTP/1.1`.
    pub version: Option<Cow<'a, str>>,
    /// The status; `None` if no head was sent.
    pub status: Option<u16>,
    /// Bytes of the response body, without its coding.
    pub bytes: u64,
    /// Milliseconds from the complete request head to the end of the response.
    pub duration_ms: f64,
    /// `User-Agent`, escaped.
    pub user_agent: Option<Cow<'a, str>>,
    /// `Referer`, escaped.
    pub referer: Option<Cow<'a, str>>,
    /// The identifier of the request, if the application has set one, escaped.
    pub request_id: Option<Cow<'a, str>>,
    /// The identifier of the trace in `traceparent`, if it is valid.
    pub trace_id: Option<Cow<'a, str>>,
    /// Whether the response ended before it was complete.
    pub cut: bool,
}

impl<'a> AccessEntry<'a> {
    /// The entry of an exchange that took so long.
    #[must_use]
    pub fn new(finished: &'a Finished, config: &Config, peer: Peer, took: Duration) -> Self {
        let head = finished.head.as_deref();
        let client = match head {
            Some(head) => head.fields().client(peer.ip(), config.into()).ip,
            None => peer.ip().map(|ip| ip.to_canonical()),
        };
        let field = |name| Some(escape_bytes(head?.fields().get(name)?));
        Self {
            client: client.map_or(Cow::Borrowed("unix"), |ip| ip.to_string().into()),
            peer: peer.to_string().into(),
            method: head.map(|head| head.method().as_str().into()),
            url: head.map(|head| escape_bytes(head.url())),
            version: head.map(|head| {
                Cow::Borrowed(match head.version() {
                    Version::Http10 => "HTTP/1.0",
                    Version::Http11 => "HTTP/1.1",
                })
            }),
            status: finished.status,
            bytes: finished.body_bytes,
            duration_ms: took.as_micros() as f64 / 1_000.0,
            user_agent: field("user-agent"),
            referer: field("referer"),
            request_id: finished.request_id.as_deref().map(|id| escape_bytes(id.as_bytes())),
            trace_id: head
                .and_then(|head| TraceParent::of(head.fields()))
                .map(|parent| parent.trace_id().to_string().into()),
            cut: finished.cut,
        }
    }

    /// Writes the line in the combined format of Apache and nginx: client, time, request line,
    /// status, bytes, referrer, user agent. It has no line end.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn write_combined(&self, out: &mut dyn fmt::Write, date: &DateLine) -> fmt::Result {
        write!(out, "{} - - [", self.client)?;
        write_apache_time(out, date)?;
        out.write_str("] \"")?;
        match (&self.method, &self.url, &self.version) {
            (Some(method), Some(url), Some(version)) => write!(out, "{method} {url} {version}")?,
            _ => out.write_str("-")?,
        }
        match self.status {
            Some(status) => write!(out, "\" {status}")?,
            None => out.write_str("\" -")?,
        }
        let (referer, user_agent) = (or_dash(&self.referer), or_dash(&self.user_agent));
        write!(out, " {} \"{referer}\" \"{user_agent}\"", self.bytes)
    }

    /// Writes the combined line, followed by the duration, the identifier of the request and `cut`.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn write_text(&self, out: &mut dyn fmt::Write, date: &DateLine) -> fmt::Result {
        self.write_combined(out, date)?;
        write!(out, " {:.3}ms", self.duration_ms)?;
        if let Some(id) = &self.request_id {
            write!(out, " id={id}")?;
        }
        if self.cut { out.write_str(" cut") } else { Ok(()) }
    }

    /// Writes the entry as a JSON object in one line: `timestamp` (RFC 3339), `level`, and the
    /// fields of this type. A field without a value is left out.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn write_json(&self, out: &mut dyn fmt::Write, at: SystemTime) -> fmt::Result {
        out.write_str("{\"timestamp\":\"")?;
        Moment::new(at).write_rfc3339(out)?;
        out.write_str("\",\"level\":\"INFO\"")?;
        write_member(out, "client", Some(&self.client))?;
        write_member(out, "peer", Some(&self.peer))?;
        write_member(out, "method", self.method.as_deref())?;
        write_member(out, "url", self.url.as_deref())?;
        write_member(out, "version", self.version.as_deref())?;
        if let Some(status) = self.status {
            write!(out, ",\"status\":{status}")?;
        }
        // `Debug` of a number always has a decimal point.
        write!(out, ",\"bytes\":{},\"duration_ms\":{:?}", self.bytes, self.duration_ms)?;
        write_member(out, "user_agent", self.user_agent.as_deref())?;
        write_member(out, "referer", self.referer.as_deref())?;
        write_member(out, "request_id", self.request_id.as_deref())?;
        write_member(out, "trace_id", self.trace_id.as_deref())?;
        write!(out, ",\"cut\":{}}}", self.cut)
    }
}

/// A moment, as lines show it.
pub(crate) struct Moment {
    pub(crate) date: DateLine,
    micros: u32,
}

impl Moment {
    pub(crate) fn new(at: SystemTime) -> Self {
        let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { date: DateLine::from_unix(since.as_secs()), micros: since.subsec_micros() }
    }

    /// `06/Nov/1994:08:49:37 +0000`.
    pub(crate) fn write_apache(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        write_apache_time(out, &self.date)
    }

    /// `1994-11-06T08:49:37.000000Z` (RFC 3339).
    pub(crate) fn write_rfc3339(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let (year, month, day, time) = parts_of(&self.date);
        let month = MONTHS.iter().position(|name| *name == month).unwrap_or(0) + 1;
        write!(out, "{year}-{month:02}-{day}T{time}.{:06}Z", self.micros)
    }
}

fn write_apache_time(out: &mut dyn fmt::Write, date: &DateLine) -> fmt::Result {
    let (year, month, day, time) = parts_of(date);
    write!(out, "{day}/{month}/{year}:{time} +0000")
}

fn or_dash<'a>(text: &'a Option<Cow<'_, str>>) -> &'a str {
    text.as_deref().filter(|text| !text.is_empty()).unwrap_or("-")
}

/// Year, month, day and time of an IMF-fixdate: `Sun, 06 Nov 1994 08:49:37 GMT`.
fn parts_of(date: &DateLine) -> (&str, &str, &str, &str) {
    let part = |range: Range<usize>| {
        date.as_bytes().get(range).and_then(|part| str::from_utf8(part).ok()).unwrap_or_default()
    };
    (part(12..16), part(8..11), part(5..7), part(17..25))
}

/// A member of a JSON object with a text as its value, if it has one (RFC 8259, section 7).
fn write_member(out: &mut dyn fmt::Write, name: &str, value: Option<&str>) -> fmt::Result {
    let Some(value) = value else { return Ok(()) };
    write!(out, ",\"{name}\":\"")?;
    for character in value.chars() {
        match character {
            '"' | '\\' => write!(out, "\\{character}")?,
            character if character.is_control() => {
                write!(out, "\\u{:04x}", u32::from(character))?;
            }
            character => out.write_char(character)?,
        }
    }
    out.write_char('"')
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: u64 = 784_111_777;

    fn text(entry: &AccessEntry<'_>) -> String {
        let mut line = String::new();
        entry.write_text(&mut line, &DateLine::from_unix(DATE)).unwrap();
        line
    }

    fn json(entry: &AccessEntry<'_>, micros: u64) -> String {
        let mut line = String::new();
        let at = UNIX_EPOCH + Duration::from_secs(DATE) + Duration::from_micros(micros);
        entry.write_json(&mut line, at).unwrap();
        line
    }

    impl AccessEntry<'static> {
        /// An entry with all fields, for all tests of this crate.
        pub(crate) fn full() -> Self {
            Self {
                client: "192.0.2.1".into(),
                peer: "127.0.0.1:9".into(),
                method: Some("GET".into()),
                url: Some(r"/a?b=\x22".into()),
                version: Some("HTTP/1.1".into()),
                status: Some(200),
                bytes: 5,
                duration_ms: 1.25,
                user_agent: Some("Test/1".into()),
                referer: Some("http://a/".into()),
                request_id: Some("a-1".into()),
                trace_id: Some("4bf9".into()),
                cut: true,
            }
        }
    }

    #[test]
    fn the_line_has_a_dash_for_what_is_missing() {
        let date = "[06/Nov/1994:08:49:37 +0000]";
        assert_eq!(
            text(&AccessEntry::full()),
            format!(
                r#"192.0.2.1 - - {date} "GET /a?b=\x22 HTTP/1.1" 200 5 "http://a/" "Test/1" 1.250ms id=a-1 cut"#
            )
        );
        let fault = AccessEntry { client: "unix".into(), ..AccessEntry::default() };
        assert_eq!(text(&fault), format!(r#"unix - - {date} "-" - 0 "-" "-" 0.000ms"#));
    }

    #[test]
    fn json_leaves_out_what_is_missing() {
        assert_eq!(
            json(&AccessEntry::full(), 42),
            r#"{"timestamp":"1994-11-06T08:49:37.000042Z","level":"INFO","client":"192.0.2.1","#
                .to_owned()
                + r#""peer":"127.0.0.1:9","method":"GET","url":"/a?b=\\x22","version":"HTTP/1.1","#
                + r#""status":200,"bytes":5,"duration_ms":1.25,"user_agent":"Test/1","#
                + r#""referer":"http://a/","request_id":"a-1","trace_id":"4bf9","cut":true}"#
        );
        let fault =
            AccessEntry { client: "unix".into(), peer: "unix".into(), ..AccessEntry::default() };
        assert!(json(&fault, 0).ends_with(
            r#""client":"unix","peer":"unix","bytes":0,"duration_ms":0.0,"cut":false}"#
        ));
    }

    #[test]
    fn json_escapes_what_would_end_a_text() {
        let entry =
            AccessEntry { request_id: Some("a\"b\\c\n\u{85}".into()), ..AccessEntry::full() };
        assert!(json(&entry, 0).contains(r#""request_id":"a\"b\\c\u000a\u0085""#));
    }
}
