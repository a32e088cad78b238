//! Processor time and memory of a server, read from `/proc`, for a process and its descendants.
//!
//! Totals come from `schedstat`, in nanoseconds. The kernel splits user and system time by its
//! tick, so the split is coarse.

use std::fs;
use std::io;
use std::thread;
use std::time::Duration;

/// The resources that the server's processes had used at one moment.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// Processor time, in nanoseconds.
    pub nanos: u64,
    /// Ticks in user space.
    pub user_ticks: u64,
    /// Ticks in the kernel.
    pub system_ticks: u64,
}

impl Usage {
    /// Reads the sums of all threads of these processes.
    ///
    /// # Errors
    ///
    /// If a process has ended.
    pub fn read(pids: &[u32]) -> io::Result<Self> {
        let mut usage = Self::default();
        for pid in pids {
            // `/proc/PID/schedstat` counts only the first thread, so all threads are read.
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

    /// The difference to an earlier reading.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        Self {
            nanos: self.nanos.saturating_sub(before.nanos),
            user_ticks: self.user_ticks.saturating_sub(before.user_ticks),
            system_ticks: self.system_ticks.saturating_sub(before.system_ticks),
        }
    }
}

/// The process and its descendants.
///
/// # Errors
///
/// If `/proc` cannot be read.
pub fn tree(root: u32) -> io::Result<Vec<u32>> {
    let mut parents = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let pid = name.to_str().and_then(|name| name.parse().ok());
        // Processes may end during this loop; a process that ended is not part of the server.
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

/// The resident size, in bytes.
///
/// # Errors
///
/// If a process has ended.
pub fn rss(pids: &[u32]) -> io::Result<u64> {
    sum_of_status(pids, "VmRSS:")
}

/// The highest resident size so far, in bytes.
///
/// # Errors
///
/// If a process has ended.
pub fn peak_rss(pids: &[u32]) -> io::Result<u64> {
    sum_of_status(pids, "VmHWM:")
}

/// The resident size once it is stable.
///
/// # Errors
///
/// If a process has ended.
pub fn settled_rss(pids: &[u32]) -> io::Result<u64> {
    let mut last = rss(pids)?;
    for _ in 0..READINGS {
        thread::sleep(SETTLING);
        let now = rss(pids)?;
        if now == last {
            break;
        }
        last = now;
    }
    Ok(last)
}

/// The sum of a line of `/proc/PID/status` in KiB, converted to bytes.
fn sum_of_status(pids: &[u32], name: &str) -> io::Result<u64> {
    let mut sum = 0;
    for pid in pids {
        let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        sum += 1024 * number(line.and_then(|line| line.split_whitespace().next()))?;
    }
    Ok(sum)
}

/// The fields of `/proc/PID/stat` after the name, which may contain spaces.
fn stat(pid: u32) -> io::Result<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, rest) = text.rsplit_once(')').ok_or(io::ErrorKind::InvalidData)?;
    Ok(rest.split_whitespace().map(str::to_owned).collect())
}

fn number(text: Option<impl AsRef<str>>) -> io::Result<u64> {
    text.and_then(|text| text.as_ref().parse().ok())
        .ok_or_else(|| io::Error::other("/proc holds no number where one should be"))
}

/// The pause between two readings of the size; two equal readings count as stable.
const SETTLING: Duration = Duration::from_millis(200);
const READINGS: usize = 25;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_used_processor_time() {
        let pids = tree(std::process::id()).unwrap();
        assert_eq!(pids[0], std::process::id());
        assert!(Usage::read(&pids[..1]).unwrap().nanos > 0);
        assert!(rss(&pids[..1]).unwrap() <= peak_rss(&pids[..1]).unwrap());
    }
}
