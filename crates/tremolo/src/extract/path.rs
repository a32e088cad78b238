//! Typed path parameters.

mod deserializer;

use serde::de::DeserializeOwned;
use tremolo_core::escape_controls;

use self::deserializer::{Parameters, Unfit};
use super::rejection::{Rejection, field_at};
use super::{Call, FromCall};
use crate::error::HttpError;
use crate::requirements::Requirements;

/// The matches of the groups of the route's pattern, as a type of yours, percent-decoded: a
/// struct or a map by the names of the groups, a tuple or a list by their positions, a single value
/// for a single group.
///
/// A group that took no part in the match is `None` where an `Option` is asked for, and missing
/// where a field has a `#[serde(default)]`. `Option<Path<T>>` is `None` if the route has no groups.
///
/// A route without groups, whose handler asks for it, keeps the server from starting.
///
/// Refused is what does not fit the type, or is not UTF-8 (400): the URL belongs to this route, or
/// its pattern would not have matched. Write the pattern more narrowly (`\d+`) for a 404. A type
/// that the pattern cannot fill at all, whatever is asked for, is a fault of the program (500, and
/// a line in the log).
///
/// ```
/// use serde::Deserialize;
/// use tremolo::{Application, Path};
///
/// #[derive(Deserialize)]
/// struct Post {
///     year: u16,
///     title: String,
/// }
///
/// async fn post(Path(post): Path<Post>) -> String {
///     format!("{} of {}", post.title, post.year)
/// }
///
/// async fn user(Path(id): Path<u64>) -> String {
///     format!("user {id}")
/// }
///
/// async fn tile(Path((x, y)): Path<(u32, u32)>) -> String {
///     format!("{x} × {y}")
/// }
///
/// # let _ =
/// Application::new()
///     .route(r"^/posts/(?P<year>\d{4})/(?P<title>[^/?]+)$", post)
///     .route(r"^/users/(\d+)$", user)
///     .route(r"^/tiles/(\d+)/(\d+)$", tile)
/// # ;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned> FromCall for Path<T> {
    async fn from_call(call: &mut Call) -> Result<Self, HttpError> {
        let params = call.params();
        let read = serde_path_to_error::deserialize(Parameters::new(params));
        read.map(Self).map_err(|error| {
            let (field, text) = (field_at(error.path()), error.to_string());
            let only = || params.iter().next().and_then(|(name, _)| name.map(str::to_owned));
            let field = field.or_else(|| if params.len() == 1 { only() } else { None });
            let is_ours = match error.into_inner() {
                Unfit::Value(_) => false,
                // A group of that name that took no part is the client's doing.
                Unfit::Missing(field) => params.iter().all(|(name, _)| name != Some(field)),
                Unfit::Shape(_) => true,
            };
            if is_ours {
                let text = escape_controls(&text);
                tracing::error!(?params, "the pattern does not fit what its handler asks: {text}");
                return HttpError::internal_server_error();
            }
            Rejection::UnfitPath { field, why: text }.into()
        })
    }

    fn is_absent(call: &Call) -> bool {
        call.params().is_empty()
    }

    fn requires(requirements: &mut Requirements) {
        requirements.path();
    }
}
