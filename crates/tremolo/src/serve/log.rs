//! The logger of [`run`](super::run()): lines on standard error, in the format of the
//! configuration.
//!
//! A program that has set up a subscriber of its own keeps it, and gets the same events.

use std::fmt;
use std::io::{self, IsTerminal};

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{
    DefaultFields, Format, FormatEvent, FormatFields, Full, Json, JsonFields, Writer, format,
};
use tracing_subscriber::fmt::{FmtContext, fmt};
use tracing_subscriber::registry::LookupSpan;
use tremolo_core::{AccessLog, Config, LogFormat, LogLevel};

use super::access::TARGET;
use crate::clock;

/// Sets up the logger, unless the program has one.
pub(super) fn init(config: &Config) {
    let level = match config.log_level {
        LogLevel::Off => LevelFilter::OFF,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let builder = fmt().with_ansi(io::stderr().is_terminal()).with_max_level(level);
    let builder = builder.with_writer(io::stderr);
    let access = Access::new(config.access_log);
    // Fails if there is a subscriber already.
    let _ = match config.log_fmt {
        LogFormat::Text => {
            let lines: Lines<Full> = Lines { others: format(), access };
            builder.fmt_fields(DefaultFields::new()).event_format(lines).try_init()
        }
        LogFormat::Json => {
            let others = format().json().with_current_span(false);
            builder.fmt_fields(JsonFields::new()).event_format(Lines { others, access }).try_init()
        }
    };
}

/// How each event becomes a line: those of the access log in a format of their own.
struct Lines<F> {
    others: Format<F>,
    access: Access,
}

struct Access {
    is_json: bool,
    json: Format<Json>,
}

impl Access {
    fn new(access_log: AccessLog) -> Self {
        let json = format().json().flatten_event(true).with_target(false);
        let json = json.with_current_span(false).with_span_list(false);
        Self { is_json: access_log == AccessLog::Json, json }
    }
}

impl<S, N, F> FormatEvent<S, N> for Lines<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    Format<F>: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        ctx: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        if event.metadata().target() != TARGET {
            return self.others.format_event(ctx, writer, event);
        }
        if self.access.is_json {
            return self.access.json.format_event(ctx, writer, event);
        }
        let mut line = Line::default();
        event.record(&mut line);
        writeln!(writer, "{line}")
    }
}

/// An event of the access log, for the combined format: client, time, request line, status, bytes,
/// from where, with what; and how long it took. Its text is escaped already.
#[derive(Debug, Default)]
struct Line {
    client: String,
    method: String,
    url: String,
    version: String,
    status: u64,
    bytes: u64,
    duration_ms: f64,
    referer: String,
    user_agent: String,
    request_id: String,
    cut: bool,
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "client" {
            self.client = format!("{value:?}");
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let text = match field.name() {
            "method" => &mut self.method,
            "url" => &mut self.url,
            "version" => &mut self.version,
            "referer" => &mut self.referer,
            "user_agent" => &mut self.user_agent,
            "request_id" => &mut self.request_id,
            _ => return,
        };
        value.clone_into(text);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "status" => self.status = value,
            "bytes" => self.bytes = value,
            _ => {}
        }
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if field.name() == "duration_ms" {
            self.duration_ms = value;
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        if field.name() == "cut" {
            self.cut = value;
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `Sun, 06 Nov 1994 08:49:37 GMT` in the order of this format.
        let now = clock::now();
        let date = String::from_utf8_lossy(now.date.as_bytes());
        let (day, month, year, time) = (&date[5..7], &date[8..11], &date[12..16], &date[17..25]);
        write!(f, "{} - - [{day}/{month}/{year}:{time} +0000] \"", self.client)?;
        match (&*self.method, &*self.url, &*self.version) {
            ("", ..) => f.write_str("-")?,
            (method, url, version) => write!(f, "{method} {url} {version}")?,
        }
        match self.status {
            0 => f.write_str("\" -")?,
            status => write!(f, "\" {status}")?,
        }
        let (referer, user_agent) = (or_dash(&self.referer), or_dash(&self.user_agent));
        let (bytes, duration) = (self.bytes, self.duration_ms);
        write!(f, " {bytes} \"{referer}\" \"{user_agent}\" {duration:.3}ms")?;
        if !self.request_id.is_empty() {
            write!(f, " id={}", self.request_id)?;
        }
        if self.cut { f.write_str(" cut") } else { Ok(()) }
    }
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}
