//! Wakes the event loop of the host, from any thread.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mio::{Registry, Token};

/// The token of the waker. Connections have the tokens from zero up, listeners those before it.
pub(super) const WAKER: Token = Token(usize::MAX);
/// Makes the reactor's descriptor readable, from any thread.
#[derive(Clone, Debug)]
pub struct Waker(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    waker: mio::Waker,
    /// A wake-up is pending: a second one is not needed.
    pending: AtomicBool,
}

impl Waker {
    pub(super) fn new(registry: &Registry, token: Token) -> io::Result<Self> {
        let waker = mio::Waker::new(registry, token)?;
        Ok(Self(Arc::new(Shared { waker, pending: AtomicBool::new(false) })))
    }

    /// Wakes the loop. Release the lock of the reactor before this call. The turn that follows
    /// writes what was queued on connections before.
    ///
    /// # Errors
    ///
    /// The error of the system call.
    pub fn wake(&self) -> io::Result<()> {
        if self.0.pending.swap(true, Ordering::AcqRel) {
            return Ok(());
        }
        self.0.waker.wake()
    }

    /// The loop is awake: the next `wake` needs a system call again.
    pub(super) fn woken(&self) {
        self.0.pending.store(false, Ordering::Release);
    }
}
