//! The next process, which this one starts with its sockets on SIGUSR2, and which takes over.

use std::env;
use std::future::pending;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::process::{Child, Command};
use std::sync::Arc;

use tokio::io::Interest;
use tokio::net::unix::pipe::Receiver;
use tremolo_net::{Handover, ListenAddress, Listening};

/// The listening sockets of the first worker, and the process that takes them over.
#[derive(Debug)]
pub(super) struct Successor {
    sockets: Vec<(ListenAddress, Arc<Listening>)>,
    /// The process that was started, and the pipe that shows that it serves.
    started: Option<(Child, Receiver)>,
}

impl Successor {
    pub(super) fn new(sockets: Vec<(ListenAddress, Arc<Listening>)>) -> Self {
        Self { sockets, started: None }
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
                self.started = Some((child, serves));
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
    /// is none; if the next process ends before it serves, this one goes on.
    pub(super) async fn takes_over(&mut self) {
        loop {
            let Some((child, serves)) = &mut self.started else { return pending().await };
            // A byte, or the end of the pipe.
            let _ = serves.ready(Interest::READABLE).await;
            let has_begun = serves.try_read(&mut [0]).is_ok_and(|read| read > 0);
            if has_begun {
                self.sockets.iter().for_each(|(_, socket)| socket.hand_over());
                return;
            }
            let status = child.wait().map_or_else(|error| error.to_string(), |it| it.to_string());
            tracing::error!(%status, "the next process has ended before it served");
            self.started = None;
        }
    }

    /// Closes the sockets here: the server stops.
    pub(super) fn close(&mut self) {
        self.sockets.clear();
    }
}
