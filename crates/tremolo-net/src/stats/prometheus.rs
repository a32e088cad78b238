//! Reports for Prometheus: the text format 0.0.4, and OpenMetrics 1.0.0.

use std::fmt::Write as _;
use std::time::Duration;

use tremolo_core::http1::fields::Fields;
use tremolo_core::negotiation::names_media_type;

use super::report::Stats;
use super::table::{BOUNDS, FAMILIES, Family, Kind};

/// The format of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricsFormat {
    /// The text format of Prometheus, version 0.0.4.
    Prometheus,
    /// OpenMetrics, version 1.0.0.
    OpenMetrics,
}

impl MetricsFormat {
    /// The format of a response: OpenMetrics for clients whose `Accept` names it.
    #[must_use]
    pub fn preferred(request: Fields<'_>) -> Self {
        let accept = request.get_all("accept");
        if names_media_type(accept, b"application/openmetrics-text") {
            Self::OpenMetrics
        } else {
            Self::Prometheus
        }
    }

    /// The media type of a report, with its version.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

impl Stats {
    /// A report for Prometheus. Its media type is that of the format.
    ///
    /// ```
    /// use tremolo_net::{MetricsFormat, Stats};
    ///
    /// let report = Stats::default().report(MetricsFormat::Prometheus);
    /// assert!(report.contains("\ntremolo_http_requests_total{class=\"2xx\"} 0\n"));
    /// ```
    #[must_use]
    pub fn report(&self, format: MetricsFormat) -> String {
        let mut out = String::with_capacity(LENGTH);
        for family in FAMILIES {
            write_family(&mut out, self, family, format);
        }
        if format == MetricsFormat::OpenMetrics {
            out.push_str("# EOF\n");
        }
        out
    }
}

fn write_family(out: &mut String, stats: &Stats, family: &Family, format: MetricsFormat) {
    let Family { name, about, kind } = family;
    let (word, suffix) = match kind {
        Kind::Counter(_) | Kind::Counters(..) => ("counter", "_total"),
        Kind::Gauge { .. } | Kind::Idle => ("gauge", ""),
        Kind::Summary { .. } => ("summary", ""),
        Kind::Histogram { .. } => ("histogram", ""),
    };
    // In OpenMetrics the suffix of a counter belongs to the sample, and not to the name.
    let head = if format == MetricsFormat::OpenMetrics { "" } else { suffix };
    push(out, format_args!("# HELP {PREFIX}{name}{head} {about}\n"));
    push(out, format_args!("# TYPE {PREFIX}{name}{head} {word}\n"));
    match *kind {
        Kind::Counter(place) => {
            push(out, format_args!("{PREFIX}{name}{suffix} {}\n", stats.at(place)));
        }
        Kind::Gauge { begun, ended } => {
            push(out, format_args!("{PREFIX}{name} {}\n", stats.difference(begun, ended)));
        }
        Kind::Idle => push(out, format_args!("{PREFIX}{name} {}\n", stats.connections_idle())),
        Kind::Counters(place, label, values) => {
            for (value, count) in stats.labelled(place, values) {
                push(out, format_args!("{PREFIX}{name}{suffix}{{{label}=\"{value}\"}} {count}\n"));
            }
        }
        Kind::Summary { count, sum } => {
            write_sum(out, name, stats.at(count), stats.at(sum));
        }
        Kind::Histogram { buckets, sum } => {
            let mut count = 0;
            let bounds = BOUNDS.iter().map(|(_, seconds)| *seconds).chain(["+Inf"]);
            for (bound, number) in bounds.zip(stats.buckets(buckets)) {
                count += number;
                push(out, format_args!("{PREFIX}{name}_bucket{{le=\"{bound}\"}} {count}\n"));
            }
            write_sum(out, name, count, stats.at(sum));
        }
    }
}

fn write_sum(out: &mut String, name: &str, count: u64, nanoseconds: u64) {
    let seconds = Duration::from_nanos(nanoseconds).as_secs_f64();
    push(out, format_args!("{PREFIX}{name}_sum {seconds:?}\n{PREFIX}{name}_count {count}\n"));
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing into a string does not fail.
    let _ = out.write_fmt(text);
}

const PREFIX: &str = "tremolo_";

/// Bytes of a report, nearly.
const LENGTH: usize = 6 << 10;
