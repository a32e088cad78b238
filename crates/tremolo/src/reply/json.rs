//! JSON.

use serde_core::Serialize;

use super::{Answer, Reply};
use crate::error::HttpError;

/// A value as JSON.
///
/// As a reply it is `application/json`; a value that cannot be written as JSON is a 500.
///
/// As an argument it is the body, read whole: refused are another content type than
/// `application/json` or `…+json` (415), what is no JSON (400), and what does not fit the type
/// (422). `Option<Json<T>>` is `None` without a body.
///
/// ```
/// use serde::Deserialize;
/// use tremolo::Json;
///
/// #[derive(Deserialize)]
/// struct Order {
///     item: String,
///     count: u32,
/// }
///
/// async fn order(Json(order): Json<Order>) -> String {
///     format!("{} × {}", order.count, order.item)
/// }
/// # tremolo::Application::new().route("/order", order)
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
