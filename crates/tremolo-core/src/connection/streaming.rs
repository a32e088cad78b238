//! Responses that do not stream: pieces that are yielded are coalesced.
//!
//! Only `yield` coalesces. Every other call sends first what waits. While all of a body waits, its
//! head waits too: then an error page is still possible, and the length may become known.

use super::{Connection, Piece};
use crate::clock::Now;
use crate::error::Error;

impl Connection {
    /// Whether each piece that is yielded is sent at once (`true`, the default), or together with
    /// others, when they fill half of `buffer_size` or the body ends.
    ///
    /// # Errors
    ///
    /// [`Misuse::HeadAlreadySent`](crate::Misuse::HeadAlreadySent), or that the response or the
    /// connection is over.
    pub fn set_streaming(&mut self, stream: bool) -> Result<(), Error> {
        self.response_mut()?;
        self.outbound.set_coalescing(!stream);
        Ok(())
    }

    pub(super) fn coalesce(&mut self, now: &Now, piece: Piece<'_>) -> Result<(), Error> {
        self.check_open()?;
        let enough = self.outbound.coalesced_size();
        if piece.len() >= enough || self.is_too_long(piece.len()) {
            return self.write(now, piece);
        }
        self.progressed(now);
        self.outbound.coalesce(piece.as_slice());
        if self.outbound.coalesced() < enough { Ok(()) } else { self.send_coalesced(now) }
    }

    /// Sends the pieces that wait.
    pub(super) fn send_coalesced(&mut self, now: &Now) -> Result<(), Error> {
        if !self.outbound.has_coalesced() {
            return Ok(());
        }
        let pieces = self.outbound.take_coalesced();
        let sent = self.write(now, Piece::Owned(pieces));
        if let Err(Error::Misuse(_)) = sent {
            // A length that was declared since is shorter. The pieces cannot be sent, and the
            // client must be able to detect that.
            self.cut_response();
        }
        sent
    }

    /// The last piece of a body, joined to the pieces that wait.
    pub(super) fn join_coalesced<'a>(
        &mut self,
        now: &Now,
        last: Piece<'a>,
    ) -> Result<Piece<'a>, Error> {
        if !self.outbound.has_coalesced() {
            return Ok(last);
        }
        if self.is_too_long(last.len()) {
            self.send_coalesced(now)?;
            return Ok(last);
        }
        let mut pieces = self.outbound.take_coalesced();
        pieces.extend_from_slice(last.as_slice());
        Ok(Piece::Owned(pieces))
    }

    /// Whether a piece, after those that wait, exceeds the declared length. It is then refused
    /// alone.
    fn is_too_long(&self, piece: usize) -> bool {
        let budget = self.outbound.length_budget(self.inbound.head());
        !budget.allows((self.outbound.coalesced() + piece) as u64)
    }
}
