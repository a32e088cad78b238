//! Attributes the time of the server's processor, sampled by `perf` thousands of times per second.
//! The kernel's own accounting has only one sample per tick.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::failure::failed;
use tremolo_benches::usage::Usage;

/// Kernel addresses on 64-bit Linux are in the upper half.
const KERNEL: u64 = 1 << 63;

/// Whether `perf` can sample these processors.
pub(super) fn probe(cpus: &str) -> bool {
    record(cpus, Path::new("/dev/null"))
        .arg("true")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// A recording of processors in a file of `folder`.
pub(super) struct Recording {
    cpus: String,
    file: PathBuf,
}

impl Recording {
    pub(super) fn new(cpus: &str, folder: &Path) -> Self {
        Self { cpus: cpus.to_owned(), file: folder.join("perf") }
    }

    /// `command`, run under `perf`.
    pub(super) fn of(&self, command: &Command) -> Command {
        let mut recorded = record(&self.cpus, &self.file);
        recorded.arg(command.get_program()).args(command.get_args());
        recorded
    }

    /// The samples that were recorded, for the server's processes `pids`.
    pub(super) fn shares(&self, pids: &[u32]) -> io::Result<Shares> {
        Shares::read(&self.file, pids)
    }
}

/// `perf record` of these processors: at 3989 Hz, a prime, so that it is not in phase with the tick.
fn record(cpus: &str, file: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "perf"]);
    command.args(["record", "-q", "-e", "cpu-clock", "-F", "3989", "-C", cpus]);
    command.arg("-o").args([file.as_os_str(), OsStr::new("--")]);
    command
}

impl Drop for Recording {
    fn drop(&mut self) {
        // The file is missing if perf failed, which is reported elsewhere.
        let _ = fs::remove_file(&self.file);
    }
}

/// The samples of the server's processor by owner; idle samples are not counted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Shares {
    user: u64,
    system: u64,
    /// `None` if the samples are the kernel's ticks.
    others: Option<u64>,
}

impl Shares {
    /// From the kernel's ticks.
    pub(super) fn of_ticks(usage: Usage) -> Self {
        Self { user: usage.user_ticks, system: usage.system_ticks, others: None }
    }

    /// Reads the samples in `file`: those of the processes `pids`, and those of all others.
    fn read(file: &Path, pids: &[u32]) -> io::Result<Self> {
        let output =
            Command::new("perf").args(["script", "-F", "pid,ip", "-i"]).arg(file).output()?;
        if !output.status.success() {
            return Err(failed(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        Ok(Self::parse(&String::from_utf8_lossy(&output.stdout), pids))
    }

    fn parse(text: &str, pids: &[u32]) -> Self {
        let (mut user, mut system, mut others) = (0, 0, 0);
        for line in text.lines() {
            let mut words = line.split_whitespace();
            let pid = words.next().and_then(|word| word.parse().ok());
            let address = words.next().and_then(|word| u64::from_str_radix(word, 16).ok());
            let count = match (pid, address) {
                (Some(0), _) => continue,
                (Some(pid), Some(address)) if pids.contains(&pid) => {
                    if address < KERNEL {
                        &mut user
                    } else {
                        &mut system
                    }
                }
                _ => &mut others,
            };
            *count += 1;
        }
        Self { user, system, others: Some(others) }
    }

    /// The fraction of the server's time in user space.
    pub(super) fn user_part(&self) -> f64 {
        self.user as f64 / (self.user + self.system).max(1) as f64
    }

    /// The fraction of the busy time that other processes used.
    pub(super) fn others_part(&self) -> Option<f64> {
        let others = self.others?;
        Some(others as f64 / (self.user + self.system + others).max(1) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_sorted_by_process_and_address() {
        let text = "  12  55d0c0ffee\n  12 ffffffff81000000\n 12 ffffffff81000010\n\
            0 ffffffff81000000\n 99 55d0c0ffee\n";
        let shares = Shares::parse(text, &[12, 13]);
        assert_eq!(shares, Shares { user: 1, system: 2, others: Some(1) });
        assert_eq!(shares.user_part(), 1.0 / 3.0);
        assert_eq!(shares.others_part(), Some(0.25));
    }

    #[test]
    fn the_kernels_ticks_have_no_samples_of_other_processes() {
        let shares = Shares::of_ticks(Usage { nanos: 9, user_ticks: 1, system_ticks: 3 });
        assert_eq!((shares.user_part(), shares.others_part()), (0.25, None));
    }
}
