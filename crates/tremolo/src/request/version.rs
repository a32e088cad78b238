//! The conditions of a request about the version of its resource (RFC 9110 section 13).

use std::time::SystemTime;

use tremolo_core::representation::{EntityTag, Precondition, Validators, evaluate};

use super::Request;
use crate::error::HttpError;
use crate::reply::unix_seconds;

impl Request {
    /// Checks `If-Match`, `If-None-Match` and their siblings against the current version of the
    /// resource, before it is changed, so that no client overwrites a version that it has not seen.
    ///
    /// The version is the text that [`Answer::with_etag`](crate::Answer::with_etag) was given, the
    /// date that of [`Answer::with_last_modified`](crate::Answer::with_last_modified); `None` if
    /// answers do not have it. A request without conditions passes.
    ///
    /// ```
    /// use tremolo::{Answer, HttpError, Request, State};
    ///
    /// async fn replace(request: Request, State(version): State<u32>) -> Result<Answer, HttpError> {
    ///     request.check_version(Some(&format!("v{version}")), None)?;
    ///     let text = String::from_utf8_lossy(&request.body().await?).into_owned();
    ///     Ok(Answer::whole(text).with_etag(format!("v{}", version + 1)))
    /// }
    /// # tremolo::Application::new().state(1_u32).route("/note", tremolo::methods::put(replace));
    /// ```
    ///
    /// # Errors
    ///
    /// 412 if a condition does not hold. For GET and HEAD a current copy of the client is no error:
    /// the answer becomes a 304 by itself.
    pub fn check_version(
        &self,
        version: Option<&str>,
        changed: Option<SystemTime>,
    ) -> Result<(), HttpError> {
        let tag = version.map(|version| EntityTag::quote(version, false));
        let validators = Validators {
            etag: tag.as_ref().and_then(|tag| EntityTag::parse(tag.as_bytes())),
            last_modified: changed.map(unix_seconds),
        };
        match evaluate(self.method(), self.headers(), &validators) {
            Precondition::Failed => Err(HttpError::new(412)),
            Precondition::Proceed | Precondition::NotModified => Ok(()),
        }
    }
}
