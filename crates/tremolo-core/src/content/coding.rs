//! The content codings of request bodies (RFC 9110 sections 8.4, 12.5.3 and 15.5.16).

use super::ContentError;
use crate::http1::fields::Fields;

/// A content coding that the server can decode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ContentCoding {
    /// Brotli (RFC 7932).
    Br,
    /// The zlib format (RFC 1950).
    Deflate,
    /// gzip (RFC 1952), also as `x-gzip`.
    Gzip,
    /// Zstandard (RFC 8878).
    Zstd,
}

/// The codings that a request may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AcceptedCodings {
    /// None: its body is read as it is.
    #[default]
    Identity,
    /// One of [`ContentCoding`]: its body is decoded while it is read.
    Decoded,
}

impl ContentCoding {
    /// The coding of a request with these fields; `None` if it has none.
    ///
    /// # Errors
    ///
    /// [`ContentError::UnknownCoding`], also for more than one coding.
    pub fn of(fields: Fields<'_>) -> Result<Option<Self>, ContentError> {
        let is_identity = |coding: &&[u8]| coding.eq_ignore_ascii_case(b"identity");
        let mut codings = fields.list("content-encoding").filter(|coding| !is_identity(coding));
        let Some(coding) = codings.next() else { return Ok(None) };
        let known = match coding.to_ascii_lowercase().as_slice() {
            b"br" => Self::Br,
            b"deflate" => Self::Deflate,
            b"gzip" | b"x-gzip" => Self::Gzip,
            b"zstd" => Self::Zstd,
            _ => return Err(ContentError::UnknownCoding),
        };
        if codings.next().is_some() { Err(ContentError::UnknownCoding) } else { Ok(Some(known)) }
    }
}
