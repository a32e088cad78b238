//! Delays partial packets (`TCP_CORK`) while several calls send one file.
//!
//! Without it, each call ends with a partial packet, and the client wakes up for it. Over loopback,
//! a file of 100 MiB then took 50 % more processor time (`benches/`, scenario `file`).

use std::os::fd::BorrowedFd;

use crate::system::cork;

/// Whether partial packets of a socket are delayed (`TCP_CORK`, if the system has it).
#[derive(Debug, Default)]
pub struct Cork {
    set: bool,
}

impl Cork {
    /// Delays partial packets. Call it before the first of several calls.
    pub(crate) fn set(&mut self, socket: BorrowedFd<'_>) {
        if !self.set {
            self.set = cork(socket, true);
        }
    }

    /// Sends the last partial packet.
    pub(crate) fn release(&mut self, socket: BorrowedFd<'_>) {
        if std::mem::take(&mut self.set) {
            cork(socket, false);
        }
    }
}
