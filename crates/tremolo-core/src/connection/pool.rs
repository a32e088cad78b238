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
pub struct ExchangeBuffers {
    head: Option<Arc<RequestHead>>,
    response: FieldList,
    staging: Vec<u8>,
}

/// What a driver has to lend.
///
/// ```
/// use std::sync::Arc;
/// # use std::time::Instant;
/// use tremolo_core::{Config, Connection, Settings, BufferPool};
/// # use tremolo_core::Now;
///
/// let settings = Arc::new(Settings::new(Config::default())?);
/// # let now = Now::new(Instant::now(), 784_111_777);
/// let mut connection = Connection::new(settings, &now);
/// let mut pool = BufferPool::new();
///
/// // Before each read, and whenever there was nothing to read.
/// pool.attach(&mut connection);
/// connection.input_buffer();
/// pool.reclaim(&mut connection);
/// assert!(!connection.has_buffer());
/// # Ok::<(), tremolo_core::ConfigError>(())
/// ```
#[derive(Debug, Default)]
pub struct BufferPool {
    buffers: Vec<BytesMut>,
    workspaces: Vec<ExchangeBuffers>,
}

impl BufferPool {
    /// Nothing yet: a connection that lacks something makes its own.
    #[must_use]
    pub const fn new() -> Self {
        Self { buffers: Vec::new(), workspaces: Vec::new() }
    }

    /// Gives a connection what it lacks of both, before it reads.
    pub fn attach(&mut self, connection: &mut Connection) {
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
    pub fn reclaim(&mut self, connection: &mut Connection) {
        if let Some(buffer) = connection.release_buffer()
            && self.buffers.len() < MAX_POOLED
        {
            self.buffers.push(buffer);
        }
        if let Some(workspace) = connection.release_workspace()
            && self.workspaces.len() < MAX_POOLED
        {
            self.workspaces.push(workspace);
        }
    }
}

/// Of each: enough for the connections that are in the middle of something at the same time; more
/// are made and freed as needed.
const MAX_POOLED: usize = 32;

impl Connection {
    /// Whether there is memory for received bytes.
    #[must_use]
    pub fn has_buffer(&self) -> bool {
        self.inbound.has_buffer()
    }

    /// Takes the receive buffer, if nothing is in it, to be lent to another connection.
    pub fn release_buffer(&mut self) -> Option<BytesMut> {
        self.inbound.take_buffer()
    }

    /// Gives a connection without a receive buffer one that another one has released.
    pub fn adopt_buffer(&mut self, buffer: BytesMut) {
        self.inbound.use_buffer(buffer);
    }

    /// Whether there is memory for what an exchange writes.
    #[must_use]
    pub fn has_workspace(&self) -> bool {
        self.outbound.has_staging()
    }

    /// Takes the workspace of a connection that has no exchange in work, to be lent to another
    /// one.
    pub fn release_workspace(&mut self) -> Option<ExchangeBuffers> {
        let unused = self.outbound.is_idle();
        (unused && self.has_workspace()).then(|| ExchangeBuffers {
            head: self.inbound.release_head(),
            response: self.outbound.take_fields(),
            staging: self.outbound.take_staging(),
        })
    }

    /// Gives a connection without a workspace one that another one has released.
    pub fn adopt_workspace(&mut self, workspace: ExchangeBuffers) {
        if !self.has_workspace() && self.outbound.writing() == Writing::Idle {
            self.inbound.adopt_head(workspace.head);
            self.outbound.use_fields(workspace.response);
            self.outbound.use_staging(workspace.staging);
        }
    }
}
