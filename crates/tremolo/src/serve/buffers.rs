//! Memory of connections, lent: a connection has a receive buffer while something is in it, and a
//! workspace while it has an exchange in work. An idle one has neither.
//!
//! A worker serves one connection at a time, so that a handful of each serves thousands of
//! connections, and stays warm in the cache.

use std::cell::RefCell;

use bytes::BytesMut;
use tremolo_core::{Connection, Workspace};

thread_local! {
    static SPARE: RefCell<Spare> = const { RefCell::new(Spare::NONE) };
}

struct Spare {
    buffers: Vec<BytesMut>,
    workspaces: Vec<Workspace>,
}

/// Gives a connection what it lacks of both, before it reads.
#[inline]
pub(super) fn lend(connection: &mut Connection) {
    if !connection.has_buffer() || !connection.has_workspace() {
        SPARE.with_borrow_mut(|spare| spare.lend(connection));
    }
}

/// Takes back what a connection does not use, because there was nothing to read.
pub(super) fn take_back(connection: &mut Connection) {
    SPARE.with_borrow_mut(|spare| spare.take_back(connection));
}

impl Spare {
    const NONE: Self = Self { buffers: Vec::new(), workspaces: Vec::new() };

    fn lend(&mut self, connection: &mut Connection) {
        if !connection.has_buffer()
            && let Some(buffer) = self.buffers.pop()
        {
            connection.adopt_buffer(buffer);
        }
        if !connection.has_workspace()
            && let Some(workspace) = self.workspaces.pop()
        {
            connection.adopt_workspace(workspace);
        }
    }

    fn take_back(&mut self, connection: &mut Connection) {
        if self.buffers.len() < MAX_SPARE {
            self.buffers.extend(connection.release_buffer());
        } else {
            drop(connection.release_buffer());
        }
        if self.workspaces.len() < MAX_SPARE {
            self.workspaces.extend(connection.release_workspace());
        } else {
            drop(connection.release_workspace());
        }
    }
}

/// Spare ones that a worker keeps of each: enough for the connections that are in the middle of
/// something at the same time; more are made and freed as needed.
const MAX_SPARE: usize = 32;
