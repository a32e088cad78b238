//! Memory of connections, lent: a connection has a receive buffer while something is in it, and a
//! workspace while it has an exchange in work. The reactor serves one connection at a time, so
//! that its spare ones do for all of them.

use std::io;

use bytes::BufMut;
use tremolo_core::{BufferPool, Config, Connection};

use super::stream::Stream;

#[derive(Debug)]
pub(super) struct Buffers {
    spare: BufferPool,
    /// Where a read lands that may turn out short.
    landing: Box<[u8]>,
}

/// What a read brought.
#[derive(Clone, Copy, Debug)]
pub(super) struct Received {
    pub(super) count: usize,
    /// Whether it filled the room it had, so that more may wait.
    pub(super) full: bool,
}

impl Buffers {
    pub(super) fn new(config: &Config) -> Self {
        let landing = vec![0; config.buffer_size].into_boxed_slice();
        Self { spare: BufferPool::new(), landing }
    }

    /// Reads once into the buffer of a connection, which is lent what it lacks.
    ///
    /// To hand out uninitialised room takes `unsafe`, and to clear room for a whole step takes
    /// longer than to parse what comes, which is a few hundred bytes. So a read lands in room
    /// that was cleared once and what came is copied; only the long reads of a long body clear
    /// their room, which is little beside what they bring.
    pub(super) fn receive(
        &mut self,
        stream: &mut Stream,
        connection: &mut Connection,
    ) -> io::Result<Received> {
        self.spare.attach(connection);
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

    /// Takes back what a connection does not use.
    pub(super) fn take_back(&mut self, connection: &mut Connection) {
        self.spare.reclaim(connection);
    }

    /// Gives back what is spare.
    pub(super) fn rest(&mut self) {
        self.spare = BufferPool::new();
    }
}
