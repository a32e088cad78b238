//! Memory that connections lend each other: the receive buffer while nothing is in it, and what
//! an exchange is worked on with while there is none.
//!
//! A driver serves one connection at a time, so that a handful of each serves thousands of
//! connections and stays warm in the cache, and an idle connection has neither.

use std::sync::Arc;

use bytes::BytesMut;

use super::Connection;
use super::state::Writing;
use crate::http1::request::RequestHead;
use crate::http1::response::FieldList;

/// A head for requests, room for the fields of a response, and for what is to be written.
#[derive(Debug, Default)]
pub struct Workspace {
    head: Option<Arc<RequestHead>>,
    response: FieldList,
    staging: Vec<u8>,
}

/// What a driver has to lend.
///
/// ```
/// use std::sync::Arc;
/// # use std::time::Instant;
/// use tremolo_core::{Config, Connection, Settings, Spare};
/// # use tremolo_core::Now;
///
/// let settings = Arc::new(Settings::new(Config::default())?);
/// # let now = Now::new(Instant::now(), 784_111_777);
/// let mut connection = Connection::new(settings, &now);
/// let mut spare = Spare::new();
///
/// // Before each read, and whenever there was nothing to read.
/// spare.lend(&mut connection);
/// connection.input_buffer();
/// spare.take_back(&mut connection);
/// assert!(!connection.has_buffer());
/// # Ok::<(), tremolo_core::ConfigError>(())
/// ```
#[derive(Debug, Default)]
pub struct Spare {
    buffers: Vec<BytesMut>,
    workspaces: Vec<Workspace>,
}

impl Spare {
    /// Nothing yet: a connection that lacks something makes its own.
    #[must_use]
    pub const fn new() -> Self {
        Self { buffers: Vec::new(), workspaces: Vec::new() }
    }

    /// Gives a connection what it lacks of both, before it reads.
    pub fn lend(&mut self, connection: &mut Connection) {
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

    /// Takes back what a connection does not use while it waits. A few of each are kept.
    pub fn take_back(&mut self, connection: &mut Connection) {
        if let Some(buffer) = connection.release_buffer()
            && self.buffers.len() < MAX_SPARE
        {
            self.buffers.push(buffer);
        }
        if let Some(workspace) = connection.release_workspace()
            && self.workspaces.len() < MAX_SPARE
        {
            self.workspaces.push(workspace);
        }
    }
}

/// Of each: enough for the connections that are in the middle of something at the same time; more
/// are made and freed as needed.
const MAX_SPARE: usize = 32;

impl Connection {
    /// Whether there is memory for received bytes.
    #[must_use]
    pub fn has_buffer(&self) -> bool {
        self.input.capacity() > 0
    }

    /// Takes the receive buffer, if nothing is in it, to be lent to another connection.
    pub fn release_buffer(&mut self) -> Option<BytesMut> {
        let unused = self.input.is_empty() && self.has_buffer();
        unused.then(|| std::mem::take(&mut self.input))
    }

    /// Gives a connection without a receive buffer one that another one has released.
    pub fn adopt_buffer(&mut self, buffer: BytesMut) {
        if !self.has_buffer() && buffer.is_empty() {
            self.input = buffer;
        }
    }

    /// Whether there is memory for what an exchange writes.
    #[must_use]
    pub fn has_workspace(&self) -> bool {
        self.transmit.has_staging()
    }

    /// Takes the workspace of a connection that has no exchange in work, to be lent to another
    /// one.
    pub fn release_workspace(&mut self) -> Option<Workspace> {
        let unused = self.writing == Writing::Idle && self.transmit.is_empty();
        (unused && self.has_workspace()).then(|| Workspace {
            head: self.head.release(),
            response: self.response.take_fields(),
            staging: self.transmit.take_staging(),
        })
    }

    /// Gives a connection without a workspace one that another one has released.
    pub fn adopt_workspace(&mut self, workspace: Workspace) {
        if !self.has_workspace() && self.writing == Writing::Idle {
            self.head.adopt(workspace.head);
            self.response.use_fields(workspace.response);
            self.transmit.use_staging(workspace.staging);
        }
    }
}
