//! The signals of a server that is run.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that a server handles.
#[derive(Debug)]
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
    user1: Signal,
    user2: Signal,
}

/// What a signal asks for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wanted {
    Stop,
    /// Read certificates again.
    Reload,
    /// Open the file of the access log again.
    Reopen,
    /// Start the next process, which takes over.
    HandOver,
}

impl Signals {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            user1: signal(SignalKind::user_defined1())?,
            user2: signal(SignalKind::user_defined2())?,
        })
    }

    /// Waits for the next signal.
    pub(super) async fn next(&mut self) -> Wanted {
        tokio::select! {
            _ = self.interrupt.recv() => Wanted::Stop,
            _ = self.terminate.recv() => Wanted::Stop,
            _ = self.hangup.recv() => Wanted::Reload,
            _ = self.user1.recv() => Wanted::Reopen,
            _ = self.user2.recv() => Wanted::HandOver,
        }
    }
}
