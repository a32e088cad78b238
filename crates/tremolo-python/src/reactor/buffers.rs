//! Memory of connections, lent: a connection has a receive buffer while something is in it, and a
//! workspace while it has an exchange in work. An idle one has neither.
//!
//! The reactor serves one connection at a time, so that a handful of each serves thousands of
//! connections, and stays warm in the cache.

use std::io;

use bytes::{BufMut, BytesMut};
use tremolo_core::{Config, Connection, Workspace};

use super::stream::Stream;

#[derive(Debug)]
pub(super) struct Buffers {
    spare: Vec<BytesMut>,
    workspaces: Vec<Workspace>,
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
        Self { spare: Vec::new(), workspaces: Vec::new(), landing }
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
        if !connection.has_buffer()
            && let Some(buffer) = self.spare.pop()
        {
            connection.adopt_buffer(buffer);
        }
        if !connection.has_workspace()
            && let Some(workspace) = self.workspaces.pop()
        {
            connection.adopt_workspace(workspace);
        }
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
        if let Some(buffer) = connection.release_buffer()
            && self.spare.len() < MAX_SPARE
        {
            self.spare.push(buffer);
        }
        if let Some(workspace) = connection.release_workspace()
            && self.workspaces.len() < MAX_SPARE
        {
            self.workspaces.push(workspace);
        }
    }

    /// Gives back what is spare.
    pub(super) fn rest(&mut self) {
        (self.spare, self.workspaces) = (Vec::new(), Vec::new());
    }
}

/// Spare ones that are kept of each: enough for the connections that are in the middle of something at the
/// same time; more are made and freed as needed.
const MAX_SPARE: usize = 32;
