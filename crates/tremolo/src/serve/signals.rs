//! The signals of a server that is run.

use std::future::poll_fn;
use std::io;
use std::task::Poll;

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
        poll_fn(|cx| {
            let all = [
                (&mut self.interrupt, Wanted::Stop),
                (&mut self.terminate, Wanted::Stop),
                (&mut self.hangup, Wanted::Reload),
                (&mut self.user1, Wanted::Reopen),
                (&mut self.user2, Wanted::HandOver),
            ];
            let mut come = all
                .into_iter()
                .filter_map(|(signal, wanted)| signal.poll_recv(cx).is_ready().then_some(wanted));
            come.next().map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }
}
