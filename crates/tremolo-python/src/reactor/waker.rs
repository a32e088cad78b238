//! Waking the loop that the reactor lives in, from any thread.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mio::{Registry, Token};

/// Makes the reactor's descriptor readable, from any thread.
#[derive(Clone, Debug)]
pub struct Waker(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    waker: mio::Waker,
    /// It has been woken and has not looked yet: once is enough.
    pending: AtomicBool,
}

impl Waker {
    pub(super) fn new(registry: &Registry, token: Token) -> io::Result<Self> {
        let waker = mio::Waker::new(registry, token)?;
        Ok(Self(Arc::new(Shared { waker, pending: AtomicBool::new(false) })))
    }

    /// Wakes the loop. Whoever calls this has let go of the reactor: what was said to a
    /// connection before is written in the turn that follows.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn wake(&self) -> io::Result<()> {
        if self.0.pending.swap(true, Ordering::AcqRel) {
            return Ok(());
        }
        self.0.waker.wake()
    }

    /// The loop is awake: from now on it must be woken again.
    pub(super) fn woken(&self) {
        self.0.pending.store(false, Ordering::Release);
    }
}
