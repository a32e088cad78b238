//! Runs a command to its end, with a timeout.

use std::io::{self, Read};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::failed;

/// Runs `command` to its end, or kills it after the timeout; returns its output.
pub(super) fn finish(mut command: Command, timeout: Duration) -> io::Result<String> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let succeeded = wait(&mut child, timeout)?;
    // The output is smaller than a pipe buffer: the child never blocks on it.
    let mut text = String::new();
    if let Some(mut stdout) = child.stdout.take() {
        stdout.read_to_string(&mut text)?;
    }
    if succeeded { Ok(text) } else { Err(failed(format!("the load failed:\n{text}"))) }
}

/// Whether `child` succeeds before the timeout. The child has ended in any case.
pub(super) fn wait(child: &mut Child, timeout: Duration) -> io::Result<bool> {
    let end = Instant::now() + timeout;
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
