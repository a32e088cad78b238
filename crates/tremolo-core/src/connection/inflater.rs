//! A request body is decoded while it is read: never more than one step ahead of its reader, and
//! never beyond its limit (RFC 9110 section 8.4.1; CWE-409).

use bytes::{Bytes, BytesMut};

use super::codec::ContentDecoder;
use crate::error::PeerError;

/// The decoder of a coded request body, with the bytes that it has not taken yet.
#[derive(Debug)]
pub(crate) struct Inflater {
    decoder: Box<dyn ContentDecoder>,
    coded: Bytes,
    has_begun: bool,
    /// The last step was full: the decoder may have more without more input.
    may_have_more: bool,
    /// The decoded bytes that are still allowed.
    left: u64,
}

impl Inflater {
    pub(crate) fn new(decoder: Box<dyn ContentDecoder>, limit: u64) -> Self {
        Self { decoder, coded: Bytes::new(), has_begun: false, may_have_more: false, left: limit }
    }

    /// Adds coded bytes; those before have been taken.
    pub(crate) fn feed(&mut self, coded: Bytes) {
        (self.coded, self.has_begun) = (coded, true);
    }

    /// The next decoded bytes, at most `max`; `None` if more coded bytes are needed.
    pub(crate) fn next(&mut self, max: usize) -> Result<Option<Bytes>, PeerError> {
        if self.coded.is_empty() && !self.may_have_more {
            return Ok(None);
        }
        // One byte more shows that the body is too long.
        let allowed = usize::try_from(self.left.saturating_add(1)).unwrap_or(usize::MAX);
        let mut out = BytesMut::zeroed(max.clamp(1, STEP).min(allowed));
        let mut made = 0;
        loop {
            let room = out.get_mut(made..).unwrap_or_default();
            let decoded = self.decoder.decode(&self.coded, room);
            let (taken, more) = decoded.map_err(|_| PeerError::InvalidContentCoding)?;
            let _ = self.coded.split_to(taken.min(self.coded.len()));
            made += more;
            if self.coded.is_empty() || made >= out.len() {
                break;
            }
            if taken + more == 0 {
                return Err(PeerError::InvalidContentCoding);
            }
        }
        self.may_have_more = made >= out.len();
        self.left = self.left.checked_sub(made as u64).ok_or(PeerError::DecodedBodyTooLarge)?;
        // A reader that keeps a short piece must not keep the memory of a long one.
        let piece = if made < out.len() / 2 {
            Bytes::copy_from_slice(&out[..made])
        } else {
            out.truncate(made);
            out.freeze()
        };
        Ok((made > 0).then_some(piece))
    }

    /// The body has ended: so must its coding. An empty body is none in any coding.
    pub(crate) fn finish(&self) -> Result<(), PeerError> {
        let is_whole = self.decoder.is_complete() || !self.has_begun;
        if is_whole { Ok(()) } else { Err(PeerError::InvalidContentCoding) }
    }
}

/// Bytes of one step: as many as a read of a socket brings by default.
const STEP: usize = 16 << 10;
