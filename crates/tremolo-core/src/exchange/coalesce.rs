//! Responses that do not stream: pieces that are yielded are coalesced.
//!
//! Only `yield` coalesces. Every other call sends first what waits. While all of a body waits, its
//! head waits too: then an error page is still possible, and the length may become known.

use super::Exchange;
use super::checks::check_open;
use crate::clock::Now;
use crate::connection::Piece;
use crate::error::Error;

impl Exchange<'_> {
    /// `yield` while streaming is off.
    pub(super) fn coalesce(&mut self, now: &Now, piece: Piece<'_>) -> Result<(), Error> {
        check_open(self.connection)?;
        let enough = self.connection.outbound.coalesced_size();
        if piece.len() >= enough || self.is_too_long(piece.len()) {
            return self.write(now, piece);
        }
        self.connection.progressed(now);
        self.connection.outbound.coalesce(piece.as_slice());
        if self.connection.outbound.coalesced() < enough {
            Ok(())
        } else {
            self.send_coalesced(now)
        }
    }

    /// Sends the pieces that wait.
    pub(super) fn send_coalesced(&mut self, now: &Now) -> Result<(), Error> {
        if self.connection.outbound.coalesced() == 0 {
            return Ok(());
        }
        let pieces = self.connection.outbound.take_coalesced();
        let sent = self.write(now, Piece::Owned(pieces));
        if let Err(Error::Misuse(_)) = sent {
            // A length that was declared since is shorter. The pieces cannot be sent, and the
            // client must be able to detect that.
            self.connection.cut_response();
        }
        sent
    }

    /// The last piece of a body, joined to the pieces that wait.
    pub(super) fn join_coalesced<'a>(
        &mut self,
        now: &Now,
        last: Piece<'a>,
    ) -> Result<Piece<'a>, Error> {
        if self.is_too_long(last.len()) {
            self.send_coalesced(now)?;
            return Ok(last);
        }
        let mut pieces = self.connection.outbound.take_coalesced();
        pieces.extend_from_slice(last.as_slice());
        Ok(Piece::Owned(pieces))
    }

    /// Whether a piece, after those that wait, exceeds the declared length. It is then refused
    /// alone.
    fn is_too_long(&self, piece: usize) -> bool {
        let budget = self.connection.outbound.length_budget(self.connection.inbound.head());
        !budget.allows((self.connection.outbound.coalesced() + piece) as u64)
    }
}
