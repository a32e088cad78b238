//! The scenarios, and one run of wrk over one of them.
//!
//! Where `perf` may watch the server's processor, it runs around wrk and tells whose time that
//! was (`measure::Shares`).

use std::fs;
use std::io::{self, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::measure::Shares;
use crate::peers::failed;

/// A shape of load.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    connections: usize,
    depth: usize,
    shape: &'static str,
}

/// Every scenario, in the order of the report.
pub(crate) const SCENARIOS: [Scenario; 4] = [
    Scenario {
        name: "c64",
        what: "64 connections, one request at a time on each",
        connections: 64,
        depth: 1,
        shape: "plain",
    },
    Scenario {
        name: "c1",
        what: "one connection, one request at a time",
        connections: 1,
        depth: 1,
        shape: "plain",
    },
    Scenario {
        name: "p16",
        what: "64 connections, 16 requests in each write",
        connections: 64,
        depth: 16,
        shape: "plain",
    },
    Scenario {
        name: "browser",
        what: "64 connections, one request of 15 fields at a time on each",
        connections: 64,
        depth: 1,
        shape: "browser",
    },
];

/// Where and how long to load.
pub(crate) struct Load {
    pub(crate) seconds: u64,
    pub(crate) server_cpu: usize,
    pub(crate) load_cpu: usize,
    /// Whether `perf` may watch; `probe` finds out.
    pub(crate) perf: bool,
}

/// What one run brought, as wrk saw it.
pub(crate) struct Outcome {
    pub(crate) requests: u64,
    pub(crate) seconds: f64,
    pub(crate) errors: u64,
    /// Median and 99th percentile in µs; wrk has none to tell for pipelined requests.
    pub(crate) latency: Option<(u64, u64)>,
    /// Whose time the server's processor spent, when `perf` could watch.
    pub(crate) shares: Option<Shares>,
}

impl Load {
    /// Whether `perf` can sample the server's processor here.
    pub(crate) fn probe(server_cpu: usize) -> bool {
        perf(server_cpu, Path::new("/dev/null"))
            .args(["--", "true"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    /// Runs `scenario` against `address`; `pids` are the server's processes.
    pub(crate) fn run(
        &self,
        scenario: &Scenario,
        address: SocketAddr,
        pids: &[u32],
    ) -> io::Result<Outcome> {
        let record = self.perf.then(Recording::new);
        let mut command = match &record {
            Some(record) => perf(self.server_cpu, &record.0),
            None => Command::new("env"),
        };
        if record.is_some() {
            command.arg("--");
        }
        command
            .args(["setpriv", "--pdeathsig", "KILL"])
            .args(["taskset", "-c", &self.load_cpu.to_string()])
            .args(["wrk", "-t1", &format!("-c{}", scenario.connections)])
            .args([&format!("-d{}", self.seconds), "-s"])
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/wrk.lua"))
            .arg(format!("http://{address}/hello"))
            .args(["--", &scenario.depth.to_string(), scenario.shape]);
        let text = finish(command, Duration::from_secs(self.seconds + 10))?;
        let mut outcome = parse(&text)
            .ok_or_else(|| failed(format!("wrk reported nothing readable:\n{text}")))?;
        if scenario.depth > 1 {
            outcome.latency = None;
        }
        outcome.shares = record.map(|record| Shares::read(&record.0, pids)).transpose()?;
        Ok(outcome)
    }
}

/// `perf record` of a processor: at 3989 Hz, a prime, so as not to walk in step with the tick.
fn perf(cpu: usize, file: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "perf"]);
    command.args(["record", "-q", "-e", "cpu-clock", "-F", "3989", "-C", &cpu.to_string()]);
    command.arg("-o").arg(file);
    command
}

/// The file that `perf` records into, removed when dropped.
struct Recording(PathBuf);

impl Recording {
    fn new() -> Self {
        let name = format!("tremolo-benches-{}.perf", std::process::id());
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        // Not there when perf failed, and that failure is reported already.
        let _ = fs::remove_file(&self.0);
    }
}

/// Runs `command` to its end, or ends it when that takes too long; returns what it printed.
fn finish(mut command: Command, within: Duration) -> io::Result<String> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let succeeded = wait(&mut child, within)?;
    // Less than a pipe holds, so reading it afterwards never blocks the child.
    let mut text = String::new();
    if let Some(mut stdout) = child.stdout.take() {
        stdout.read_to_string(&mut text)?;
    }
    if succeeded { Ok(text) } else { Err(failed(format!("the load failed:\n{text}"))) }
}

fn wait(child: &mut Child, within: Duration) -> io::Result<bool> {
    let end = Instant::now() + within;
    while Instant::now() < end {
        if let Some(status) = child.try_wait()? {
            return Ok(status.success());
        }
        thread::sleep(Duration::from_millis(20));
    }
    child.kill()?;
    child.wait()?;
    Ok(false)
}

/// Reads the line that `wrk.lua` prints last.
fn parse(text: &str) -> Option<Outcome> {
    let line: Value = serde_json::from_str(text.lines().last()?).ok()?;
    let number = |name: &str| line.get(name)?.as_u64();
    Some(Outcome {
        requests: number("requests")?,
        seconds: number("duration_us")? as f64 / 1e6,
        errors: number("errors")?,
        latency: Some((number("p50_us")?, number("p99_us")?)),
        shares: None,
    })
}
