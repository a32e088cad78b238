//! Counted bodies: exactly `Content-Length` bytes (RFC 9112 section 6.2).

use bytes::BytesMut;

use super::decoded::Decoded;
use super::limits::Limits;
use crate::PeerError;

/// A body whose length was announced.
#[derive(Debug)]
pub(super) struct Length {
    received: u64,
    remaining: u64,
}

impl Length {
    pub(super) const fn new(length: u64) -> Self {
        Self { received: 0, remaining: length }
    }

    pub(super) fn decode(
        &mut self,
        input: &mut BytesMut,
        max: usize,
        limits: &Limits,
    ) -> Result<Decoded, PeerError> {
        if self.remaining == 0 {
            return Ok(Decoded::End);
        }
        if self.remaining > limits.body_size.saturating_sub(self.received) {
            return Err(PeerError::BodyTooLarge);
        }
        let taken = at_most(self.remaining, max.min(input.len()));
        if taken == 0 {
            return Ok(Decoded::NeedInput);
        }
        self.received += taken as u64;
        self.remaining -= taken as u64;
        Ok(Decoded::Data(input.split_to(taken).freeze()))
    }

    pub(super) const fn received(&self) -> u64 {
        self.received
    }

    pub(super) const fn remaining(&self) -> u64 {
        self.remaining
    }
}

/// The smaller of a count on the wire and a count in memory.
pub(super) fn at_most(count: u64, bound: usize) -> usize {
    usize::try_from(count).map_or(bound, |count| count.min(bound))
}
