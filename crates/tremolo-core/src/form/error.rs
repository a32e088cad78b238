//! The error of a form or an upload that cannot be read, and its status.

use std::fmt;

use http::StatusCode;

use crate::content::ContentError;
use crate::error::Error;
use crate::multipart::MultipartError;
use crate::query::TooManyFields;

/// What is wrong with a form or an upload.
///
/// In Rust it becomes the response with the right status, with `?` in a handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FormError {
    /// The body could not be read: too large for the server, malformed, stalled, cut short, or
    /// the client has left.
    Body(Error),
    /// The body is no well-formed `multipart/form-data` (400), or has too many parts (413).
    Multipart(MultipartError),
    /// The request has another content type, or none: 415.
    ContentType {
        /// The content types that can be read.
        expected: &'static str,
    },
    /// The form is in a content coding or in an unknown charset: 415; it declares two charsets:
    /// 400.
    Content(ContentError),
    /// More fields than the limit: 413.
    TooManyFields,
    /// More bytes than the limit: 413.
    TooLarge,
}

impl FormError {
    /// The status of the response: 400, 408, 413 or 415 for a fault of the client, 500 for the
    /// rest.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::Body(Error::Peer(fault)) => fault.status(),
            Self::Body(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Multipart(error) => error.status(),
            Self::Content(error) => error.status(),
            Self::ContentType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooManyFields | Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        }
    }
}

impl fmt::Display for FormError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Body(error) => error.fmt(f),
            Self::Multipart(error) => error.fmt(f),
            Self::Content(error) => error.fmt(f),
            Self::ContentType { expected } => write!(f, "expected Content-Type: {expected}"),
            Self::TooManyFields => f.write_str("too many fields in the form"),
            Self::TooLarge => f.write_str("form too large"),
        }
    }
}

impl std::error::Error for FormError {}

impl From<Error> for FormError {
    fn from(error: Error) -> Self {
        Self::Body(error)
    }
}

impl From<ContentError> for FormError {
    fn from(error: ContentError) -> Self {
        Self::Content(error)
    }
}

impl From<MultipartError> for FormError {
    fn from(error: MultipartError) -> Self {
        match error {
            MultipartError::NotFormData => Self::ContentType { expected: "multipart/form-data" },
            error => Self::Multipart(error),
        }
    }
}

impl From<TooManyFields> for FormError {
    fn from(_: TooManyFields) -> Self {
        Self::TooManyFields
    }
}
