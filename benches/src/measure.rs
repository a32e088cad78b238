//! What a server costs, read from `/proc` and from `perf`, for a process and its descendants.
//!
//! Totals come from `schedstat`, which counts nanoseconds. The split into user and system comes
//! from samples: ours with `perf` (thousands a second), or the kernel's own, one each tick.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use crate::load::Outcome;
use crate::peers::failed;

/// Kernel addresses on 64-bit Linux have the upper half for themselves.
const KERNEL: u64 = 1 << 63;

/// What the server's processes had used up at one moment.
#[derive(Clone, Copy, Default)]
pub(crate) struct Usage {
    nanos: u64,
    user_ticks: u64,
    system_ticks: u64,
}

impl Usage {
    pub(crate) fn read(pids: &[u32]) -> io::Result<Self> {
        let mut usage = Self::default();
        for pid in pids {
            // `/proc/PID/schedstat` counts the first thread only, so ask every thread.
            for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
                let text = fs::read_to_string(thread?.path().join("schedstat"))?;
                usage.nanos += number(text.split_whitespace().next())?;
            }
            let stat = stat(*pid)?;
            usage.user_ticks += number(stat.get(11))?;
            usage.system_ticks += number(stat.get(12))?;
        }
        Ok(usage)
    }
}

/// The process and its descendants.
pub(crate) fn tree(root: u32) -> io::Result<Vec<u32>> {
    let mut parents = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let pid = name.to_str().and_then(|name| name.parse().ok());
        // Processes come and go while we look; one that has gone is not the server's.
        if let Some(pid) = pid
            && let Ok(stat) = stat(pid)
            && let Ok(parent) = number(stat.get(1))
        {
            parents.push((pid, parent));
        }
    }
    let mut pids = vec![root];
    let mut next = 0;
    while let Some(&parent) = pids.get(next) {
        let parent = u64::from(parent);
        pids.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(pid, _)| *pid));
        next += 1;
    }
    Ok(pids)
}

/// The highest resident size so far, in KiB.
pub(crate) fn peak_rss(pids: &[u32]) -> io::Result<u64> {
    let mut sum = 0;
    for pid in pids {
        let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        sum += number(line.and_then(|line| line.split_whitespace().next()))?;
    }
    Ok(sum)
}

/// The fields of `/proc/PID/stat` that follow the name, which may itself hold blanks.
fn stat(pid: u32) -> io::Result<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, rest) = text.rsplit_once(')').ok_or(io::ErrorKind::InvalidData)?;
    Ok(rest.split_whitespace().map(str::to_owned).collect())
}

fn number(text: Option<impl AsRef<str>>) -> io::Result<u64> {
    text.and_then(|text| text.as_ref().parse().ok())
        .ok_or_else(|| failed("/proc holds no number where one should be".to_owned()))
}

/// Whose time the server's processor spent, in samples; idle ones are not counted.
pub(crate) struct Shares {
    user: u64,
    system: u64,
    others: u64,
}

impl Shares {
    /// Counts what `perf` recorded into `file`, for the processes `pids` and for all others.
    pub(crate) fn read(file: &Path, pids: &[u32]) -> io::Result<Self> {
        let output =
            Command::new("perf").args(["script", "-F", "pid,ip", "-i"]).arg(file).output()?;
        let mut shares = Self { user: 0, system: 0, others: 0 };
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let mut words = line.split_whitespace();
            let pid = words.next().and_then(|word| word.parse().ok());
            let address = words.next().and_then(|word| u64::from_str_radix(word, 16).ok());
            match (pid, address) {
                (Some(0), _) => {}
                (Some(pid), Some(address)) if pids.contains(&pid) => {
                    let count =
                        if address < KERNEL { &mut shares.user } else { &mut shares.system };
                    *count += 1;
                }
                _ => shares.others += 1,
            }
        }
        if shares.user + shares.system == 0 {
            return Err(failed("perf saw nothing of the server".to_owned()));
        }
        Ok(shares)
    }
}

/// One run in figures.
pub(crate) struct Sample {
    pub(crate) requests_per_second: f64,
    /// µs per request.
    pub(crate) cpu: f64,
    /// µs per request in user space.
    pub(crate) user: f64,
    /// µs per request in the kernel.
    pub(crate) system: f64,
    pub(crate) errors: u64,
    pub(crate) latency: Option<(u64, u64)>,
    /// KiB.
    pub(crate) rss: u64,
    /// Part of the busy samples on the server's processor that belonged to somebody else.
    pub(crate) others: Option<f64>,
}

impl Sample {
    /// Puts together what wrk, `/proc` and `perf` say about one run.
    pub(crate) fn new(before: Usage, after: Usage, outcome: &Outcome, rss: u64) -> Self {
        let requests = outcome.requests.max(1) as f64;
        let cpu = (after.nanos - before.nanos) as f64 / 1e3 / requests;
        let (user, system) = match &outcome.shares {
            Some(shares) => (shares.user, shares.system),
            None => {
                (after.user_ticks - before.user_ticks, after.system_ticks - before.system_ticks)
            }
        };
        let user = cpu * user as f64 / (user + system).max(1) as f64;
        Self {
            requests_per_second: outcome.requests as f64 / outcome.seconds,
            cpu,
            user,
            system: cpu - user,
            errors: outcome.errors,
            latency: outcome.latency,
            rss,
            others: outcome.shares.as_ref().map(|shares| {
                let all = shares.user + shares.system + shares.others;
                shares.others as f64 / all as f64
            }),
        }
    }
}
