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

/// Waits for a phase. It returns at once if the handle of the server was dropped: it has ended.
pub(crate) async fn wait_until(phase: &mut watch::Receiver<Phase>, is_it: fn(Phase) -> bool) {
    let _ = phase.wait_for(|phase| is_it(*phase)).await;
}

impl Phase {
    pub(crate) fn is_stopped(self) -> bool {
        self != Self::Serving
    }

    pub(crate) fn is_aborted(self) -> bool {
        self == Self::Aborting
    }
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
        self.phase.borrow().is_stopped()
    }

    /// Waits until the shutdown begins.
    pub(crate) async fn begins(&self) {
        wait_until(&mut self.phase.clone(), Phase::is_stopped).await;
    }
}
