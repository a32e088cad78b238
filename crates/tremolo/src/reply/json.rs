//! JSON.

use serde::Serialize;

use super::{Answer, Reply};
use crate::error::HttpError;

/// A value as JSON, `application/json`. One that cannot be written as JSON is a 500.
///
/// ```
/// use tremolo::Json;
///
/// # tremolo::Application::new()
/// .route("/numbers", async || Json([1, 2, 3]))
/// # ;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Json<T>(pub T);

impl<T: Serialize> Reply for Json<T> {
    fn into_answer(self) -> Answer {
        match serde_json::to_vec(&self.0) {
            Ok(body) => Answer::whole(body).with_content_type("application/json"),
            Err(error) => HttpError::from(error).into_answer(),
        }
    }
}
