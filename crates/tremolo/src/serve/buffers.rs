//! The buffers of connections. A connection has a receive buffer only while it holds bytes, and
//! exchange buffers only while it has an exchange. A worker serves one connection at a time, so
//! that the few buffers of its thread suffice for all connections.

use std::cell::RefCell;

use tremolo_core::{BufferPool, Connection};

thread_local! {
    static POOL: RefCell<BufferPool> = const { RefCell::new(BufferPool::new()) };
}

/// Gives a connection the buffers that it lacks, before it reads.
#[inline]
pub(super) fn attach(connection: &mut Connection) {
    if !connection.peek().has_buffer() || !connection.peek().has_exchange_buffers() {
        POOL.with_borrow_mut(|pool| pool.attach(connection));
    }
}

/// Takes back the buffers that a connection does not use, because there was nothing to read.
pub(super) fn reclaim(connection: &mut Connection) {
    POOL.with_borrow_mut(|pool| pool.reclaim(connection));
}

/// Takes back the buffers of a connection that is over and has no handle.
pub(super) fn reclaim_last(connection: &mut Connection) {
    POOL.with_borrow_mut(|pool| pool.reclaim_last(connection));
}
