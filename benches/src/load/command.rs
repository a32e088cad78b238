//! Runs a command to its end, with a timeout.

use std::io::{self, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::failure::failed;

/// The line of JSON that a load prints.
pub(super) struct Line(Value);

impl Line {
    /// Runs `command` and parses its line.
    pub(super) fn of(command: Command, timeout: Duration) -> io::Result<Self> {
        let text = finish(command, timeout)?;
        Ok(Self(serde_json::from_str(&text).map_err(io::Error::other)?))
    }

    pub(super) fn figure(&self, name: &str) -> io::Result<f64> {
        self.0[name].as_f64().ok_or_else(|| failed(format!("the load reported no {name}")))
    }

    pub(super) fn errors(&self) -> u64 {
        self.0["errors"].as_u64().unwrap_or(1)
    }
}

/// Runs `command` to its end, or kills it after the timeout; returns its output. What it prints to
/// standard error is printed again, and is in the error of a command that fails.
pub(super) fn finish(mut command: Command, timeout: Duration) -> io::Result<String> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    let status = status_within(&mut child, timeout)?;
    // The output is smaller than a pipe buffer: the child never blocks on it.
    let (text, faults) = (text_of(child.stdout.take())?, text_of(child.stderr.take())?);
    let cause = match status {
        Some(status) if status.success() => {
            io::stderr().write_all(faults.as_bytes())?;
            return Ok(text);
        }
        Some(status) => status.to_string(),
        None => format!("it was ended after {} s", timeout.as_secs()),
    };
    Err(failed(format!("the load failed ({cause}):\n{text}{faults}")))
}

/// Whether `child` succeeds before the timeout. The child has ended in any case.
pub(super) fn wait(child: &mut Child, timeout: Duration) -> io::Result<bool> {
    Ok(status_within(child, timeout)?.is_some_and(|status| status.success()))
}

/// The status of a child that ends before the timeout; `None` if it was killed then.
fn status_within(child: &mut Child, timeout: Duration) -> io::Result<Option<ExitStatus>> {
    let end = Instant::now() + timeout;
    while Instant::now() < end {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        thread::sleep(Duration::from_millis(20));
    }
    child.kill()?;
    child.wait()?;
    Ok(None)
}

/// What the child has written to a pipe.
fn text_of(pipe: Option<impl Read>) -> io::Result<String> {
    let mut bytes = Vec::new();
    if let Some(mut pipe) = pipe {
        pipe.read_to_end(&mut bytes)?;
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(script: &str, timeout: Duration) -> Result<String, String> {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        finish(command, timeout).map_err(|error| error.to_string())
    }

    #[test]
    fn the_error_of_a_load_has_its_status_and_all_that_it_printed() {
        let ample = Duration::from_secs(60);
        assert_eq!(run("echo line; echo fault >&2", ample).unwrap(), "line\n");
        let error = run("echo line; echo fault >&2; exit 3", ample).unwrap_err();
        assert_eq!(error, "the load failed (exit status: 3):\nline\nfault\n");
        // Nothing is printed, as by a process that is killed.
        let error = run("kill -9 $$", ample).unwrap_err();
        assert!(error.starts_with("the load failed (signal: 9"), "{error}");
        let error = run("exec sleep 60", Duration::ZERO).unwrap_err();
        assert_eq!(error, "the load failed (it was ended after 0 s):\n");
    }
}
