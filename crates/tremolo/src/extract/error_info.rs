//! The error of a request, for the page that answers it.

use std::error::Error as StdError;
use std::sync::Arc;

use tremolo_core::reason_of;

use super::{Call, FromCall};
use crate::error::HttpError;

/// The error of a request: an argument of [`Application::error`](crate::Application::error)
/// pages. `Option<ErrorInfo>` is an argument of `on_response` middleware, `None` if nothing went
/// wrong.
///
/// ```
/// use tremolo::{Application, ErrorInfo, Json};
///
/// # let _ =
/// Application::new().error(404, async |error: ErrorInfo| Json(error.message().to_owned()))
/// # ;
/// ```
#[derive(Clone, Debug)]
pub struct ErrorInfo {
    error: Arc<HttpError>,
    debug: bool,
}

impl ErrorInfo {
    pub(crate) fn new(error: HttpError, debug: bool) -> Self {
        Self { error: Arc::new(error), debug }
    }

    /// The status that answers it.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.error.status()
    }

    /// The text for the client: that of the error, or the reason phrase of its status.
    #[must_use]
    pub fn message(&self) -> &str {
        match self.error.message() {
            "" => reason_of(self.status()),
            message => message,
        }
    }

    /// The error behind it: for logs, and for the client only if [`ErrorInfo::debug`] is true.
    #[must_use]
    pub fn source(&self) -> Option<&(dyn StdError + Send + Sync + 'static)> {
        HttpError::source(&self.error)
    }

    /// Whether the application runs with `debug`, so that the client may see internal errors.
    #[must_use]
    pub fn debug(&self) -> bool {
        self.debug
    }

    pub(crate) fn error(&self) -> &HttpError {
        &self.error
    }
}

impl FromCall for ErrorInfo {
    async fn from_call(call: &mut Call) -> Result<Self, HttpError> {
        call.request().extensions().get().ok_or_else(|| {
            tracing::error!("a handler asks for an error, and there is none");
            HttpError::internal_server_error()
        })
    }

    fn is_absent(call: &Call) -> bool {
        !call.has_extension::<Self>()
    }
}
