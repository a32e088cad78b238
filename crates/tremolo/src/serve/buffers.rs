//! Memory of connections, lent: a connection has a receive buffer while something is in it, and a
//! workspace while it has an exchange in work. A worker serves one connection at a time, so that
//! the spare ones of its thread do for all of them.

use std::cell::RefCell;

use tremolo_core::{BufferPool, Connection};

thread_local! {
    static SPARE: RefCell<BufferPool> = const { RefCell::new(BufferPool::new()) };
}

/// Gives a connection what it lacks of both, before it reads.
#[inline]
pub(super) fn lend(connection: &mut Connection) {
    if !connection.has_buffer() || !connection.has_exchange_buffers() {
        SPARE.with_borrow_mut(|spare| spare.attach(connection));
    }
}

/// Takes back what a connection does not use, because there was nothing to read.
pub(super) fn take_back(connection: &mut Connection) {
    SPARE.with_borrow_mut(|spare| spare.reclaim(connection));
}
