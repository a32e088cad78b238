//! Runs a command to its end, and not for ever.

use std::io::{self, Read};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::failed;

/// Runs `command` to its end, or ends it when that takes too long; returns what it printed.
pub(super) fn finish(mut command: Command, within: Duration) -> io::Result<String> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let succeeded = wait(&mut child, within)?;
    // Less than a pipe holds, so reading it afterwards never blocks the child.
    let mut text = String::new();
    if let Some(mut stdout) = child.stdout.take() {
        stdout.read_to_string(&mut text)?;
    }
    if succeeded { Ok(text) } else { Err(failed(format!("the load failed:\n{text}"))) }
}

/// Whether `child` succeeds in time; it has ended in any case.
pub(super) fn wait(child: &mut Child, within: Duration) -> io::Result<bool> {
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
