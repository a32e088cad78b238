//! Why an extractor refuses a request: one table of statuses and texts.
//!
//! 400 for what breaks a grammar, 413 for what is too much, 415 for another content type, 422 for
//! what can be read but does not fit the type that the handler asked for (RFC 9110 section 15.5).
//! What is wrong with a body on the wire, with its coding or its charset, has its status from the
//! engine.

use std::error::Error as StdError;
use std::fmt;

use serde_path_to_error::Path;

use crate::error::{HttpError, ResponseError};

/// Why an extractor refuses a request: the source of its [`HttpError`]
/// ([`HttpError::rejection`]).
///
/// A body that cannot be read, or that is in another coding or charset, is refused too; its source is
/// a [`ConnectionError`](crate::errors::ConnectionError) or a [`ContentError`](crate::errors::ContentError).
///
/// ```
/// use serde::Deserialize;
/// use tremolo::errors::Rejection;
/// use tremolo::{HandlerResult, HttpError, Json};
///
/// #[derive(Deserialize)]
/// struct Order { count: u32 }
///
/// async fn order(order: Result<Json<Order>, HttpError>) -> HandlerResult<String> {
///     match order {
///         Ok(Json(order)) => Ok(order.count.to_string()),
///         Err(error) => match error.rejection() {
///             Some(Rejection::Unfit { field: Some(field), .. }) if field == "count" => {
///                 Err(HttpError::unprocessable_content().with_message("how many?"))
///             }
///             _ => Err(error),
///         },
///     }
/// }
/// # tremolo::Application::new().route("/order", order);
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Rejection {
    /// The content type is another one, or none: 415.
    ContentType {
        /// The type that can be read.
        expected: &'static str,
    },
    /// The body is not JSON: 400.
    JsonSyntax(serde_json::Error),
    /// The form has more fields than `max_query_fields`: 413.
    TooManyFormFields,
    /// There is no such header: 400.
    MissingHeader(&'static str),
    /// The header cannot be read: 400.
    InvalidHeader(&'static str),
    /// A parameter of the path does not fit the type: 400.
    UnfitPath {
        /// The parameter, if it is a certain one.
        field: Option<String>,
        /// The text for the client.
        why: String,
    },
    /// The query, form or JSON does not fit the type: 422.
    Unfit {
        /// `query`, `form` or `JSON`.
        what: &'static str,
        /// The path of the value, such as `items[1].count`, if it is a certain one.
        field: Option<String>,
        /// The text for the client, with the path.
        why: String,
    },
}

impl ResponseError for Rejection {
    fn status(&self) -> u16 {
        match self {
            Self::ContentType { .. } => 415,
            Self::TooManyFormFields => 413,
            Self::Unfit { .. } => 422,
            Self::JsonSyntax(_)
            | Self::MissingHeader(_)
            | Self::InvalidHeader(_)
            | Self::UnfitPath { .. } => 400,
        }
    }

    fn describe(&self, response: HttpError) -> HttpError {
        match self {
            Self::ContentType { .. } => response.with_member("field", "Content-Type"),
            Self::TooManyFormFields => response.with_member("limit", "max_query_fields"),
            Self::MissingHeader(name) | Self::InvalidHeader(name) => {
                response.with_member("field", *name)
            }
            Self::UnfitPath { field: Some(field), .. } | Self::Unfit { field: Some(field), .. } => {
                response.with_member("field", field.clone())
            }
            Self::JsonSyntax(_) | Self::UnfitPath { .. } | Self::Unfit { .. } => response,
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ContentType { expected } => write!(f, "expected Content-Type: {expected}"),
            Self::JsonSyntax(error) => write!(f, "invalid JSON: {error}"),
            Self::TooManyFormFields => f.write_str("too many fields in the form"),
            Self::MissingHeader(name) => write!(f, "missing header {name}"),
            Self::InvalidHeader(name) => write!(f, "invalid header {name}"),
            Self::UnfitPath { why, .. } => write!(f, "the path does not fit: {why}"),
            Self::Unfit { what, why, .. } => write!(f, "the {what} does not fit: {why}"),
        }
    }
}

impl StdError for Rejection {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::JsonSyntax(error) => Some(error),
            _ => None,
        }
    }
}

impl HttpError {
    /// Why an extractor has refused the request, if that is what happened.
    #[must_use]
    pub fn rejection(&self) -> Option<&Rejection> {
        self.source()?.downcast_ref()
    }
}

/// The path of a value, if the error is about a certain one.
pub(super) fn field_at(path: &Path) -> Option<String> {
    let is_certain = path.iter().next().is_some();
    is_certain.then(|| path.to_string())
}
