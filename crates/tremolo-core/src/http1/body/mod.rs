//! Request bodies: none, counted, or chunked (RFC 9112 sections 6, 7.1 and 8).
//!
//! A [`Decoder`] finds the end of one body in the bytes of a connection and returns the bytes
//! before it, decoded or as received. It knows neither the head that announced the body nor the
//! connection; limits are an argument of every call.

mod chunked;
mod decoded;
mod length;
mod limits;
mod trailers;

#[cfg(test)]
mod tests;

use bytes::BytesMut;

use self::chunked::Chunked;
pub use self::decoded::Decoded;
use self::length::Length;
pub use self::limits::Limits;
pub use self::trailers::Trailers;
pub(in crate::http1) use self::trailers::is_forbidden;
use crate::PeerError;

/// Decodes one request body.
///
/// Decoded and undecoded reading may alternate: each continues where the other stopped. An error is
/// final: the offending byte stays in the input and the same call fails the same way again. The
/// one exception is [`PeerError::BodyTooLarge`], which a higher limit lifts.
///
/// ```
/// use bytes::BytesMut;
/// use tremolo_core::Config;
/// use tremolo_core::http1::body::{Decoded, Decoder, Limits};
///
/// let limits = Limits::from(&Config::default());
/// let mut input = BytesMut::from("5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\nGET /next");
/// let mut body = Decoder::chunked();
/// let piece = body.decode(&mut input, 16_384, &limits)?;
/// assert_eq!(piece, Decoded::Data("hello, world".into()));
/// assert_eq!(body.decode(&mut input, 16_384, &limits)?, Decoded::End);
/// assert_eq!(&input[..], b"GET /next");
/// # Ok::<(), tremolo_core::PeerError>(())
/// ```
#[derive(Debug)]
pub struct Decoder {
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    None,
    Length(Length),
    Chunked(Chunked),
}

impl Decoder {
    /// No body.
    #[must_use]
    pub const fn none() -> Self {
        Self { kind: Kind::None }
    }

    /// A body of exactly `length` bytes (section 6.2).
    #[must_use]
    pub const fn length(length: u64) -> Self {
        Self { kind: Kind::Length(Length::new(length)) }
    }

    /// A body in the chunked coding (section 7.1).
    #[must_use]
    pub const fn chunked() -> Self {
        Self { kind: Kind::Chunked(Chunked::new()) }
    }

    /// Takes at most `max` bytes of payload from `input`, where they lie; `max` 0 counts as 1.
    ///
    /// Payload of small chunks that are all in the input comes as one piece. A length or a chunk
    /// size that would pass `limits.body_size` is refused before its first byte is returned.
    ///
    /// # Errors
    ///
    /// [`PeerError::BodyTooLarge`], and for chunked bodies [`PeerError::InvalidChunkSize`],
    /// [`PeerError::InvalidChunkEnd`], [`PeerError::ChunkOverheadTooLarge`] and
    /// [`PeerError::InvalidTrailer`]. Payload before the fault is returned first.
    pub fn decode(
        &mut self,
        input: &mut BytesMut,
        max: usize,
        limits: &Limits,
    ) -> Result<Decoded, PeerError> {
        match &mut self.kind {
            Kind::None => Ok(Decoded::End),
            Kind::Length(length) => length.decode(input, max.max(1), limits),
            Kind::Chunked(chunked) => chunked.decode(input, max.max(1), limits),
        }
    }

    /// Takes at most `max` bytes of the body as received, chunk framing and trailers included.
    ///
    /// Checks, limits and [`Decoder::received`] are those of [`Decoder::decode`].
    ///
    /// # Errors
    ///
    /// As [`Decoder::decode`].
    pub fn decode_raw(
        &mut self,
        input: &mut BytesMut,
        max: usize,
        limits: &Limits,
    ) -> Result<Decoded, PeerError> {
        match &mut self.kind {
            Kind::None => Ok(Decoded::End),
            Kind::Length(length) => length.decode(input, max.max(1), limits),
            Kind::Chunked(chunked) => chunked.decode_raw(input, max.max(1), limits),
        }
    }

    /// Checks that a body is complete if the peer stops sending here (section 8).
    ///
    /// # Errors
    ///
    /// [`PeerError::BodyCutShort`] unless the end was seen.
    pub fn on_eof(&self) -> Result<(), PeerError> {
        if self.is_done() { Ok(()) } else { Err(PeerError::BodyCutShort) }
    }

    /// Takes the trailer fields out, once the end was seen.
    #[must_use]
    pub fn take_trailers(&mut self) -> Option<Trailers> {
        match &mut self.kind {
            Kind::None | Kind::Length(_) => None,
            Kind::Chunked(chunked) => chunked.take_trailers(),
        }
    }

    /// The trailer fields, once the end was seen; `None` if there are none that may be used.
    #[must_use]
    pub fn trailers(&self) -> Option<&Trailers> {
        match &self.kind {
            Kind::None | Kind::Length(_) => None,
            Kind::Chunked(chunked) => chunked.trailers(),
        }
    }

    /// Whether the end was seen. This can be true one call before [`Decoded::End`] is returned.
    #[must_use]
    pub fn is_done(&self) -> bool {
        match &self.kind {
            Kind::None => true,
            Kind::Length(length) => length.remaining() == 0,
            Kind::Chunked(chunked) => chunked.is_done(),
        }
    }

    /// Bytes of payload so far, chunk framing not counted.
    #[must_use]
    pub fn received(&self) -> u64 {
        match &self.kind {
            Kind::None => 0,
            Kind::Length(length) => length.received(),
            Kind::Chunked(chunked) => chunked.received(),
        }
    }

    /// Bytes of payload to come, if that is known: `None` for a chunked body.
    #[must_use]
    pub fn remaining(&self) -> Option<u64> {
        match &self.kind {
            Kind::None => Some(0),
            Kind::Length(length) => Some(length.remaining()),
            Kind::Chunked(_) => None,
        }
    }

    /// Bytes of payload that are known to come: of a chunked body the rest of the current chunk.
    pub(crate) fn known_rest(&self) -> u64 {
        match &self.kind {
            Kind::None => 0,
            Kind::Length(length) => length.remaining(),
            Kind::Chunked(chunked) => chunked.rest_of_chunk(),
        }
    }
}

// Every connection contains one of these.
const _: () = assert!(size_of::<Decoder>() <= 64);
