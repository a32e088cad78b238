//! The interface to content encoders (RFC 9110 section 8.4). The fronts implement it.

use std::fmt;

use crate::content::ContentCoding;
use crate::negotiation::Coding;

/// The codings that a server can compress with; see [`Settings::with_codecs`].
///
/// [`Settings::with_codecs`]: crate::Settings::with_codecs
pub trait Codecs: fmt::Debug + Send + Sync {
    /// The codings on offer, in any order.
    fn offered(&self) -> &[Coding];

    /// An encoder for one body. It is called only when a body is encoded. `None` if there is no
    /// encoder: the body is then sent without a coding.
    fn encoder(&self, coding: Coding) -> Option<Box<dyn ContentEncoder>>;

    /// A decoder for one request body. `None` if there is none: the request is refused.
    fn decoder(&self, coding: ContentCoding) -> Option<Box<dyn ContentDecoder>>;
}

/// The decoder of one request body.
pub trait ContentDecoder: fmt::Debug + Send {
    /// Decodes from the front of `input` into `out`. Returns how many bytes it has taken and made.
    /// If `out` is not full, it has taken all of `input`, and needs more of it.
    ///
    /// # Errors
    ///
    /// [`InvalidContent`]: the body cannot be read any further.
    fn decode(&mut self, input: &[u8], out: &mut [u8]) -> Result<(usize, usize), InvalidContent>;

    /// Whether the coded data may end here.
    fn is_complete(&self) -> bool;
}

/// A request body is not what its `Content-Encoding` declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidContent;

impl fmt::Display for InvalidContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the content is not in its declared coding")
    }
}

impl std::error::Error for InvalidContent {}

/// The encoder of one body.
///
/// The output for a piece is little longer than the piece.
pub trait ContentEncoder: fmt::Debug + Send {
    /// Appends the coded form of a piece, and flushes: all output so far can be decoded to all
    /// pieces so far.
    ///
    /// # Errors
    ///
    /// [`CodingFailed`]: the body is cut.
    fn encode(&mut self, piece: &[u8], out: &mut Vec<u8>) -> Result<(), CodingFailed>;

    /// Appends the coded form of the last piece, which may be empty, and the end.
    ///
    /// # Errors
    ///
    /// [`CodingFailed`]: the body is cut.
    fn finish(&mut self, last: &[u8], out: &mut Vec<u8>) -> Result<(), CodingFailed>;
}

/// An encoder cannot continue; most likely memory is short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodingFailed;

impl fmt::Display for CodingFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the content could not be compressed")
    }
}

impl std::error::Error for CodingFailed {}

/// The encoder of a response body, with its output buffer.
#[derive(Debug)]
pub(crate) struct CodedBody {
    encoder: Box<dyn ContentEncoder>,
    /// The coded form of one piece.
    out: Vec<u8>,
}

impl CodedBody {
    pub(crate) fn new(encoder: Box<dyn ContentEncoder>) -> Self {
        Self { encoder, out: Vec::new() }
    }

    /// Encodes and flushes a piece.
    pub(crate) fn encode(&mut self, piece: &[u8]) -> Result<&[u8], CodingFailed> {
        self.out.clear();
        self.encoder.encode(piece, &mut self.out)?;
        Ok(&self.out)
    }

    /// Encodes the end of the body.
    pub(crate) fn finish(&mut self) -> Result<&[u8], CodingFailed> {
        self.out.clear();
        self.encoder.finish(&[], &mut self.out)?;
        Ok(&self.out)
    }
}
