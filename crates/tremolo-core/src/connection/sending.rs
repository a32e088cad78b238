//! How what the application says becomes queued bytes: the head once, then the body in its framing
//! (RFC 9112 sections 6 and 7).

use super::declared_length::DeclaredLength;
use super::state::{Reading, Writing};
use super::transmit::TransmitQueue;
use super::{Connection, Piece};
use crate::clock::Now;
use crate::error::{Error, Misuse};
use crate::http1::response::{
    BodySize, CHUNK_END, Envelope, Framing, LAST_CHUNK, Plan, encode_head, plan, push_chunk_prefix,
    push_last_chunk,
};

impl Connection {
    pub(super) fn plan(&self, size: BodySize) -> Plan {
        let is_head = self.head.method() == http::Method::HEAD;
        plan(&self.response, size, self.head.version(), is_head)
    }

    /// Sends the head, if it is not out, of a body that comes in pieces, before there is one: for
    /// clients that wait for the head alone.
    ///
    /// # Errors
    ///
    /// That the exchange is over, or the connection gone.
    pub fn begin_body(&mut self, now: &Now) -> Result<(), Error> {
        self.check_open()?;
        match self.writing {
            Writing::Idle => return Err(Misuse::ExchangeOver.into()),
            Writing::Head => self.send_head(now, BodySize::Streamed),
            Writing::Body(_) | Writing::BodyDone | Writing::Raw | Writing::Ended => {}
        }
        Ok(())
    }

    pub(super) fn send_head(&mut self, now: &Now, size: BodySize) {
        let plan = self.plan(size);
        self.persist &= self.may_persist(plan.sent, size);
        let with = Envelope {
            version: self.head.version(),
            announced: plan.announced,
            persist: self.persist,
            server_line: &self.settings.server_line,
        };
        let response = &self.response;
        self.transmit.stage(|out| encode_head(out, response, with, now));
        if self.coded.is_none() {
            self.declared = DeclaredLength::of(self.response.declared_length(), plan.sent);
        }
        self.writing = Writing::Body(plan.sent);
        if let Some(record) = &mut self.record {
            record.head_sent(self.response.status().as_u16());
        }
    }

    /// RFC 9112 section 9.6: a connection that will be closed says so.
    fn may_persist(&self, sent: Framing, size: BodySize) -> bool {
        // A body that nobody reads or reads on, and that is too long to be thrown away.
        let unread = self.reading == Reading::Body
            && (self.decoder.received() == 0 || matches!(size, BodySize::Known(_)))
            && self.decoder.remaining().is_some_and(|left| {
                left > self.input.len() as u64 + self.settings.config.discard_limit
            });
        sent != Framing::UntilClose
            && !self.response.close()
            // The client may send its body or not: nobody knows what its next bytes are.
            && !self.continue_owed
            && !unread
            && !self.draining
            // Nothing can follow.
            && (!self.input_ended || !self.input.is_empty())
    }

    pub(super) fn send_data(&mut self, framing: Framing, piece: Piece<'_>) -> Result<(), Error> {
        self.declared.spend(piece.len() as u64)?;
        if self.coded.is_some() {
            return self.send_coded(framing, piece.as_slice());
        }
        self.send_framed(framing, piece.len() as u64, |queue| queue.push(piece));
        Ok(())
    }

    /// Queues so many bytes of the body, in its framing.
    pub(super) fn send_framed(
        &mut self,
        framing: Framing,
        length: u64,
        push: impl FnOnce(&mut TransmitQueue),
    ) {
        match framing {
            Framing::None => return,
            Framing::Length(_) | Framing::UntilClose => push(&mut self.transmit),
            Framing::Chunked => {
                self.transmit.stage(|out| push_chunk_prefix(out, length));
                push(&mut self.transmit);
                self.transmit.stage(|out| out.extend_from_slice(CHUNK_END));
            }
        }
        self.body_queued(length);
    }

    /// Queues bytes of the application's own making.
    pub(super) fn send_raw(&mut self, piece: Piece<'_>) {
        self.body_queued(piece.len() as u64);
        self.transmit.push(piece);
    }

    pub(super) fn body_queued(&mut self, length: u64) {
        if let Some(record) = &mut self.record {
            record.body_queued(length);
        }
    }

    /// Ends a body that was begun. One that is shorter than declared cannot be completed: the
    /// connection is cut, so that the client can tell (RFC 9112 section 8).
    pub(super) fn complete_body(&mut self, framing: Framing) {
        if !self.declared.is_met() || !self.finish_coded(framing) {
            return self.cut();
        }
        match framing {
            Framing::Chunked if self.response.has_trailers() => {
                let response = &self.response;
                self.transmit.stage(|out| push_last_chunk(out, response.trailers()));
            }
            Framing::Chunked => self.transmit.stage(|out| out.extend_from_slice(LAST_CHUNK)),
            Framing::None | Framing::Length(_) => {}
            Framing::UntilClose => self.persist = false,
        }
    }
}
