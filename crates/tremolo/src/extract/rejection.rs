//! Why an extractor refuses a request: one table of statuses and texts.
//!
//! 400 for what breaks a grammar, 413 for what is too much, 415 for another content type, 422 for
//! what can be read but does not fit the type that the handler asked for (RFC 9110 section 15.5).
//! What is wrong with a body on the wire, with its coding or its charset, has its status from the
//! engine.

use crate::error::HttpError;

/// A refusal.
#[derive(Debug)]
pub(super) enum Rejection {
    /// The content type is another one, or none.
    ContentType { expected: &'static str },
    /// The body is not JSON.
    JsonSyntax(String),
    /// The form has more fields than `max_query_fields`.
    TooManyFormFields,
    /// There is no such header.
    MissingHeader(&'static str),
    /// The header cannot be read.
    InvalidHeader(&'static str),
    /// A parameter of the path does not fit the type.
    UnfitPath(String),
    /// The query, form or JSON does not fit the type.
    Unfit { what: &'static str, why: String },
}

impl From<Rejection> for HttpError {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::ContentType { expected } => {
                Self::new(415).with_message(format!("expected Content-Type: {expected}"))
            }
            Rejection::JsonSyntax(why) => {
                Self::bad_request().with_message(format!("invalid JSON: {why}"))
            }
            Rejection::TooManyFormFields => {
                Self::payload_too_large().with_message("too many fields in the form")
            }
            Rejection::MissingHeader(name) => {
                Self::bad_request().with_message(format!("missing header {name}"))
            }
            Rejection::InvalidHeader(name) => {
                Self::bad_request().with_message(format!("invalid header {name}"))
            }
            Rejection::UnfitPath(why) => {
                Self::bad_request().with_message(format!("the path does not fit: {why}"))
            }
            Rejection::Unfit { what, why } => {
                Self::new(422).with_message(format!("the {what} does not fit: {why}"))
            }
        }
    }
}
