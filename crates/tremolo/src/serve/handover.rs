//! The next process, which this one starts with its sockets on SIGUSR2, and which takes over.

use std::env;
use std::future::pending;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::process::{Child, Command};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::Interest;
use tokio::net::unix::pipe::Receiver;
use tokio::time::{Instant, sleep_until};
use tremolo_net::{Handover, ListenAddress, Listening};

use crate::race::{Winner, race};

/// The listening sockets of the first worker, and the process that takes them over.
#[derive(Debug)]
pub(super) struct Successor {
    sockets: Vec<(ListenAddress, Arc<Listening>)>,
    started: Option<Started>,
    /// `start_timeout`; zero: none.
    timeout: Duration,
}

/// The process that was started.
#[derive(Debug)]
struct Started {
    child: Child,
    /// The pipe that shows that it serves.
    serves: Receiver,
    /// When it is killed, if it does not serve then.
    deadline: Option<Instant>,
}

impl Successor {
    pub(super) fn new(sockets: Vec<(ListenAddress, Arc<Listening>)>, timeout: Duration) -> Self {
        Self { sockets, started: None, timeout }
    }

    /// Starts the program of this process again, with the same arguments. The other workers of the
    /// next process bind sockets of their own beside those of this one.
    pub(super) fn start(&mut self) {
        if self.started.is_some() || self.sockets.is_empty() {
            return;
        }
        match self.spawn() {
            Ok((child, serves)) => {
                tracing::info!(pid = child.id(), "the next process was started");
                let deadline = (!self.timeout.is_zero()).then(|| Instant::now() + self.timeout);
                self.started = Some(Started { child, serves, deadline });
            }
            Err(error) => tracing::error!(%error, "the next process cannot be started"),
        }
    }

    fn spawn(&self) -> io::Result<(Child, Receiver)> {
        let sockets = self.sockets.iter().map(|(address, socket)| (address, socket.as_fd()));
        let (handover, reader) = Handover::new(sockets)?;
        let (name, value) = handover.variable();
        let mut arguments = env::args_os();
        // The name, and not the file of this process: that may have been replaced by a new version.
        let program = arguments.next().ok_or(io::ErrorKind::NotFound)?;
        let mut command = Command::new(program);
        let child = command.args(arguments).env(name, value).spawn()?;
        drop(handover);
        Ok((child, Receiver::from_owned_fd(OwnedFd::from(reader))?))
    }

    /// Waits until the next process serves, and gives it the sockets. It does not return while there
    /// is none; if the next process ends before it serves, or does not serve in time, this one goes
    /// on.
    pub(super) async fn takes_over(&mut self) {
        loop {
            let Some(started) = &mut self.started else { return pending().await };
            if started.is_in_time().await {
                let has_begun = started.serves.try_read(&mut [0]).is_ok_and(|read| read > 0);
                if has_begun {
                    self.sockets.iter().for_each(|(_, socket)| socket.hand_over());
                    return;
                }
                let status = started.child.wait();
                let status = status.map_or_else(|error| error.to_string(), |it| it.to_string());
                tracing::error!(%status, "the next process has ended before it served");
            } else {
                let (pid, start_timeout) = (started.child.id(), self.timeout);
                tracing::error!(
                    pid,
                    ?start_timeout,
                    "the next process does not serve in time, and is killed"
                );
                // An error: it has ended meanwhile.
                let _ = started.child.kill().and_then(|()| started.child.wait());
            }
            self.started = None;
        }
    }

    /// Closes the sockets here: the server stops.
    pub(super) fn close(&mut self) {
        self.sockets.clear();
    }
}

impl Started {
    /// Waits until the pipe has a byte or its end; false if the time is over before.
    async fn is_in_time(&self) -> bool {
        let served = race(self.serves.ready(Interest::READABLE), until(self.deadline)).await;
        matches!(served, Winner::First(_))
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => pending().await,
    }
}
