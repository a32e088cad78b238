//! Queues the body of a response in its coding and its framing, completes it, or cuts it (RFC 9112
//! sections 6, 7 and 8). The exchange and the deadlines of the connection both do that.

use super::transmit::TransmitQueue;
use super::{Connection, Piece};
use crate::error::{CloseReason, Error};
use crate::http1::response::Framing;

impl Connection {
    /// Queues a piece of the body, in its coding and its framing.
    #[inline]
    pub(crate) fn send_data(&mut self, framing: Framing, piece: Piece<'_>) -> Result<(), Error> {
        self.outbound.spend_length(piece.len() as u64)?;
        if self.outbound.is_coded() {
            return self.send_coded(framing, piece.as_slice());
        }
        self.send_framed(framing, piece.len() as u64, |queue| queue.push(piece));
        Ok(())
    }

    /// Queues so many bytes of the body, in its framing.
    #[inline]
    pub(crate) fn send_framed(
        &mut self,
        framing: Framing,
        length: u64,
        push: impl FnOnce(&mut TransmitQueue),
    ) {
        let queued = self.outbound.queue_framed(framing, length, push);
        self.record_body(queued);
    }

    /// Ends a body that was begun. A body that is shorter than declared cannot be completed: the
    /// connection is cut, so that the client can detect it (RFC 9112 section 8).
    #[inline]
    pub(crate) fn complete_body(&mut self, framing: Framing) {
        if !self.outbound.is_length_met() || !self.finish_coded(framing) {
            return self.cut_response();
        }
        match framing {
            Framing::Chunked => self.outbound.queue_last_chunk(),
            Framing::None | Framing::Length(_) => {}
            Framing::UntilClose => self.lifecycle.forbid_reuse(),
        }
    }

    /// Counts content that was queued.
    #[inline]
    pub(crate) fn record_body(&mut self, length: u64) {
        if let Some(record) = &mut self.record {
            record.body_queued(length);
        }
    }

    /// Sends a piece through the encoder and flushes it.
    fn send_coded(&mut self, framing: Framing, piece: &[u8]) -> Result<(), Error> {
        if piece.is_empty() {
            return Ok(());
        }
        let Ok(queued) = self.outbound.queue_coded(framing, piece) else {
            self.cut_response();
            return Err(CloseReason::ResponseCut.into());
        };
        self.record_body(queued);
        Ok(())
    }

    /// Ends the coding of a body, if it has one; returns whether that succeeded.
    fn finish_coded(&mut self, framing: Framing) -> bool {
        let finished = self.outbound.finish_coding(framing);
        self.record_body(finished.unwrap_or(0));
        finished.is_ok()
    }

    /// Closes the connection, so that the client can detect that the response is not complete.
    pub(crate) fn cut_response(&mut self) {
        self.start_closing(CloseReason::ResponseCut);
    }
}
