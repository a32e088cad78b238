//! The errors of a service and of its body, as errors that answer a request.

use std::error::Error as StdError;
use std::fmt;

use http_body_util::LengthLimitError;
use tremolo_core::{Error as ConnectionError, PeerError, escape_controls};

use crate::error::{BoxError, HttpError};

/// The answer to an error of a service or of its body. A fault of the client while its body
/// was read keeps its status, however deep the service has wrapped it.
pub(crate) fn failure(error: impl Into<BoxError>) -> HttpError {
    let error = error.into();
    let replied = causes(&*error).find_map(|cause| cause.downcast_ref());
    if let Some(ReplyError(error)) = replied { error.copied() } else { HttpError::from(error) }
}

/// Why a body that a layer has put in the place of that of the request cannot be read.
pub(super) fn fault_of(error: impl Into<Box<dyn StdError + Send + Sync>>) -> ConnectionError {
    let error = error.into();
    for cause in causes(&*error) {
        if let Some(known) = cause.downcast_ref::<ConnectionError>() {
            return *known;
        }
        if cause.is::<LengthLimitError>() {
            return PeerError::BodyTooLarge.into();
        }
    }
    let error = escape_controls(&error.to_string()).into_owned();
    tracing::debug!(%error, "a layer has refused the body of a request");
    PeerError::BodyRefused.into()
}

/// An error and its sources.
fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error)
    })
}

/// An error of a stream that a handler has returned, in the body that layers get.
#[derive(Debug)]
pub struct ReplyError(HttpError);

impl ReplyError {
    pub(super) fn new(error: HttpError) -> Self {
        Self(error)
    }
}

impl fmt::Display for ReplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for ReplyError {}
