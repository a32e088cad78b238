//! A status for an error of any type, or for a missing value.

use super::{BoxError, HttpError};

/// Chooses the status of what went wrong: for an error of any type, boxed or not, and for `None`.
///
/// The text of the error goes to the log, and to the client only if `debug` is set. A text for the
/// client is [`HttpError::with_message`].
///
/// ```
/// use std::collections::HashMap;
/// use tremolo::{HandlerResult, OrStatus};
///
/// # fn ask_the_database() -> Result<HashMap<u64, String>, Box<dyn std::error::Error + Send + Sync>> {
/// #     Ok(HashMap::new())
/// # }
/// async fn note() -> HandlerResult<String> {
///     let mut notes = ask_the_database().or_status(503)?;
///     notes.remove(&7).or_status(404)
/// }
/// # tremolo::Application::new().route("/note", note);
/// ```
pub trait OrStatus<T> {
    /// The value, or an error with this status.
    ///
    /// # Errors
    ///
    /// There is no value.
    fn or_status(self, status: u16) -> Result<T, HttpError>;
}

impl<T, E: Into<BoxError>> OrStatus<T> for Result<T, E> {
    fn or_status(self, status: u16) -> Result<T, HttpError> {
        self.map_err(|error| HttpError::new(status).with_source(error))
    }
}

impl<T> OrStatus<T> for Option<T> {
    fn or_status(self, status: u16) -> Result<T, HttpError> {
        self.ok_or_else(|| HttpError::new(status))
    }
}
