//! The report as JSON: every round, in seconds and bytes.

use serde_json::{Map, Value, json};

use super::{Report, Series, Table};
use crate::sample::{Measure, Sample};
use crate::scenarios::Unit;

impl Report {
    pub(crate) fn json(&self) -> Value {
        json!({
            "machine": self.machine.json(),
            "method": self.method,
            "command": self.command,
            "tables": self.tables.iter().map(Table::json).collect::<Vec<_>>(),
            "marks": self.marks(),
            "notes": self.notes,
        })
    }
}

impl Table {
    fn json(&self) -> Value {
        json!({
            "scenario": self.contest.scenario.name,
            "what": self.contest.scenario.what,
            "set": self.set(),
            "per": self.unit().name(),
            "base": self.contest.base,
            "ours": self.contest.ours,
            "peers": self.series.iter().map(|series| self.peer(series)).collect::<Vec<_>>(),
        })
    }

    fn peer(&self, series: &Series) -> Value {
        let ratio = |over: Option<&Series>, under: Option<&Series>| {
            figures(|measure| over?.ratio(under?, measure))
        };
        json!({
            "peer": series.peer,
            "median": figures(|measure| series.median(measure)),
            "errors": series.errors(),
            "to_base": ratio(Some(series), self.base()),
            "ours_to_it": ratio(self.ours(), Some(series)),
            "rounds": series.samples.iter().map(round).collect::<Vec<_>>(),
        })
    }
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Self::Request | Self::Busy | Self::Beside | Self::Call => "request",
            Self::Message => "message",
            Self::Gib => "GiB",
            Self::Rate => "byte",
            Self::Client => "client",
            Self::Stall | Self::Connection | Self::Crowd => "connection",
        }
    }
}

fn round(sample: &Sample) -> Value {
    let mut round = figures(|measure| sample.figure(measure));
    round.insert("errors".to_owned(), sample.errors.into());
    if !sample.calls.is_empty() {
        let calls = sample.calls.iter().map(|(name, count)| (name.clone(), json!(count)));
        round.insert("calls_by_name".to_owned(), Value::Object(calls.collect()));
    }
    Value::Object(round)
}

/// The figures that were measured.
fn figures(figure: impl Fn(Measure) -> Option<f64>) -> Map<String, Value> {
    let known = |measure: Measure| Some((measure.name().to_owned(), json!(figure(measure)?)));
    Measure::ALL.into_iter().filter_map(known).collect()
}
