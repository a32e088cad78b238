//! The table of the README: a row per scenario, a column per peer, with the ratio of the peer to
//! Tremolo. It stands between two markers, and is always generated.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use super::columns::NOTHING;
use super::{Report, Table};
use crate::failure::failed;
use crate::sample::Measure;
use crate::scenarios::Unit;
use crate::sets::SETS;

const BEGIN: &str = "<!-- bench:begin -->";
const END: &str = "<!-- bench:end -->";

/// Scenarios that the README leaves out: no usual application has 10,000 routes, and
/// `two-workers` compares each server with itself.
const LEFT_OUT: [&str; 3] = ["routes", "patterns", "two-workers"];

impl Report {
    /// Writes the table into `file`, between the markers.
    pub(crate) fn write_readme(&self, file: &Path) -> io::Result<()> {
        let text = fs::read_to_string(file)?;
        let text = replace(&text, &self.readme())
            .ok_or_else(|| failed(format!("{} has no {BEGIN} … {END}", file.display())))?;
        fs::write(file, text)
    }

    fn readme(&self) -> String {
        let mut out = String::new();
        for set in &SETS {
            let tables: Vec<_> =
                self.tables.iter().filter(|table| table.set() == set.name).collect();
            let tables: Vec<_> = tables.into_iter().filter(|table| table.is_in_readme()).collect();
            let mut peers: Vec<&str> = Vec::new();
            for series in tables.iter().flat_map(|table| &table.series) {
                if series.peer != set.ours && !peers.contains(&series.peer.as_str()) {
                    peers.push(&series.peer);
                }
            }
            if peers.is_empty() {
                continue;
            }
            let _ = writeln!(out, "| scenario | {} | {} |", set.ours, peers.join(" | "));
            let _ = writeln!(out, "| --- | ---: |{}", " ---: |".repeat(peers.len()));
            for table in tables {
                let _ = writeln!(out, "{}", table.readme_row(&peers));
            }
            out.push('\n');
        }
        let _ = write!(out, "{}; `{}`.", self.machine.short(), self.command);
        out
    }
}

impl Table {
    /// Whether the README shows the table: a comparison of Tremolo with other peers, under a load
    /// that real servers have.
    fn is_in_readme(&self) -> bool {
        // A stalled client costs Tremolo almost no processor time: a ratio to that has no meaning.
        let has_meaning = !matches!(self.unit(), Unit::Call | Unit::Stall);
        let is_usual = !LEFT_OUT.contains(&self.contest.scenario.name);
        self.series.len() > 1 && self.ours().is_some() && has_meaning && is_usual
    }

    fn readme_row(&self, peers: &[&str]) -> String {
        let main = self.unit().main();
        let ours = self.ours().and_then(|ours| ours.median(main));
        let ours = ours.map_or_else(|| NOTHING.to_owned(), |value| self.unit().quantity(value));
        let mut row = format!("| `{}` | {ours} |", self.contest.scenario.name);
        for peer in peers {
            let ratio = self.of(peer).and_then(|peer| peer.ratio(self.ours()?, main));
            let cell = match ratio {
                Some(ratio) if ratio < 10.0 => format!("{ratio:.2}"),
                Some(ratio) => format!("{ratio:.0}"),
                // Empty if the peer was not measured, a dash if it failed.
                None if self.of(peer).is_some() => NOTHING.to_owned(),
                None => String::new(),
            };
            let _ = write!(row, " {cell} |");
        }
        row
    }
}

impl Unit {
    /// The main figure with its unit.
    fn quantity(self, value: f64) -> String {
        match (self, self.main()) {
            (Self::Request | Self::Busy | Self::Message, Measure::Cpu) => {
                format!("{:.1} µs", value * 1e6)
            }
            (Self::Gib, _) => format!("{value:.2} s/GiB"),
            (Self::Connection | Self::Crowd | Self::Client, _) => {
                format!("{:.1} KiB", value / 1024.0)
            }
            _ => format!("{value:.2}"),
        }
    }
}

/// `text` with `table` between the markers; `None` without markers.
fn replace(text: &str, table: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n\n{table}\n\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::table;

    #[test]
    fn a_row_has_the_ratio_of_each_peer() {
        let c64 = table("c64 --peers ours,hyper,null", Measure::Cpu, &[2e-6, 3e-6, 50e-6]);
        assert_eq!(c64.readme_row(&["hyper", "may", "null"]), "| `c64` | 2.0 µs | 1.50 |  | 25 |");
        let failed = table("idle --peers ours,hyper", Measure::Memory, &[2048.0]);
        assert_eq!(failed.readme_row(&["hyper"]), "| `idle` | 2.0 KiB | – |");
    }

    #[test]
    fn only_comparisons_under_usual_loads_are_shown() {
        let is_in_readme = |words: &str| table(words, Measure::Cpu, &[]).is_in_readme();
        assert!(is_in_readme("c64 --peers ours,hyper"));
        assert!(!is_in_readme("c64 --peers ours"));
        assert!(!is_in_readme("routes --peers ours,axum"));
        assert!(!is_in_readme("patterns --peers ours,axum"));
    }

    #[test]
    fn only_the_text_between_the_markers_changes() {
        let text = format!("before\n{BEGIN}\nold\n{END}\nafter\n");
        let new = replace(&text, "new").unwrap();
        assert_eq!(new, format!("before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"));
        assert_eq!(replace(&new, "new").unwrap(), new);
        assert_eq!(replace("no markers", "new"), None);
    }
}
