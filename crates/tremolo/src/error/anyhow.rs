//! `anyhow::Error` answers a request, with the status of what is in it (feature `anyhow`).

use anyhow::Error;

use super::{BoxError, HttpError};

/// An [`HttpError`] or a fault of the client in it keeps its status, also below a context; anything
/// else is a 500. All its texts are logged.
impl From<Error> for HttpError {
    fn from(error: Error) -> Self {
        // As it is, its type would be hidden behind one of `anyhow`.
        let error: BoxError = error.reallocate_into_boxed_dyn_error_without_backtrace();
        error.into()
    }
}
