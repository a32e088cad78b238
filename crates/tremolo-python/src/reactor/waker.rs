//! Wakes the event loop of the host, from any thread.

use std::io;
use std::sync::Arc;

use mio::{Registry, Token};

use super::pending::Pending;

/// The token of the waker. Connections have the tokens from zero up, listeners those before it.
pub(super) const WAKER: Token = Token(usize::MAX);

/// Makes the reactor's descriptor readable, from any thread.
#[derive(Clone, Debug)]
pub struct Waker(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    waker: mio::Waker,
    pending: Pending,
}

impl Waker {
    pub(super) fn new(registry: &Registry, token: Token) -> io::Result<Self> {
        let waker = mio::Waker::new(registry, token)?;
        Ok(Self(Arc::new(Shared { waker, pending: Pending::new() })))
    }

    /// Wakes the loop. Release the lock of the reactor before this call. The turn that follows
    /// writes what was queued on connections before.
    ///
    /// # Errors
    ///
    /// The error of the system call.
    pub fn wake(&self) -> io::Result<()> {
        if self.0.pending.set() { self.0.waker.wake() } else { Ok(()) }
    }

    /// The loop is awake, and its descriptor was polled: the next `wake` needs a system call again.
    pub(super) fn woken(&self) {
        self.0.pending.clear();
    }
}
