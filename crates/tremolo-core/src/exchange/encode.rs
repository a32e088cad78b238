//! Queues the response: the head once, then the body in its framing (RFC 9112 sections 6 and 7).

use super::Exchange;
use super::checks::check_open;
use crate::clock::Now;
use crate::connection::Piece;
use crate::connection::state::{Reading, Writing};
use crate::error::{Error, Misuse};
use crate::http1::response::{BodySize, Envelope, Framing};

impl Exchange<'_> {
    /// Sends the head, if it was not sent, of a body in pieces, before the first piece: for
    /// clients that wait for the head alone.
    ///
    /// # Errors
    ///
    /// That the exchange is over, or the connection gone.
    pub fn begin_body(&mut self, now: &Now) -> Result<(), Error> {
        check_open(self.connection)?;
        match self.connection.outbound.writing() {
            Writing::Idle => return Err(Misuse::ExchangeOver.into()),
            Writing::Head => self.send_head(now, BodySize::Streamed),
            Writing::Body(_) | Writing::BodyDone | Writing::Raw | Writing::Ended => {}
        }
        Ok(())
    }

    pub(super) fn send_head(&mut self, now: &Now, size: BodySize) {
        let plan = self.connection.outbound.plan(size, self.connection.inbound.head());
        if !self.may_persist(plan.sent, size) {
            self.connection.lifecycle.forbid_reuse();
        }
        let with = Envelope {
            version: self.connection.inbound.head().version(),
            announced: plan.announced,
            persist: self.connection.lifecycle.persists(),
            server_line: self.connection.settings.server_line(),
            hsts_line: self.connection.settings.hsts_line(),
        };
        self.connection.outbound.send_head(plan, with, now);
        let status = self.connection.outbound.response().status().as_u16();
        self.connection.tallies.head_sent(status);
        if let Some(record) = &mut self.connection.record {
            record.head_sent(status);
        }
    }

    /// Whether another request may follow. If not, the head contains that (RFC 9112 section 9.6).
    fn may_persist(&self, sent: Framing, size: BodySize) -> bool {
        // A body that is not read any more, and that is too long to be discarded.
        let is_left = self.connection.inbound.reading() == Reading::Body
            && (self.connection.inbound.body().received() == 0
                || matches!(size, BodySize::Known(_)))
            && self
                .connection
                .inbound
                .exceeds_discard_limit(self.connection.settings.config().discard_limit);
        sent != Framing::UntilClose
            && !self.connection.outbound.response().close()
            // The client may send its body or not: its next bytes could be either.
            && !self.connection.inbound.body().is_continue_owed()
            && !is_left
            && !self.connection.lifecycle.is_draining()
            // Nothing can follow.
            && (!self.connection.inbound.has_ended() || !self.connection.inbound.is_empty())
    }

    /// Queues bytes that the application has framed. The head of a `101` is an upgrade, if the body
    /// of the request was read; else the connection ends with the exchange, because the client does
    /// not send requests any more.
    pub(super) fn send_raw(&mut self, piece: Piece<'_>) {
        self.connection.record_body(piece.len() as u64);
        if !self.connection.outbound.queue_raw(piece) {
            return;
        }
        if self.connection.inbound.reading() == Reading::Complete {
            self.leave_http();
        } else {
            self.connection.lifecycle.forbid_reuse();
        }
    }
}
