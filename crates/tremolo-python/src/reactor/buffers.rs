//! Shared buffers: a connection holds a receive buffer while it contains bytes, and a workspace
//! while an exchange is in progress. The reactor serves one connection at a time, so that a few
//! spare ones suffice for all connections.

use std::io;

use bytes::BufMut;
use tremolo_core::{BufferPool, Connection};
use tremolo_net::receive;

use super::stream::Stream;

#[derive(Debug)]
pub(super) struct Buffers {
    pool: BufferPool,
}

/// The result of a read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Received {
    pub(super) count: usize,
    /// Whether the read filled the buffer, so that more bytes may be waiting.
    pub(super) full: bool,
}

impl Buffers {
    pub(super) fn new() -> Self {
        Self { pool: BufferPool::new() }
    }

    /// Gives a connection the buffers that it lacks.
    pub(super) fn attach(&mut self, connection: &mut Connection) {
        self.pool.attach(connection);
    }

    /// Reads once into the buffer of a connection, after attaching a buffer if it has none.
    pub(super) fn receive(
        &mut self,
        stream: &Stream,
        connection: &mut Connection,
    ) -> io::Result<Received> {
        self.pool.attach(connection);
        let input = connection.input_buffer();
        let room = input.remaining_mut();
        receive(stream, input).map(|count| Received { count, full: count == room })
    }

    /// Reclaims the buffers that a connection does not use.
    pub(super) fn reclaim(&mut self, connection: &mut Connection) {
        self.pool.reclaim(connection);
    }

    /// Reclaims the buffers of a connection that is over.
    pub(super) fn reclaim_last(&mut self, connection: &mut Connection) {
        self.pool.reclaim_last(connection);
    }

    /// Frees the spare buffers.
    pub(super) fn shrink(&mut self) {
        self.pool = BufferPool::new();
    }
}
