//! Pieces that wait for company: a response that does not stream sends what is yielded when there
//! is half of `buffer_size` of it, or the end.
//!
//! Only `yield` gathers; whatever else is said comes after what waits. As long as all of a body
//! waits, its head does too: then an error still has its page, and the length may become known.

use super::state::Writing;
use super::{Connection, Piece};
use crate::clock::Now;
use crate::error::Error;

/// What was yielded and waits for more.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    wanted: bool,
    pieces: Vec<u8>,
}

impl Gathering {
    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.pieces.len()
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

impl Connection {
    /// Whether each piece that is yielded goes out at once (`true`, as it is without a word), or
    /// together with others, when they fill half of `buffer_size` or nothing more comes.
    ///
    /// # Errors
    ///
    /// [`Misuse::HeadAlreadySent`](crate::Misuse::HeadAlreadySent), or that the response or the
    /// connection is over.
    pub fn set_streaming(&mut self, stream: bool) -> Result<(), Error> {
        self.response_mut()?;
        self.gathering.wanted = !stream;
        Ok(())
    }

    /// Whether pieces wait for company; raw ones never do.
    pub(super) fn gathers(&self) -> bool {
        self.gathering.wanted && matches!(self.writing, Writing::Head | Writing::Body(_))
    }

    pub(super) fn gather(&mut self, now: &Now, piece: Piece<'_>) -> Result<(), Error> {
        self.check_open()?;
        let enough = (self.buffer_size / 2).max(1);
        if piece.len() >= enough || self.is_too_long(piece.len()) {
            return self.write(now, piece);
        }
        self.progressed(now);
        self.gathering.pieces.extend_from_slice(piece.as_slice());
        if self.gathering.pieces.len() < enough { Ok(()) } else { self.send_gathered(now) }
    }

    /// Sends what waits.
    pub(super) fn send_gathered(&mut self, now: &Now) -> Result<(), Error> {
        if self.gathering.is_empty() {
            return Ok(());
        }
        let pieces = std::mem::take(&mut self.gathering.pieces);
        let sent = self.write(now, Piece::Owned(pieces));
        if let Err(Error::Misuse(_)) = sent {
            // A length that was declared since is shorter: what was taken cannot be delivered, and
            // the client has to see that.
            self.cut();
        }
        sent
    }

    /// The last piece of a body, with what waits for it.
    pub(super) fn join_gathered<'a>(
        &mut self,
        now: &Now,
        last: Piece<'a>,
    ) -> Result<Piece<'a>, Error> {
        if self.gathering.is_empty() {
            return Ok(last);
        }
        if self.is_too_long(last.len()) {
            self.send_gathered(now)?;
            return Ok(last);
        }
        let mut pieces = std::mem::take(&mut self.gathering.pieces);
        pieces.extend_from_slice(last.as_slice());
        Ok(Piece::Owned(pieces))
    }

    /// Whether a piece, behind those that wait, is more than the declared length allows: then they
    /// must not share its fate.
    fn is_too_long(&self, piece: usize) -> bool {
        !self.declared_length().allows((self.gathering.pieces.len() + piece) as u64)
    }
}
