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
