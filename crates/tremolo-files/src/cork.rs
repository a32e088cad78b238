//! While a file leaves with several calls, a packet that is not full waits for the next of them.
//!
//! Each call would end with such a packet, and a client that is told of it wakes up for little: over
//! the loopback a file of 100 MiB cost half as much again (`benches/`, scenario `file`).

use std::os::fd::BorrowedFd;

use crate::system::cork;

/// Whether packets of a socket wait (`TCP_CORK`, where the system has it).
#[derive(Debug, Default)]
pub struct Cork {
    set: bool,
}

impl Cork {
    /// Lets packets wait, before the first of several calls.
    pub(crate) fn set(&mut self, socket: BorrowedFd<'_>) {
        if !self.set {
            self.set = cork(socket, true);
        }
    }

    /// Lets go of the last packet.
    pub(crate) fn release(&mut self, socket: BorrowedFd<'_>) {
        if std::mem::take(&mut self.set) {
            cork(socket, false);
        }
    }
}
