//! System calls per request, counted by `strace` on a server that is warmed up.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::{Loader, command};
use crate::failure::failed;
use crate::peers::PeerProcess;
use crate::requests::Shape;
use crate::sample::{Measure, Sample};

const EXIT_TIMEOUT: Duration = Duration::from_secs(10);

impl Loader {
    /// Loads `server` while `strace` counts its system calls.
    pub(super) fn calls(
        &self,
        server: &PeerProcess,
        connections: usize,
        pids: &[u32],
    ) -> io::Result<Sample> {
        let file = self.folder.join("calls");
        let mut strace = Command::new("setpriv");
        strace.args(["--pdeathsig", "KILL", "strace", "-f", "-c", "-o"]).arg(&file);
        for pid in pids {
            strace.args(["-p", &pid.to_string()]);
        }
        let mut strace = strace.stdin(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        // strace prints one line per process when it is attached.
        let mut lines = BufReader::new(strace.stderr.take().ok_or(io::ErrorKind::BrokenPipe)?);
        for _ in pids {
            let mut line = String::new();
            if lines.read_line(&mut line)? == 0 || !line.contains("attached") {
                return Err(failed(format!("strace cannot attach: {line}")));
            }
        }
        let wrk = self.wrk("http", server, (connections, 1, Shape::Plain("/hello")))?;
        let result = self.result(wrk)?;
        // On this signal, strace detaches and writes its table.
        let pid = i32::try_from(strace.id()).ok().and_then(Pid::from_raw);
        kill_process(pid.ok_or(io::ErrorKind::InvalidData)?, Signal::INT)?;
        command::wait(&mut strace, EXIT_TIMEOUT)?;
        let calls: Vec<_> = parse(&fs::read_to_string(&file)?)
            .into_iter()
            .map(|(name, count)| (name, count as f64 / result.amount.max(1.0)))
            .collect();
        let all = calls.iter().map(|(_, count)| count).sum();
        let sample = Sample::with_errors(result.errors).with(Measure::Calls, all);
        Ok(sample.with_calls(calls))
    }
}

/// Parses strace's table: names and counts, the highest count first.
fn parse(text: &str) -> Vec<(String, u64)> {
    let mut calls: Vec<_> = text
        .lines()
        .filter_map(|line| {
            // Share, seconds, µs per call, calls, perhaps errors, name.
            let words: Vec<_> = line.split_whitespace().collect();
            let [_, _, _, count, .., name] = words[..] else { return None };
            Some((name.to_owned(), count.parse().ok()?))
        })
        .filter(|(name, _)| name != "total")
        .collect();
    calls.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    calls
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_a_table_of_strace() {
        let text = "\
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 52.07    0.047716           2     17023           sendto
 47.45    0.043481           2     17087        64 recvfrom
  0.35    0.000317           1       252           epoll_wait
------ ----------- ----------- --------- --------- ----------------
100.00    0.091634           2     34495        71 total
";
        let calls = parse(text);
        let calls: Vec<_> = calls.iter().map(|(name, count)| (name.as_str(), *count)).collect();
        assert_eq!(calls, [("recvfrom", 17087), ("sendto", 17023), ("epoll_wait", 252)]);
    }
}
