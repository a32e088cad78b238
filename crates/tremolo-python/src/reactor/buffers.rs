//! Shared buffers: a connection holds a receive buffer while it contains bytes, and a workspace
//! while an exchange is in progress. The reactor serves one connection at a time, so that a few
//! spare ones suffice for all connections.

use std::io;

use bytes::BufMut;
use tremolo_core::{BufferPool, Config, Connection};

use super::stream::Stream;

#[derive(Debug)]
pub(super) struct Buffers {
    pool: BufferPool,
    /// The target of reads that may be short.
    landing: Box<[u8]>,
}

/// The result of a read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Received {
    pub(super) count: usize,
    /// Whether the read filled the buffer, so that more bytes may be waiting.
    pub(super) full: bool,
}

impl Buffers {
    pub(super) fn new(config: &Config) -> Self {
        let landing = vec![0; config.buffer_size].into_boxed_slice();
        Self { pool: BufferPool::new(), landing }
    }

    /// Gives a connection the buffers that it lacks.
    pub(super) fn attach(&mut self, connection: &mut Connection) {
        self.pool.attach(connection);
    }

    /// Reads once into the buffer of a connection, after attaching a buffer if it has none.
    ///
    /// A read into uninitialised memory needs `unsafe`, and clearing a whole buffer takes longer
    /// than parsing a request, which has a few hundred bytes. So a read goes into memory that was
    /// cleared once, and its bytes are copied. Only the long reads of a long body clear their
    /// memory, which costs little compared to the read.
    pub(super) fn receive(
        &mut self,
        stream: &mut Stream,
        connection: &mut Connection,
    ) -> io::Result<Received> {
        self.pool.attach(connection);
        let mut input = connection.input_buffer();
        let room = input.remaining_mut();
        if let Some(landing) = self.landing.get_mut(..room) {
            let count = stream.read(landing)?;
            input.put_slice(&landing[..count]);
            return Ok(Received { count, full: count == room });
        }
        let input = input.into_inner();
        let start = input.len();
        input.resize(start + room, 0);
        let read = stream.read(&mut input[start..]);
        input.truncate(start + *read.as_ref().unwrap_or(&0));
        read.map(|count| Received { count, full: count == room })
    }

    /// Reclaims the buffers that a connection does not use.
    pub(super) fn reclaim(&mut self, connection: &mut Connection) {
        self.pool.reclaim(connection);
    }

    /// Frees the spare buffers.
    pub(super) fn shrink(&mut self) {
        self.pool = BufferPool::new();
    }
}
