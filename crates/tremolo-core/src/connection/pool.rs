//! A pool of buffers that connections share: a connection that is idle returns its receive buffer
//! and the buffers of its exchange.
//!
//! A driver serves one connection at a time. So a few of each serve thousands of connections and
//! stay warm in the cache.

use std::sync::Arc;

use bytes::BytesMut;

use super::Connection;
use super::input_room::longest_buffer;
use super::state::Writing;
use crate::http1::request::RequestHead;
use crate::http1::response::FieldList;

/// A head for requests, room for the fields of a response, and for what is to be written.
#[derive(Debug, Default)]
pub(super) struct ExchangeBuffers {
    head: Option<Arc<RequestHead>>,
    response: FieldList,
    staging: Vec<u8>,
}

/// A pool of buffers for the connections of one driver.
///
/// ```
/// use std::sync::Arc;
/// # use std::time::Instant;
/// use tremolo_core::{Config, Connection, Settings, BufferPool};
/// # use tremolo_core::Now;
///
/// let settings = Arc::new(Settings::new(Config::default())?);
/// # let now = Now::new(Instant::now(), 784_111_777);
/// let mut connection = Connection::new(settings, None, &now);
/// let mut pool = BufferPool::new();
///
/// // Before each read, and whenever there was nothing to read.
/// pool.attach(&mut connection);
/// connection.input_buffer();
/// pool.reclaim(&mut connection);
/// assert!(!connection.peek().has_buffer());
/// # Ok::<(), tremolo_core::ConfigError>(())
/// ```
#[derive(Debug, Default)]
pub struct BufferPool {
    buffers: Vec<BytesMut>,
    exchanges: Vec<ExchangeBuffers>,
    /// Room for what WebSockets write.
    stagings: Vec<Vec<u8>>,
}

impl BufferPool {
    /// An empty pool: a connection that has no buffers allocates its own.
    #[must_use]
    pub const fn new() -> Self {
        Self { buffers: Vec::new(), exchanges: Vec::new(), stagings: Vec::new() }
    }

    /// Gives a connection the buffers that it lacks, before it reads.
    pub fn attach(&mut self, connection: &mut Connection) {
        if !connection.inbound.has_buffer()
            && let Some(buffer) = self.buffers.pop()
            // One of a listener with longer buffers would exceed what this connection may hold.
            && buffer.capacity() <= longest_buffer(connection.settings.config())
        {
            connection.adopt_buffer(buffer);
        }
        if connection.outbound.has_staging() {
            return;
        }
        if connection.outbound.writing() == Writing::Idle {
            if let Some(exchange_buffers) = self.exchanges.pop() {
                connection.adopt_exchange_buffers(exchange_buffers);
            }
        } else if connection.inbound.websocket().is_some()
            // Its exchange does not end, so that it has none of the other buffers of an exchange.
            && let Some(staging) = self.stagings.pop()
        {
            connection.outbound.use_staging(staging);
        }
    }

    /// Takes the buffers that a connection does not use while it waits. A few of each are kept.
    pub fn reclaim(&mut self, connection: &mut Connection) {
        if let Some(buffer) = connection.release_buffer()
            && self.buffers.len() < MAX_POOLED
        {
            self.buffers.push(buffer);
        }
        if !connection.outbound.has_staging() || !connection.outbound.is_queue_empty() {
            return;
        }
        if connection.outbound.writing() == Writing::Idle {
            if let Some(exchange_buffers) = connection.release_exchange_buffers()
                && self.exchanges.len() < MAX_POOLED
            {
                self.exchanges.push(exchange_buffers);
            }
        } else if connection.inbound.websocket().is_some() {
            let staging = connection.outbound.take_staging();
            if self.stagings.len() < MAX_POOLED {
                self.stagings.push(staging);
            }
        }
    }

    /// Takes the buffers of a connection that is over. Call it when no handle can ask for its last
    /// exchange any more.
    pub fn reclaim_last(&mut self, connection: &mut Connection) {
        connection.outbound.next_request();
        self.reclaim(connection);
    }
}

/// Of each: enough for the connections that are busy at the same time. More are allocated and freed
/// as needed.
const MAX_POOLED: usize = 32;

impl Connection {
    /// Takes the receive buffer, if nothing is in it, for another connection.
    pub(super) fn release_buffer(&mut self) -> Option<BytesMut> {
        self.inbound.take_buffer()
    }

    /// Gives a connection without a receive buffer one that another connection has released.
    pub(super) fn adopt_buffer(&mut self, buffer: BytesMut) {
        self.inbound.use_buffer(buffer);
    }

    /// Whether exchange buffers of another connection can be used now.
    fn wants_exchange_buffers(&self) -> bool {
        !self.outbound.has_staging() && self.outbound.writing() == Writing::Idle
    }

    /// Takes the exchange buffers of a connection that has no current exchange, for another
    /// connection.
    pub(super) fn release_exchange_buffers(&mut self) -> Option<ExchangeBuffers> {
        let unused = self.outbound.is_idle();
        (unused && self.outbound.has_staging()).then(|| ExchangeBuffers {
            head: self.inbound.release_head(),
            response: self.outbound.take_fields(),
            staging: self.outbound.take_staging(),
        })
    }

    /// Gives a connection without exchange buffers those that another connection has released.
    pub(super) fn adopt_exchange_buffers(&mut self, exchange_buffers: ExchangeBuffers) {
        if self.wants_exchange_buffers() {
            self.inbound.adopt_head(exchange_buffers.head);
            self.outbound.use_fields(exchange_buffers.response);
            self.outbound.use_staging(exchange_buffers.staging);
        }
    }
}
