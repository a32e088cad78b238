//! Typed path parameters.

mod deserializer;

use serde_core::de::DeserializeOwned;
use serde_path_to_error::Segment;
use tremolo_core::escape_controls;

use self::deserializer::{Parameters, Unfit};
use super::rejection::{Rejection, field_at};
use super::{Call, FromCall};
use crate::error::HttpError;
use crate::path_params::PathParams;
use crate::requirements::Requirements;

/// The parameters of the route's path, as a type of yours, percent-decoded: a struct or a map by
/// their names, a tuple or a list by their positions, a single value for a single parameter.
///
/// The parameters of a regular expression are its groups. A group that took no part in the match is
/// `None` where an `Option` is asked for, and missing where a field has a `#[serde(default)]`.
/// `Option<Path<T>>` is `None` if the route has no parameters.
///
/// A route without parameters, whose handler asks for them, keeps the server from starting.
///
/// Refused is what does not fit the type, or is not UTF-8 (400, and the name of the parameter): the
/// URL belongs to this route, or its path would not have matched. Limit the parameter
/// (`{id:\d+}`) for a 404. A type that the path cannot fill at all, whatever is asked for, is a
/// fault of the program (500, and a line in the log).
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
///     .route(r"/posts/{year:\d{4}}/{title}", post)
///     .route("/users/{id}", user)
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
            let (field, text) = (parameter(&error, params), message(&error, params));
            let is_ours = match error.into_inner() {
                Unfit::Value(_) => false,
                // A group of that name that took no part is the client's doing.
                Unfit::Missing(field) => params.iter().all(|(name, _)| name != Some(field)),
                Unfit::Shape(_) => true,
            };
            if is_ours {
                let text = escape_controls(&text);
                tracing::error!(?params, "the path does not fit what its handler asks: {text}");
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

/// The error with the name of the parameter: that of its field, or of its position.
fn message(error: &serde_path_to_error::Error<Unfit>, params: PathParams<'_>) -> String {
    match by_position(error, params) {
        Some(name) => format!("{name}: {}", error.inner()),
        None => error.to_string(),
    }
}

/// The parameter that does not fit, if it is a certain one.
fn parameter(error: &serde_path_to_error::Error<Unfit>, params: PathParams<'_>) -> Option<String> {
    by_position(error, params).map(str::to_owned).or_else(|| field_at(error.path()))
}

/// Its name, if the type asks for positions.
fn by_position<'a>(
    error: &serde_path_to_error::Error<Unfit>,
    params: PathParams<'a>,
) -> Option<&'a str> {
    let position = match error.path().iter().next() {
        None if params.len() == 1 => 0,
        Some(Segment::Seq { index }) => *index,
        _ => return None,
    };
    params.iter().nth(position)?.0
}
