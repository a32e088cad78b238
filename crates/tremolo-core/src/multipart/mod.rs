//! `multipart/form-data` as a stream: pieces of a body in, parts and their data out.
//!
//! RFC 7578 for the form, RFC 2046 section 5.1 for the delimiters, RFC 8187 for `filename*`, and
//! the WHATWG escapes that browsers use in names. The input is the value of `Content-Type` and the
//! decoded body. Data is sliced, never copied.

mod boundary;
mod decoder;
mod part;
#[cfg(test)]
mod tests;

use std::fmt;

use bytes::Bytes;
use http::StatusCode;

pub use boundary::{Boundary, boundary_of};
pub use decoder::Decoder;
pub use part::PartHead;

/// An event of [`Decoder::poll`].
///
/// A part is `Part`, any number of `Data`, `PartEnd`; a body is any number of parts and `End`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A part starts.
    Part(PartHead),
    /// Data of the current part; never empty. It is a slice of a fed piece, which it keeps alive.
    Data(Bytes),
    /// The current part is complete.
    PartEnd,
    /// The closing delimiter was read. The bytes behind it are an epilogue and are ignored; every
    /// further poll returns `End` again.
    End,
    /// All input is used up: call [`Decoder::feed`] or [`Decoder::finish`].
    NeedInput,
}

/// Limits of what a peer may send in addition to the data, which the body limit covers.
///
/// ```
/// use tremolo_core::multipart::Limits;
///
/// let limits = Limits { max_parts: 100, ..Limits::default() };
/// assert_eq!(limits.part_head_bytes, 8192);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Parts of one body. Default 1 024 (PHP and Werkzeug: 1 000). More is
    /// [`MultipartError::TooManyParts`].
    pub max_parts: usize,
    /// Bytes of the fields of one part, with line terminators and the empty line. Default 8 192, as
    /// for a request head. More is [`MultipartError::HeadTooLarge`]. With the delimiter, this is
    /// all memory that the decoder itself needs.
    pub part_head_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_parts: 1024, part_head_bytes: 8192 }
    }
}

/// Why a body, or its `Content-Type`, is not a valid form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MultipartError {
    /// The content type is not `multipart/form-data`.
    NotFormData,
    /// The content type has no `boundary` parameter (RFC 7578 section 4.1).
    MissingBoundary,
    /// The boundary is repeated, empty, or ambiguous: it contains a quote, a backslash, a
    /// semicolon, a control character or a non-ASCII byte, unquoted spaces, or a space at its end
    /// (RFC 2046 section 5.1.1).
    InvalidBoundary,
    /// A delimiter is followed by something other than padding and CRLF, or `--` (RFC 2046 section
    /// 5.1.1): either the line is malformed, or the data contains its own delimiter.
    InvalidDelimiter,
    /// A line of a delimiter or part head ends with a bare LF, or contains a bare CR.
    InvalidLineEnd,
    /// A field line of a part violates the grammar: name, colon, value; or it is folded.
    InvalidField,
    /// A part has two fields `Content-Disposition` or two `Content-Type`.
    RepeatedField,
    /// A part has no `Content-Disposition` (RFC 7578 section 4.2).
    MissingDisposition,
    /// `Content-Disposition` is not `form-data`, or a parameter of it is malformed or repeated.
    InvalidDisposition,
    /// `Content-Disposition` has no `name` (RFC 7578 section 4.2).
    MissingName,
    /// The head of a part is longer than [`Limits::part_head_bytes`]: 413.
    HeadTooLarge,
    /// More parts than [`Limits::max_parts`]: 413.
    TooManyParts,
    /// The body ended before the closing delimiter.
    CutShort,
}

impl MultipartError {
    /// The status of the response: 413 for an exceeded limit, else 400.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::HeadTooLarge | Self::TooManyParts => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotFormData
            | Self::MissingBoundary
            | Self::InvalidBoundary
            | Self::InvalidDelimiter
            | Self::InvalidLineEnd
            | Self::InvalidField
            | Self::RepeatedField
            | Self::MissingDisposition
            | Self::InvalidDisposition
            | Self::MissingName
            | Self::CutShort => StatusCode::BAD_REQUEST,
        }
    }
}

impl fmt::Display for MultipartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFormData => "content type is not multipart/form-data",
            Self::MissingBoundary => "missing multipart boundary",
            Self::InvalidBoundary => "invalid multipart boundary",
            Self::InvalidDelimiter => "invalid multipart delimiter",
            Self::InvalidLineEnd => "invalid line end in a part",
            Self::InvalidField => "invalid field line in a part",
            Self::RepeatedField => "repeated field in a part",
            Self::MissingDisposition => "part without Content-Disposition",
            Self::InvalidDisposition => "invalid Content-Disposition",
            Self::MissingName => "part without a name",
            Self::HeadTooLarge => "part head too large",
            Self::TooManyParts => "too many parts",
            Self::CutShort => "multipart body cut short",
        })
    }
}

impl std::error::Error for MultipartError {}
