//! Receive buffers, lent: a connection has one while something is in it, an idle one has none.
//!
//! A worker serves one connection at a time, so that a handful of buffers serves thousands of
//! connections, and stays warm in the cache.

use std::cell::RefCell;

use bytes::BytesMut;
use tremolo_core::Connection;

thread_local! {
    static SPARE: RefCell<Vec<BytesMut>> = const { RefCell::new(Vec::new()) };
}

/// Gives a connection without a buffer a used one.
pub(super) fn lend(connection: &mut Connection) {
    if !connection.has_buffer()
        && let Some(buffer) = SPARE.with_borrow_mut(Vec::pop)
    {
        connection.adopt_buffer(buffer);
    }
}

/// Takes an empty buffer back.
pub(super) fn take_back(connection: &mut Connection) {
    if let Some(buffer) = connection.release_buffer() {
        SPARE.with_borrow_mut(|spare| {
            if spare.len() < MAX_SPARE {
                spare.push(buffer);
            }
        });
    }
}

/// Buffers that a worker keeps: enough for the connections that are in the middle of something
/// at the same time; more are made and freed as needed.
const MAX_SPARE: usize = 32;
