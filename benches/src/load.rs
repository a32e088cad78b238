//! One measurement: runs the load of a scenario against a running server, and computes the costs.
//!
//! The load is a command on its own processor: wrk, or `loader` of this crate. If `perf` can sample
//! the server's processor, it wraps that command and attributes the time to processes.

mod calls;
mod command;
mod idle;
mod messages;
mod perf;
mod requests;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::failure::failed;
use crate::peers::PeerProcess;
use crate::requests::Shape;
use crate::sample::{Measure, Sample};
use crate::scenarios::{Load, RATE, RATE_SECONDS, Scenario, Unit};
use perf::{Recording, Shares};
use tremolo_benches::usage::{Usage, peak_rss, tree};

/// The time that a load may take beyond its seconds: for the last transfer, or its timeout.
const GRACE: Duration = Duration::from_secs(60);

/// The configuration of a load.
pub(crate) struct Loader {
    pub(crate) seconds: u64,
    /// Processors, with commas between them.
    pub(crate) server_cpus: String,
    pub(crate) load_cpus: String,
    /// Whether `perf` can be used; see `probe`.
    pub(crate) perf: bool,
    /// The folder for the input and output of the commands.
    pub(crate) folder: PathBuf,
}

/// The result that a load prints.
#[derive(Debug, PartialEq)]
struct LoadResult {
    /// Requests, or bytes.
    amount: f64,
    seconds: f64,
    errors: u64,
    /// Median and 99th percentile, in seconds.
    latency: Option<(f64, f64)>,
    /// The processor time of the server in these seconds, in nanoseconds, if the load knows it better.
    server: Option<f64>,
}

impl Loader {
    /// Whether `perf` can sample the processor of the server.
    pub(crate) fn probe(server_cpu: usize) -> bool {
        perf::probe(&server_cpu.to_string())
    }

    /// Runs `scenario` against `server`.
    pub(crate) fn run(&self, scenario: &Scenario, server: &PeerProcess) -> io::Result<Sample> {
        let pids = tree(server.pid())?;
        match scenario.load {
            Load::Requests { connections, depth, shape } => {
                let wrk = self.wrk("http", server, (connections, depth, shape))?;
                let mut sample = self.costed(wrk, &pids, Unit::Request, 1.0)?;
                if depth > 1 {
                    // wrk's latencies are not valid for pipelined requests.
                    sample.forget(&[Measure::P50, Measure::P99]);
                }
                Ok(sample)
            }
            Load::Encrypted { connections } => {
                let shape = Shape::Plain("/hello");
                let wrk = self.wrk("https", server, (connections, 1, shape))?;
                self.costed(wrk, &pids, Unit::Request, 1.0)
            }
            Load::Handshakes => {
                let loader = self.loader(server, self.seconds, &["handshakes"])?;
                self.costed(loader, &pids, Unit::Request, 1.0)
            }
            Load::Short(closer) => self.short(server, closer, &pids),
            Load::Busy { connections } => self.busy(server, connections, &pids),
            Load::Shared { connections } => self.together(server, connections, &pids),
            Load::Messages(messages) => self.messages(server, messages, &pids),
            Load::Download { path, bytes } => {
                let loader =
                    self.loader(server, self.seconds, &["download", path, &bytes.to_string()]);
                self.costed(loader?, &pids, Unit::Gib, GIB)
            }
            Load::Upload(framing) => {
                let loader = self.loader(server, self.seconds, &["upload", framing])?;
                self.costed(loader, &pids, Unit::Gib, GIB)
            }
            Load::Rate => {
                let bytes = (RATE * RATE_SECONDS).to_string();
                let loader = self.loader(server, 0, &["download", "/rate", &bytes])?;
                let sample = self.costed(loader, &pids, Unit::Rate, 1.0)?;
                let rate = sample.figure(Measure::Throughput).map(|rate| rate / RATE as f64);
                Ok(sample.with_known(Measure::Rate, rate))
            }
            Load::Beside(busy) => {
                let result =
                    self.result(self.loader(server, self.seconds, &["beside", busy])?)?;
                let (p50, p99) = result.latency.unzip();
                let sample = Sample::with_errors(result.errors);
                let sample = sample.with_known(Measure::P50, p50).with_known(Measure::P99, p99);
                Ok(sample.with(Measure::Throughput, result.amount / result.seconds))
            }
            Load::Stall => {
                let before = peak_rss(&pids)?;
                let loader = self.loader(server, self.seconds, &["stall", "/stream/65536"])?;
                let result = self.result(loader)?;
                let held = peak_rss(&pids)?.saturating_sub(before);
                let held = (result.errors == 0).then_some(held as f64);
                let sample = Sample::with_errors(result.errors);
                Ok(sample.with_known(Measure::Memory, held).with_rss(&pids)?)
            }
            Load::Soak(room) => self.soak(server, room, &pids),
            Load::Idle { connections } => {
                let held = idle::hold(server.address, connections, &pids)?;
                Ok(Sample::default().with(Measure::Memory, held).with_rss(&pids)?)
            }
            Load::Crowd { connections } => self.crowd(server, connections, &pids),
            Load::Calls { connections } => self.calls(server, connections, &pids),
        }
    }

    /// Runs `command` and computes the cost per unit; `size` is the amount of one unit.
    fn costed(&self, command: Command, pids: &[u32], unit: Unit, size: f64) -> io::Result<Sample> {
        let before = Usage::read(pids)?;
        let (result, shares) = if self.perf {
            let recording = Recording::new(&self.server_cpus, &self.folder);
            let result = self.result(recording.of(&command))?;
            (result, Some(recording.shares(pids)?))
        } else {
            (self.result(command)?, None)
        };
        let usage = Usage::read(pids)?.since(before);
        if result.amount == 0.0 {
            return Sample::with_errors(result.errors.max(1)).with_rss(pids);
        }
        let mut sample = Sample::with_errors(result.errors).with_rss(pids)?;
        let units = result.amount / size;
        sample = sample.with(Measure::Throughput, units / result.seconds);
        let cpu = result.server.unwrap_or(usage.nanos as f64) / 1e9 / units;
        let shares = shares.unwrap_or_else(|| Shares::of_ticks(usage));
        let user = cpu * shares.user_part();
        // With a rate limit, processor time is not a useful figure.
        if unit != Unit::Rate {
            sample = sample.with(Measure::Cpu, cpu).with(Measure::User, user);
            sample = sample.with(Measure::System, cpu - user);
        }
        let (p50, p99) = result.latency.unzip();
        sample = sample.with_known(Measure::P50, p50).with_known(Measure::P99, p99);
        Ok(sample.with_known(Measure::Others, shares.others_part()))
    }

    /// wrk with one thread per processor, and the requests in a file. The load: connections, requests per write, their shape.
    fn wrk(
        &self,
        scheme: &str,
        server: &PeerProcess,
        (connections, depth, shape): (usize, usize, Shape),
    ) -> io::Result<Command> {
        let file = self.folder.join("requests");
        fs::write(&file, shape.requests(server.address, depth).join("\0"))?;
        let mut command = self.pinned("wrk".as_ref());
        command
            .arg(format!("-t{}", self.load_cpus.split(',').count()))
            .args([&format!("-c{connections}"), &format!("-d{}", self.seconds), "-s"])
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/wrk.lua"))
            .arg(format!("{scheme}://{}/", server.address))
            .arg("--")
            .arg(file);
        Ok(command)
    }

    /// `loader`, for transfers.
    fn loader(&self, server: &PeerProcess, seconds: u64, words: &[&str]) -> io::Result<Command> {
        let mut command = self.pinned(&std::env::current_exe()?.with_file_name("loader"));
        command.arg(server.address.to_string()).arg(seconds.to_string()).args(words);
        Ok(command)
    }

    /// A command on the load's processors that ends with the runner.
    fn pinned(&self, program: &Path) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "taskset", "-c", &self.load_cpus]);
        command.arg(program);
        command
    }

    fn result(&self, command: Command) -> io::Result<LoadResult> {
        let text = command::finish(command, Duration::from_secs(self.seconds) + GRACE)?;
        LoadResult::parse(&text)
            .ok_or_else(|| failed(format!("the load reported nothing readable:\n{text}")))
    }
}

const GIB: f64 = (1_u64 << 30) as f64;

impl LoadResult {
    /// Parses the last line of `wrk.lua` or `loader`.
    fn parse(text: &str) -> Option<Self> {
        let line: Value = serde_json::from_str(text.lines().last()?).ok()?;
        let number = |name: &str| line.get(name)?.as_f64();
        let latency = number("p50_us").zip(number("p99_us"));
        Some(Self {
            amount: number("amount")?,
            seconds: number("duration_us")? / 1e6,
            errors: line.get("errors")?.as_u64()?,
            latency: latency.map(|(p50, p99)| (p50 / 1e6, p99 / 1e6)),
            server: number("server_ns"),
        })
    }
}

impl Sample {
    fn with_known(self, measure: Measure, value: Option<f64>) -> Self {
        match value {
            Some(value) => self.with(measure, value),
            None => self,
        }
    }

    fn with_rss(self, pids: &[u32]) -> io::Result<Self> {
        Ok(self.with(Measure::PeakRss, peak_rss(pids)? as f64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_is_parsed() {
        let text = "Running 1s test\n\
            {\"amount\": 10, \"duration_us\": 2000000, \"errors\": 1, \"p50_us\": 5, \"p99_us\": 9}\n";
        let result = LoadResult::parse(text).unwrap();
        assert_eq!((result.amount, result.seconds, result.errors), (10.0, 2.0, 1));
        assert_eq!(result.latency, Some((5e-6, 9e-6)));
        let text = r#"{"amount": 10, "duration_us": 1, "errors": 0}"#;
        assert_eq!(LoadResult::parse(text).unwrap().latency, None);
        assert_eq!(LoadResult::parse("unable to connect"), None);
    }
}
