//! Records the exchanges of a connection, for an access log, and counts them.

use super::Connection;
use super::record::Finished;
use super::state::Writing;
use super::tally::Tally;
use crate::error::CloseReason;
use crate::http1::response::Framing;

impl Connection {
    /// The next exchange that is over, in their order; always `None` without `access_log`. With it,
    /// call this until it returns `None`, after what was queued has been written, and when the
    /// connection is closed: no request begins while too many records wait.
    #[inline]
    pub fn take_finished(&mut self) -> Option<Finished> {
        self.record.as_mut()?.take_finished()
    }

    /// Calls a function with what has begun and ended since the last call, if anything has. Use it at
    /// the end of each turn, and when the connection is closed: the numbers are small.
    #[inline]
    pub fn take_tally(&mut self, count: impl FnOnce(&Tally)) {
        self.tallies.take(count);
    }

    /// The current exchange is over: its response is complete, or the connection closes for this
    /// reason.
    #[inline]
    pub(super) fn finish_exchange(&mut self, reason: Option<CloseReason>) {
        self.tallies.end();
        let Some(record) = &mut self.record else { return };
        let complete = match self.outbound.writing() {
            Writing::Ended | Writing::BodyDone | Writing::Body(Framing::None) => true,
            Writing::Body(Framing::Length(_)) => self.outbound.is_length_met(),
            Writing::Body(Framing::Chunked | Framing::UntilClose)
            | Writing::Idle
            | Writing::Head
            | Writing::Raw => false,
        };
        let cut = !complete && reason.is_some_and(|reason| reason != CloseReason::Finished);
        let (exchange, head) = (self.lifecycle.exchange(), self.inbound.shared_head());
        record.finish(exchange, head, self.outbound.queued(), cut);
    }

    /// Drops everything that was not written.
    pub(crate) fn drop_queue(&mut self, reason: CloseReason) {
        self.finish_exchange(Some(reason));
        if let Some(record) = &mut self.record {
            record.drop_rest();
        }
        self.outbound.clear_queue();
    }
}
