//! The phase of a server, and waiting for its shutdown.

use tokio::sync::watch;

/// The phase of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Serving,
    /// Accept nothing new, finish the current requests.
    Draining,
    /// Finish nothing.
    Aborting,
}

/// Whether the server shuts down, for handlers that may take long.
#[derive(Clone, Debug)]
pub(crate) struct Draining {
    phase: watch::Receiver<Phase>,
}

impl Draining {
    pub(crate) fn new(phase: watch::Receiver<Phase>) -> Self {
        Self { phase }
    }

    /// Whether the shutdown has begun.
    pub(crate) fn has_begun(&self) -> bool {
        *self.phase.borrow() != Phase::Serving
    }

    /// Waits until the shutdown begins.
    pub(crate) async fn begins(&self) {
        // An error means that the handle of the server was dropped: it has ended.
        let _ = self.phase.clone().wait_for(|phase| *phase != Phase::Serving).await;
    }
}
