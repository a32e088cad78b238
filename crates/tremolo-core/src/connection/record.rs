//! The data of an exchange that is over, for an access log.
//!
//! An exchange is over when its handler can add nothing more and the last byte of its response was
//! written, or when the connection ends before. Several pipelined responses may wait to be written;
//! positions in the stream of bytes show when each of them was. Without a log the cost is a branch.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use super::exchange_id::ExchangeId;
use crate::http1::request::RequestHead;

/// An exchange that is over.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Finished {
    /// Its name on the connection.
    pub exchange: ExchangeId,
    /// The head of the request; `None` if it was at fault and never became one.
    pub head: Option<Arc<RequestHead>>,
    /// The status that was sent. `None`: no head was sent, or the application sent its own bytes
    /// instead. 101 for an upgrade.
    pub status: Option<u16>,
    /// Bytes of the response's body, without its coding; raw bytes of the application count as they
    /// are. Of a response that was cut, the bytes that were written; in chunks, the number may be
    /// slightly too low.
    pub body_bytes: u64,
    /// Bytes that were written: interim responses, head, body with its coding.
    pub wire_bytes: u64,
    /// When its request was complete.
    pub began: Instant,
    /// Whether the response ended before it was complete: the client can detect it.
    pub cut: bool,
    /// The identifier that [`set_request_id`](crate::ExchangeOptions::set_request_id) has set.
    pub request_id: Option<Arc<str>>,
}

/// The exchanges of a connection that has a log.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// Bytes that were written, of all exchanges.
    sent: u64,
    current: Option<Current>,
    /// In the order of the wire.
    over: VecDeque<Over>,
    /// Bytes that these keep.
    kept: usize,
}

/// The current exchange.
#[derive(Debug)]
struct Current {
    began: Instant,
    start: u64,
    status: Option<u16>,
    body_bytes: u64,
    faulted: bool,
    request_id: Option<Arc<str>>,
}

/// An exchange whose bytes may still be queued.
#[derive(Debug)]
struct Over {
    finished: Finished,
    start: u64,
    end: u64,
}

impl Record {
    pub(crate) fn begin(&mut self, began: Instant, queued: usize) {
        let start = self.sent + queued as u64;
        self.current = Some(Current {
            began,
            start,
            status: None,
            body_bytes: 0,
            faulted: false,
            request_id: None,
        });
    }

    pub(crate) fn head_failed(&mut self) {
        if let Some(current) = &mut self.current {
            current.faulted = true;
        }
    }

    pub(crate) fn head_sent(&mut self, status: u16) {
        if let Some(current) = &mut self.current {
            current.status = Some(status);
        }
    }

    pub(crate) fn body_queued(&mut self, bytes: u64) {
        if let Some(current) = &mut self.current {
            current.body_bytes = current.body_bytes.saturating_add(bytes);
        }
    }

    pub(crate) fn written(&mut self, bytes: usize) {
        self.sent += bytes as u64;
    }

    /// Sets the identifier of the current exchange.
    pub(crate) fn set_request_id(&mut self, id: Arc<str>) {
        if let Some(current) = &mut self.current {
            current.request_id = Some(id);
        }
    }

    /// The next exchange that is over and whose bytes were written.
    pub(crate) fn take_finished(&mut self) -> Option<Finished> {
        if self.over.front()?.end > self.sent {
            return None;
        }
        let over = self.over.pop_front()?;
        self.kept -= over.kept();
        Some(over.finished)
    }

    /// The current exchange is over; so many bytes are queued.
    pub(crate) fn finish(
        &mut self,
        exchange: ExchangeId,
        head: &Arc<RequestHead>,
        queued: usize,
        cut: bool,
    ) {
        let Some(current) = self.current.take() else { return };
        let end = self.sent + queued as u64;
        let finished = Finished {
            exchange,
            head: (!current.faulted).then(|| Arc::clone(head)),
            status: current.status,
            body_bytes: current.body_bytes,
            wire_bytes: end - current.start,
            began: current.began,
            request_id: current.request_id,
            cut,
        };
        let over = Over { finished, start: current.start, end };
        self.kept += over.kept();
        self.over.push_back(over);
    }

    /// Whether so many exchanges wait to be written, or to be taken, that no other may begin.
    pub(crate) fn is_full(&self) -> bool {
        self.over.len() >= MAX_WAITING || self.kept >= MAX_KEPT
    }

    /// Everything that was not written is dropped.
    pub(crate) fn drop_rest(&mut self) {
        for over in self.over.iter_mut().rev().take_while(|over| over.end > self.sent) {
            let unsent = over.end - over.start.max(self.sent);
            let finished = &mut over.finished;
            finished.body_bytes = finished.body_bytes.saturating_sub(unsent);
            finished.wire_bytes -= unsent;
            finished.cut = true;
            over.end = self.sent;
        }
    }
}

impl Over {
    /// Bytes that it keeps.
    fn kept(&self) -> usize {
        self.finished.head.as_ref().map_or(0, |head| head.size()) + size_of::<Self>()
    }
}

/// Pipelined responses that wait to be written. It is more than one buffer of requests leads to.
const MAX_WAITING: usize = 1_024;

/// Bytes that their records keep, beyond which no other request begins.
pub(crate) const MAX_KEPT: usize = 256 << 10;
