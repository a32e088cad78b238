//! Medians, ratios to the base, and the three forms of the report.
//!
//! A ratio is the median of the ratios of each round, so that what disturbs a round disturbs
//! both of its sides.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::load::SCENARIOS;
use crate::measure::Sample;

const COLUMNS: [&str; 13] = [
    "peer",
    "req/s",
    "CPU µs",
    "±%",
    "user µs",
    "system µs",
    "p50 µs",
    "p99 µs",
    "errors",
    "RSS KiB",
    "others %",
    "CPU ×",
    "user ×",
];

/// One peer under one scenario: a sample per round.
pub(crate) struct Series {
    pub(crate) scenario: &'static str,
    pub(crate) peer: String,
    pub(crate) samples: Vec<Sample>,
}

/// Everything measured, and how.
pub(crate) struct Report {
    pub(crate) method: String,
    pub(crate) base: String,
    pub(crate) series: Vec<Series>,
}

impl Series {
    fn median(&self, figure: impl Fn(&Sample) -> f64) -> f64 {
        median(self.samples.iter().map(figure).collect())
    }

    fn median_of_known(&self, figure: impl Fn(&Sample) -> Option<f64>) -> Option<f64> {
        let known: Vec<_> = self.samples.iter().filter_map(figure).collect();
        (!known.is_empty()).then(|| median(known))
    }

    fn ratio(&self, base: Option<&Self>, figure: impl Fn(&Sample) -> f64) -> Option<f64> {
        let pairs = self.samples.iter().zip(&base?.samples);
        Some(median(pairs.map(|(ours, base)| figure(ours) / figure(base)).collect()))
    }

    /// Half the distance between the cheapest and the dearest round, in percent of the median.
    fn spread(&self) -> f64 {
        let values = || self.samples.iter().map(|sample| sample.cpu);
        let (low, high) = (values().fold(f64::MAX, f64::min), values().fold(0.0, f64::max));
        50.0 * (high - low) / self.median(|sample| sample.cpu)
    }

    /// The most disturbed round's part of others: a median would hide it.
    fn others(&self) -> Option<f64> {
        self.samples.iter().filter_map(|sample| sample.others).reduce(f64::max)
    }

    fn errors(&self) -> u64 {
        self.samples.iter().map(|sample| sample.errors).sum()
    }

    fn row(&self, base: Option<&Self>) -> [String; COLUMNS.len()] {
        let known = |figure: Option<f64>, digits: usize| {
            figure.map_or_else(|| "–".to_owned(), |value| format!("{value:.digits$}"))
        };
        [
            self.peer.clone(),
            format!("{:.0}", self.median(|sample| sample.requests_per_second)),
            format!("{:.3}", self.median(|sample| sample.cpu)),
            format!("{:.1}", self.spread()),
            format!("{:.3}", self.median(|sample| sample.user)),
            format!("{:.3}", self.median(|sample| sample.system)),
            known(self.median_of_known(|sample| Some(sample.latency?.0 as f64)), 0),
            known(self.median_of_known(|sample| Some(sample.latency?.1 as f64)), 0),
            self.errors().to_string(),
            format!("{:.0}", self.median(|sample| sample.rss as f64)),
            known(self.others().map(|part| 100.0 * part), 1),
            known(self.ratio(base, |sample| sample.cpu), 2),
            known(self.ratio(base, |sample| sample.user), 2),
        ]
    }

    fn json(&self, base: Option<&Self>) -> Value {
        json!({
            "scenario": self.scenario,
            "peer": self.peer,
            "median": {
                "requests_per_second": self.median(|sample| sample.requests_per_second),
                "cpu_us": self.median(|sample| sample.cpu),
                "user_us": self.median(|sample| sample.user),
                "system_us": self.median(|sample| sample.system),
                "p50_us": self.median_of_known(|sample| Some(sample.latency?.0 as f64)),
                "p99_us": self.median_of_known(|sample| Some(sample.latency?.1 as f64)),
                "peak_rss_kib": self.median(|sample| sample.rss as f64),
            },
            "errors": self.errors(),
            "ratio": {
                "requests_per_second": self.ratio(base, |sample| sample.requests_per_second),
                "cpu": self.ratio(base, |sample| sample.cpu),
                "user": self.ratio(base, |sample| sample.user),
            },
            "rounds": self.samples.iter().map(sample_json).collect::<Vec<_>>(),
        })
    }
}

fn sample_json(sample: &Sample) -> Value {
    json!({
        "requests_per_second": sample.requests_per_second,
        "cpu_us": sample.cpu,
        "user_us": sample.user,
        "system_us": sample.system,
        "p50_us": sample.latency.map(|(median, _)| median),
        "p99_us": sample.latency.map(|(_, high)| high),
        "errors": sample.errors,
        "peak_rss_kib": sample.rss,
        "others": sample.others,
    })
}

impl Report {
    /// The table for a terminal: columns aligned, names to the left.
    pub(crate) fn table(&self) -> String {
        let mut out = format!("{}\n", self.method);
        for (title, rows) in self.sections() {
            let widths: [usize; COLUMNS.len()] = std::array::from_fn(|column| {
                let cells = rows.iter().map(|row| row[column].chars().count());
                cells.chain([COLUMNS[column].chars().count()]).max().unwrap_or(0)
            });
            let _ = writeln!(out, "\n{title}");
            for row in std::iter::once(&COLUMNS.map(str::to_owned)).chain(&rows) {
                let mut line = format!("{:<1$}", row[0], widths[0]);
                for (cell, width) in row.iter().zip(widths).skip(1) {
                    let _ = write!(line, "  {cell:>width$}");
                }
                out.push_str(&line);
                out.push('\n');
            }
        }
        out
    }

    /// The same as Markdown.
    pub(crate) fn markdown(&self) -> String {
        let mut out = format!("{}\n", self.method);
        for (title, rows) in self.sections() {
            let _ = writeln!(out, "\n{title}\n\n| {} |", COLUMNS.join(" | "));
            let _ = writeln!(out, "| --- |{}", " ---: |".repeat(COLUMNS.len() - 1));
            for row in rows {
                let _ = writeln!(out, "| {} |", row.join(" | "));
            }
        }
        out
    }

    /// The same for programs, every round included.
    pub(crate) fn json(&self) -> Value {
        let series = self.series.iter().map(|series| series.json(self.base_of(series)));
        json!({ "method": self.method, "base": self.base, "series": series.collect::<Vec<_>>() })
    }

    fn sections(&self) -> Vec<(String, Vec<[String; COLUMNS.len()]>)> {
        let mut sections = Vec::new();
        for scenario in &SCENARIOS {
            let series = self.series.iter().filter(|series| series.scenario == scenario.name);
            let rows: Vec<_> = series.map(|series| series.row(self.base_of(series))).collect();
            if !rows.is_empty() {
                let title = format!("{}: {} (× {})", scenario.name, scenario.what, self.base);
                sections.push((title, rows));
            }
        }
        sections
    }

    fn base_of(&self, series: &Series) -> Option<&Series> {
        let same = |other: &&Series| other.scenario == series.scenario && other.peer == self.base;
        self.series.iter().find(same)
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        len if len % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(peer: &str, cpu: &[f64]) -> Series {
        let sample = |&cpu: &f64| Sample {
            requests_per_second: 1.0,
            cpu,
            user: cpu / 2.0,
            system: cpu / 2.0,
            errors: 1,
            latency: None,
            rss: 1,
            others: Some(cpu / 100.0),
        };
        let samples = cpu.iter().map(sample).collect();
        Series { scenario: SCENARIOS[0].name, peer: peer.to_owned(), samples }
    }

    #[test]
    fn the_median_of_an_even_number_lies_between_the_middle_two() {
        assert_eq!(median(vec![9.0, 1.0, 4.0]), 4.0);
        assert_eq!(median(vec![9.0, 1.0, 4.0, 2.0]), 3.0);
    }

    #[test]
    fn ratios_are_taken_round_by_round() {
        let (ours, base) = (series("ours", &[1.0, 8.0, 3.0]), series("base", &[2.0, 4.0, 6.0]));
        assert_eq!(ours.ratio(Some(&base), |sample| sample.cpu), Some(0.5));
        assert_eq!(ours.ratio(None, |sample| sample.cpu), None);
    }

    #[test]
    fn one_disturbed_round_shows() {
        let series = series("ours", &[1.0, 50.0, 1.0]);
        assert_eq!(series.others(), Some(0.5));
        assert_eq!(series.errors(), 3);
        assert_eq!(series.spread(), 2450.0);
    }

    #[test]
    fn a_missing_figure_is_a_dash_in_the_table() {
        let report = Report {
            method: String::new(),
            base: "absent".to_owned(),
            series: vec![series("ours", &[2.0])],
        };
        let table = report.table();
        let row = table.lines().find(|line| line.starts_with("ours")).unwrap();
        assert_eq!(row.split_whitespace().filter(|cell| *cell == "–").count(), 4);
    }
}
