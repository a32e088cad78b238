//! The report: all measurements, and its output formats.

mod columns;
mod json;
mod machine;
mod marks;
mod readme;
mod series;
mod text;

pub(crate) use self::machine::Machine;
pub(crate) use self::series::Series;

use crate::plan::Contest;
use crate::scenarios::Unit;

/// A report. The rounds are added while they are measured.
pub(crate) struct Report {
    /// The method, in sentences.
    pub(crate) method: String,
    /// The command that repeats the run.
    pub(crate) command: String,
    pub(crate) machine: Machine,
    pub(crate) tables: Vec<Table>,
    /// What was not measured or failed, and why.
    pub(crate) notes: Vec<String>,
}

/// A contest and its results: a series for each peer, in the order of the peers.
pub(crate) struct Table {
    pub(crate) contest: Contest,
    pub(crate) series: Vec<Series>,
}

impl Table {
    pub(crate) fn new(contest: Contest) -> Self {
        let series = contest.peers.iter().map(|peer| Series::new(peer.name.clone())).collect();
        Self { contest, series }
    }

    fn unit(&self) -> Unit {
        self.contest.scenario.load.unit()
    }

    fn of(&self, peer: &str) -> Option<&Series> {
        self.series.iter().find(|series| series.peer == peer)
    }

    fn base(&self) -> Option<&Series> {
        self.of(&self.contest.base)
    }

    fn ours(&self) -> Option<&Series> {
        self.of(self.contest.ours.as_deref()?)
    }

    fn set(&self) -> &'static str {
        self.contest.set.map_or("chosen", |set| set.name)
    }

    fn title(&self) -> String {
        let scenario = self.contest.scenario;
        format!("{} ({} peers): {}", scenario.name, self.set(), scenario.what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Options;
    use crate::plan::Plan;
    use crate::sample::{Measure, Sample};

    /// A table in which each peer has one round with this figure.
    pub(super) fn table(words: &str, measure: Measure, values: &[f64]) -> Table {
        let options = Options::read(words.split_whitespace().map(str::to_owned)).unwrap();
        let mut table = Table::new(Plan::new(&options).unwrap().contests.remove(0));
        for (series, value) in table.series.iter_mut().zip(values) {
            series.samples.push(Sample::default().with(measure, *value));
        }
        table
    }

    fn report(table: Table) -> Report {
        let (method, command) = (String::new(), "cargo xtask bench".to_owned());
        let machine = Machine::read();
        Report { method, command, machine, tables: vec![table], notes: vec!["a note".to_owned()] }
    }

    #[test]
    fn a_missing_figure_is_a_dash() {
        let report = report(table("c64 --peers ours,hyper", Measure::Cpu, &[2e-6]));
        let text = report.text();
        let row = |name: &str| {
            let line = text.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace().filter(|cell| *cell == "–").count()
        };
        // All figures but the known time and the ratio of Tremolo to itself; and the errors.
        assert_eq!((row("ours"), row("hyper")), (10, 13));
        assert!(text.contains("note: a note"));
    }

    #[test]
    fn all_formats_show_the_same_ratio() {
        let report = report(table("c64 --peers ours,hyper", Measure::Cpu, &[2e-6, 3e-6]));
        let hyper = |text: &str| {
            let mut lines = text.lines().map(|line| line.trim_start_matches("| "));
            let line = lines.find(|line| line.starts_with("hyper ")).unwrap();
            line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
        };
        assert!(hyper(&report.text()).contains(&"0.67".to_owned()));
        assert!(hyper(&report.markdown()).contains(&"0.67".to_owned()));
        let json = report.json();
        assert_eq!(json["tables"][0]["peers"][1]["ours_to_it"]["cpu_s"], 2e-6 / 3e-6);
        assert_eq!(json["tables"][0]["peers"][1]["rounds"][0]["cpu_s"], 3e-6);
    }
}
