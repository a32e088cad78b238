//! Whether a listening socket belongs to this process alone, so that it may be held back.

use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::hold_back::hold_back;

/// Whether a listening TCP socket belongs to this process alone. All clones of a socket share one.
#[derive(Debug)]
pub struct SocketOwner {
    is_this_process: AtomicBool,
}

impl SocketOwner {
    /// The socket was bound by this process, or handed over to it.
    pub(crate) fn this_process() -> Self {
        Self { is_this_process: AtomicBool::new(true) }
    }

    /// Another process has the socket as well, and goes on with it.
    pub(crate) fn another_process() -> Self {
        Self { is_this_process: AtomicBool::new(false) }
    }

    /// Another process has the socket from now on.
    pub fn hand_over(&self) {
        self.is_this_process.store(false, Ordering::Relaxed);
    }

    /// Holds back new connections ([`Listening::hold_back`](crate::Listening::hold_back)) if the
    /// socket belongs to this process alone.
    pub fn hold_back(&self, socket: &impl AsFd) {
        if self.is_this_process.load(Ordering::Relaxed) {
            // A system that refuses the filter accepts as before: then a connection may be lost.
            let _ = hold_back(socket);
        }
    }
}
