//! The targets: ratios and sizes that this project has set itself, and which of them are met.

use super::{Report, Table};
use crate::sample::Measure;

/// A target for a peer of Tremolo in one scenario.
struct Mark {
    scenario: &'static str,
    ours: &'static str,
    /// The peer to compare with; `None`: the figure itself is limited.
    other: Option<&'static str>,
    measure: Measure,
    /// The bounds of the figure, or of the ratio of Tremolo to the other peer.
    least: f64,
    most: f64,
}

const fn against(
    scenario: &'static str,
    ours: &'static str,
    other: &'static str,
    measure: Measure,
    most: f64,
) -> Mark {
    Mark { scenario, ours, other: Some(other), measure, least: 0.0, most }
}

const fn itself(
    scenario: &'static str,
    ours: &'static str,
    measure: Measure,
    least: f64,
    most: f64,
) -> Mark {
    Mark { scenario, ours, other: None, measure, least, most }
}

use Measure::{Calls, Cpu, CpuToFew, Memory, P99, Rate, SlowerP50, SlowerP99, User};

/// "Twice as good" means a ratio of 1/2.
const MARKS: &[Mark] = &[
    against("c64", "ours", "hyper", User, 0.7),
    against("c64", "ours", "null", Cpu, 1.15),
    against("p16", "ours", "hyper", Cpu, 0.9),
    itself("c512", "ours", CpuToFew, 0.0, 1.1),
    against("c512", "ours", "hyper", P99, 1.0),
    itself("c4096", "ours", CpuToFew, 0.0, 1.1),
    against("c4096", "ours", "hyper", P99, 1.0),
    against("short", "ours", "hyper", Cpu, 0.9),
    against("short", "ours", "nginx", Cpu, 1.0),
    against("short-close", "ours", "hyper", Cpu, 0.9),
    against("short-close", "ours", "nginx", Cpu, 1.0),
    // Requests per processor second: 0.95 of those of one worker.
    against("two-workers", "ours-two", "ours", Cpu, 1.0 / 0.95),
    itself("idle100k", "ours", SlowerP50, 0.0, 1.2),
    itself("idle100k", "ours", SlowerP99, 0.0, 1.2),
    against("browser", "ours", "hyper", User, 1.0 / 1.2),
    against("stream16", "ours", "hyper", Cpu, 1.0),
    against("stream64", "ours", "hyper", Cpu, 1.0),
    against("upload", "ours", "hyper", Cpu, 1.0),
    against("upload-chunked", "ours", "hyper", Cpu, 1.0),
    against("multipart", "ours", "multer", Cpu, 1.0 / 2.0),
    against("file", "ours", "nginx", Cpu, 1.0),
    against("tls-c64", "ours-tls", "axum-tls", Cpu, 1.0),
    // Handshakes per processor second: 0.9 of those of nginx.
    against("tls-handshakes", "ours-tls", "nginx-tls", Cpu, 1.0 / 0.9),
    itself("idle", "ours", Memory, 0.0, 2048.0),
    itself("syscalls", "ours", Calls, 0.0, 2.05),
    itself("rate", "ours", Rate, 0.95, 1.05),
    itself("beside-stream", "ours", P99, 0.0, 3.0),
    itself("beside-compressed", "ours", P99, 0.0, 3.0),
    itself("beside-upload", "ours", P99, 0.0, 3.0),
    itself("beside-file", "ours", P99, 0.0, 3.0),
    itself("beside-pipelines", "ours", P99, 0.0, 3.0),
    itself("beside-messages", "ours", P99, 0.0, 3.0),
    itself("beside-stream", "tremolo-uvloop", P99, 0.0, 3.0),
    itself("beside-upload", "tremolo-uvloop", P99, 0.0, 3.0),
    itself("beside-file", "tremolo-uvloop", P99, 0.0, 3.0),
    itself("beside-pipelines", "tremolo-uvloop", P99, 0.0, 3.0),
    itself("beside-messages", "tremolo-uvloop", P99, 0.0, 3.0),
    against("c64", "tremolo-asyncio", "null", Cpu, 1.35),
    against("c64", "tremolo-uvloop", "null", Cpu, 1.35),
    against("c64", "tremolo-uvloop", "granian-rsgi", Cpu, 1.0 / 2.1),
    against("c64", "tremolo-asyncio", "original-asyncio", Cpu, 1.0 / 8.0),
    against("c64", "tremolo-uvloop", "original-uvloop", Cpu, 1.0 / 8.0),
    against("p16", "tremolo-uvloop", "granian-rsgi", Cpu, 1.0 / 10.0),
    against("p16", "tremolo-uvloop", "socketify", Cpu, 1.0 / 3.0),
    against("yield", "tremolo-uvloop", "granian-rsgi", Cpu, 1.0 / 2.0),
    against("sleep", "tremolo-uvloop", "granian-rsgi", Cpu, 1.0 / 1.5),
    against("stream64", "tremolo-uvloop", "uvicorn", Cpu, 1.0),
    against("upload", "tremolo-uvloop", "granian-rsgi", Cpu, 1.0),
    against("ws64", "ours", "fastwebsockets", Cpu, 1.0),
    against("ws64-p16", "ours", "fastwebsockets", Cpu, 1.0),
    against("ws64-deflate", "ours", "yawc", Cpu, 1.0),
    against("ws64k", "ours", "fastwebsockets", Cpu, 1.0),
    against("ws64k-deflate", "ours", "yawc", Cpu, 1.0),
    against("broadcast", "ours", "axum", Cpu, 1.0 / 2.0),
    against("ws64", "tremolo-uvloop", "uvicorn", Cpu, 1.0 / 2.0),
    against("ws64", "tremolo-uvloop", "socketify", Cpu, 1.0),
    against("ws64-deflate", "tremolo-uvloop", "uvicorn", Cpu, 1.0 / 2.0),
    against("ws64-deflate", "tremolo-uvloop", "socketify", Cpu, 1.0),
    against("ws64k", "tremolo-uvloop", "uvicorn", Cpu, 1.0 / 2.0),
    against("ws64k", "tremolo-uvloop", "socketify", Cpu, 1.0),
    against("ws64k-deflate", "tremolo-uvloop", "uvicorn", Cpu, 1.0 / 2.0),
    against("ws64k-deflate", "tremolo-uvloop", "socketify", Cpu, 1.0),
    itself("slow", "tremolo-uvloop", Memory, 0.0, 8_388_608.0),
    against("c64", "tremolo-asgi", "uvicorn", Cpu, 1.0 / 3.0),
    against("c64", "tremolo-asgi-asyncio", "uvicorn-asyncio", Cpu, 1.0 / 3.0),
    against("c64", "tremolo-asgi", "granian-asgi", Cpu, 1.0 / 1.7),
    against("fastapi", "tremolo-asgi", "uvicorn", Cpu, 1.0 / 1.25),
    against("stream64", "tremolo-asgi", "uvicorn", Cpu, 1.0),
    against("stream64", "tremolo-asgi", "granian-asgi", Cpu, 1.0),
    against("upload", "tremolo-asgi", "uvicorn", Cpu, 1.0),
    against("upload", "tremolo-asgi", "granian-asgi", Cpu, 1.0),
    against("upload-chunked", "tremolo-asgi", "uvicorn", Cpu, 1.0),
    against("upload-chunked", "tremolo-asgi", "granian-asgi", Cpu, 1.0),
    against("ws64", "tremolo-asgi", "uvicorn", Cpu, 1.0),
    against("ws64", "tremolo-asgi", "granian-sockets", Cpu, 1.0),
    against("ws64k", "tremolo-asgi", "uvicorn", Cpu, 1.0),
    against("ws64k", "tremolo-asgi", "granian-sockets", Cpu, 1.0),
    against("file", "tremolo-asgi", "nginx", Cpu, 1.1),
    itself("slow", "tremolo-asgi", Memory, 0.0, 8_388_608.0),
    itself("syscalls", "tremolo-uvloop", Calls, 0.0, 2.05),
];

impl Report {
    /// A line for each target that this run measured.
    pub(super) fn marks(&self) -> Vec<String> {
        let marks = MARKS.iter();
        marks.flat_map(|mark| self.tables.iter().filter_map(|table| mark.judge(table))).collect()
    }
}

impl Mark {
    /// Whether the target is met in `table`, as a line; `None` if the table does not measure it.
    fn judge(&self, table: &Table) -> Option<String> {
        if table.contest.scenario.name != self.scenario {
            return None;
        }
        let ours = table.of(self.ours)?;
        let measure = self.measure;
        let (value, subject) = match self.other {
            Some(other) => {
                (ours.ratio(table.of(other)?, measure)?, format!("{} / {other}", self.ours))
            }
            None => (ours.median(measure)? * measure.scale(), self.ours.to_owned()),
        };
        // A limit of open files may have made the crowd smaller.
        let crowd = table.contest.scenario.load.crowd() as f64;
        let verdict = if ours.median(Measure::Clients).is_some_and(|clients| clients < crowd) {
            "skipped"
        } else if (self.least..=self.most).contains(&value) {
            "ok"
        } else {
            "missed"
        };
        let least =
            if self.least > 0.0 { format!("{:.2} ≤ ", self.least) } else { String::new() };
        let (scenario, word, most) = (self.scenario, self.word(), self.most);
        Some(format!(
            "{verdict:<7}  {scenario:<14}  {subject}: {least}{word} {value:.2} ≤ {most:.2}"
        ))
    }

    fn word(&self) -> &'static str {
        match (self.measure, self.other) {
            (P99, Some(_)) => "p99",
            (measure, _) => measure.word(),
        }
    }
}

impl Measure {
    fn word(self) -> &'static str {
        match self {
            Self::Cpu => "CPU",
            Self::User => "user time",
            Self::Memory => "bytes",
            Self::Calls => "calls",
            Self::Rate => "of the rate set",
            Self::P99 => "p99 in ms",
            Self::CpuToFew => "CPU to that of 64",
            Self::SlowerP50 => "p50 to that alone",
            Self::SlowerP99 => "p99 to that alone",
            other => other.name(),
        }
    }

    /// Converts a figure to the unit of its line.
    fn scale(self) -> f64 {
        if self == Self::P99 { 1e3 } else { 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::table;
    use crate::scenarios::scenario;

    fn verdicts(table: &Table) -> Vec<String> {
        let lines = MARKS.iter().filter_map(|mark| mark.judge(table));
        lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    }

    #[test]
    fn targets_are_for_peers_that_offer_the_scenario() {
        for mark in MARKS {
            let scenario = scenario(mark.scenario).unwrap();
            let names: Vec<_> = scenario.peers().collect();
            assert!(names.contains(&mark.ours), "{}", mark.scenario);
            assert!(mark.other.is_none_or(|other| names.contains(&other)), "{}", mark.scenario);
        }
    }

    #[test]
    fn a_smaller_crowd_meets_no_target() {
        for (clients, verdict) in [(19_900.0, "skipped"), (100_000.0, "ok")] {
            let mut table = table("idle100k --peers ours", SlowerP50, &[1.0]);
            let sample = table.series[0].samples[0].clone().with(Measure::Clients, clients);
            table.series[0].samples[0] = sample;
            assert!(verdicts(&table)[0].starts_with(verdict), "{clients}");
        }
    }

    #[test]
    fn a_ratio_is_met_up_to_its_limit() {
        let held = table("p16 --peers ours,hyper", Cpu, &[9.0, 10.0]);
        assert_eq!(verdicts(&held), ["ok p16 ours / hyper: CPU 0.90 ≤ 0.90"]);
        let missed = table("p16 --peers ours,hyper", Cpu, &[9.1, 10.0]);
        assert_eq!(verdicts(&missed), ["missed p16 ours / hyper: CPU 0.91 ≤ 0.90"]);
    }

    #[test]
    fn a_rate_has_a_lower_and_an_upper_bound() {
        for (rate, verdict) in [(0.94, "missed"), (0.95, "ok"), (1.05, "ok"), (1.06, "missed")] {
            let table = table("rate --peers ours", Rate, &[rate]);
            assert!(verdicts(&table)[0].starts_with(verdict), "{rate}");
        }
    }

    #[test]
    fn unmeasured_targets_are_not_reported() {
        assert!(verdicts(&table("p16 --peers ours,null", Cpu, &[1.0, 1.0])).is_empty());
        assert!(verdicts(&table("p16 --peers ours,hyper", Cpu, &[])).is_empty());
    }
}
