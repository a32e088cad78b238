//! Why the content of a request cannot be interpreted, with the status and the field of the
//! response.

use std::fmt;

use http::StatusCode;

/// A request whose content cannot be interpreted. Its bytes can still be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ContentError {
    /// It is in a content coding: 415 with `Accept-Encoding` (RFC 9110 sections 12.5.3, 15.5.16).
    Coded,
    /// It is in a content coding that the server does not know, or in several, where the known ones
    /// are decoded: 415 with `Accept-Encoding`.
    UnknownCoding,
    /// It declares a charset that the Encoding Standard does not contain, or that forms cannot use:
    /// 415.
    UnknownCharset,
    /// It declares two charsets: 400.
    ConflictingCharsets,
    /// It is not valid in its declared charset, or not in UTF-8 if none is declared: 400.
    InvalidText(&'static str),
}

impl ContentError {
    /// The status of the response.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::Coded | Self::UnknownCoding | Self::UnknownCharset => {
                StatusCode::UNSUPPORTED_MEDIA_TYPE
            }
            Self::ConflictingCharsets | Self::InvalidText(_) => StatusCode::BAD_REQUEST,
        }
    }

    /// The additional field of the response: its name and its value.
    ///
    /// `Accept-Encoding` marks the coding as the fault, not the media type (RFC 9110 section
    /// 12.5.3).
    #[must_use]
    pub fn field(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Coded => Some(("Accept-Encoding", "identity")),
            Self::UnknownCoding => Some(("Accept-Encoding", DECODED)),
            Self::UnknownCharset | Self::ConflictingCharsets | Self::InvalidText(_) => None,
        }
    }

    /// The field of the request that is the reason.
    #[must_use]
    pub fn request_field(self) -> &'static str {
        match self {
            Self::Coded | Self::UnknownCoding => "Content-Encoding",
            Self::UnknownCharset | Self::ConflictingCharsets | Self::InvalidText(_) => {
                "Content-Type"
            }
        }
    }
}

impl fmt::Display for ContentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Coded | Self::UnknownCoding => f.write_str("unsupported Content-Encoding"),
            Self::UnknownCharset => f.write_str("unsupported charset"),
            Self::ConflictingCharsets => f.write_str("more than one charset"),
            Self::InvalidText(charset) => write!(f, "the body is not {charset}"),
        }
    }
}

impl std::error::Error for ContentError {}

/// The codings of [`ContentCoding`](super::ContentCoding), as a value of `Accept-Encoding`.
const DECODED: &str = "br, deflate, gzip, zstd";
