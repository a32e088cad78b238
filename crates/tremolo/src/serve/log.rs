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
    DefaultFields, Format, FormatEvent, FormatFields, Full, JsonFields, Writer, format,
};
use tracing_subscriber::fmt::{FmtContext, fmt};
use tracing_subscriber::registry::LookupSpan;
use tremolo_core::{Config, LogFormat, LogLevel};
use tremolo_net::{AccessEntry, AccessFormat};

use super::access::TARGET;
use crate::clock;

/// Sets up the logger, unless the program has one.
pub(super) fn init(config: &Config, access: &AccessFormat) {
    let level = match config.log_level {
        LogLevel::Off => LevelFilter::OFF,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let builder = fmt().with_ansi(io::stderr().is_terminal()).with_max_level(level);
    // It would report a line that cannot be written to the same standard error, and panic when that
    // fails too: a server must live on with a full disk.
    let builder = builder.with_writer(io::stderr).log_internal_errors(false);
    // Fails if there is a subscriber already.
    let _ = match config.log_fmt {
        LogFormat::Text => {
            let lines: Lines<Full> = Lines { others: format(), access: access.clone() };
            builder.fmt_fields(DefaultFields::new()).event_format(lines).try_init()
        }
        LogFormat::Json => {
            let others = format().json().with_current_span(false);
            builder
                .fmt_fields(JsonFields::new())
                .event_format(Lines { others, access: access.clone() })
                .try_init()
        }
    };
}

/// How each event becomes a line: those of the access log in a format of their own.
struct Lines<F> {
    others: Format<F>,
    access: AccessFormat,
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
        let mut fields = Fields::default();
        event.record(&mut fields);
        let Fields(entry) = fields;
        self.access.write(&entry, &mut writer, clock::wall())?;
        writeln!(writer)
    }
}

/// The fields of an event of the access log; they are escaped already.
#[derive(Debug, Default)]
struct Fields(AccessEntry<'static>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let text = match field.name() {
            "client" => &mut self.0.client,
            "peer" => &mut self.0.peer,
            _ => return,
        };
        *text = format!("{value:?}").into();
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let entry = &mut self.0;
        let text = match field.name() {
            "method" => &mut entry.method,
            "url" => &mut entry.url,
            "version" => &mut entry.version,
            "referer" => &mut entry.referer,
            "user_agent" => &mut entry.user_agent,
            "request_id" => &mut entry.request_id,
            "trace_id" => &mut entry.trace_id,
            _ => return,
        };
        *text = Some(value.to_owned().into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "status" => self.0.status = u16::try_from(value).ok(),
            "bytes" => self.0.bytes = value,
            _ => {}
        }
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if field.name() == "duration_ms" {
            self.0.duration_ms = value;
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        if field.name() == "cut" {
            self.0.cut = value;
        }
    }
}
