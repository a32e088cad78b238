//! The buffers of connections. A connection has a receive buffer only while it holds bytes, and a
//! workspace only while it has an exchange. A worker serves one connection at a time, so that the
//! few buffers of its thread suffice for all connections.

use std::cell::RefCell;

use tremolo_core::{Connection, Spare};

thread_local! {
    static SPARE: RefCell<Spare> = const { RefCell::new(Spare::new()) };
}

/// Gives a connection the buffers that it lacks, before it reads.
#[inline]
pub(super) fn lend(connection: &mut Connection) {
    if !connection.has_buffer() || !connection.has_workspace() {
        SPARE.with_borrow_mut(|spare| spare.lend(connection));
    }
}

/// Takes back the buffers that a connection does not use, because there was nothing to read.
pub(super) fn take_back(connection: &mut Connection) {
    SPARE.with_borrow_mut(|spare| spare.take_back(connection));
}
