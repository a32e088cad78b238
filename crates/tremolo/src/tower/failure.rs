//! The errors of a service and of its body, as errors that answer a request.

use std::error::Error as StdError;
use std::fmt;

use tremolo_core::Error as ConnectionError;

use crate::error::HttpError;

/// The answer to an error of a service or of its body. A fault of the client while its body
/// was read keeps its status, however deep the service has wrapped it.
pub(super) fn failure(error: impl Into<Box<dyn StdError + Send + Sync>>) -> HttpError {
    let error = error.into();
    let mut cause: Option<&(dyn StdError + 'static)> = Some(&*error);
    while let Some(at) = cause {
        if let Some(fault @ ConnectionError::Peer(_)) = at.downcast_ref() {
            return HttpError::from(*fault);
        }
        cause = at.source();
    }
    HttpError::from(ServiceError(error))
}

/// A boxed error, which is no `std::error::Error` itself, as one.
#[derive(Debug)]
struct ServiceError(Box<dyn StdError + Send + Sync>);

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for ServiceError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}
