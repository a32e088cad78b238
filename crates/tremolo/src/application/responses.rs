//! What all responses of an application have in common, set in the program instead of in its
//! configuration.

use super::Application;

impl Application {
    /// Answers errors with problem details (`application/problem+json`, RFC 9457), whatever the
    /// client accepts: [`Config::problem_details`](crate::Config::problem_details). Without it a client gets the format that it
    /// accepts: HTML for browsers, problem details for programs that accept JSON, else text.
    ///
    /// An error that has a content type of its own, or a page, is sent as before.
    ///
    /// ```
    /// use tremolo::{Application, HttpError};
    ///
    /// async fn handler() -> Result<(), HttpError> {
    ///     // {"type":"about:blank","title":"Conflict","status":409,"detail":"taken","field":"name"}
    ///     Err(HttpError::conflict().with_message("taken").with_member("field", "name"))
    /// }
    ///
    /// # let _ =
    /// Application::new().problem_details().route("/", handler)
    /// # ;
    /// ```
    pub fn problem_details(mut self) -> Self {
        self.responses.problem_details = true;
        self
    }

    /// Sets the content type of responses that set none, instead of
    /// [`Config::default_content_type`](crate::Config::default_content_type) (`text/html; charset=utf-8`).
    ///
    /// ```
    /// # let _ =
    /// tremolo::Application::new()
    ///     .default_content_type("text/plain; charset=utf-8")
    ///     .route("/", async || "<not markup>")
    /// # ;
    /// ```
    pub fn default_content_type(mut self, content_type: impl Into<String>) -> Self {
        self.responses.content_type = Some(content_type.into());
        self
    }
}
