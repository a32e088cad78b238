//! JSON bodies.

use serde_core::de::DeserializeOwned;
use serde_json::error::Category;
use tremolo_core::content::skip_byte_order_mark;

use super::content::{body, expect_content_type};
use super::rejection::{Rejection, field_at};
use super::{Call, FromCall};
use crate::error::HttpError;
use crate::reply::Json;
use crate::request::has_body;

impl<T: DeserializeOwned> FromCall for Json<T> {
    async fn from_call(call: &mut Call) -> Result<Self, HttpError> {
        // A page of another site can send a text without asking, but no JSON.
        expect_content_type(call, "application/json", is_json)?;
        let body = body(call).await?;
        // JSON is UTF-8, whatever charset its type declares (RFC 8259 sections 8.1 and 11).
        Ok(Self(deserialize(skip_byte_order_mark(&body))?))
    }

    fn is_absent(call: &Call) -> bool {
        !has_body(call.head())
    }
}

/// `application/json`, or a type that builds on it (RFC 6839 section 3.1).
fn is_json(media_type: &str) -> bool {
    let suffix = media_type.len().checked_sub("+json".len());
    let suffix = suffix.and_then(|at| media_type.get(at..)).unwrap_or_default();
    media_type.eq_ignore_ascii_case("application/json") || suffix.eq_ignore_ascii_case("+json")
}

fn deserialize<T: DeserializeOwned>(body: &[u8]) -> Result<T, Rejection> {
    serde_json::from_slice(body).map_err(|error| match error.classify() {
        Category::Data => misfit::<T>(body, &error),
        Category::Syntax | Category::Eof | Category::Io => Rejection::JsonSyntax(error),
    })
}

/// What does not fit, with its place. Tracking the place costs as much as parsing, so it is found
/// by a second parse, and only after an error.
fn misfit<T: DeserializeOwned>(body: &[u8], error: &serde_json::Error) -> Rejection {
    let mut json = serde_json::Deserializer::from_slice(body);
    let (field, why) = match serde_path_to_error::deserialize::<_, T>(&mut json) {
        Err(found) => (field_at(found.path()), found.to_string()),
        Ok(_) => (None, error.to_string()),
    };
    Rejection::Unfit { what: "JSON", field, why }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_several_names() {
        for (media_type, expected) in [
            ("application/json", true),
            ("Application/JSON", true),
            ("application/problem+json", true),
            ("image/x+JSON", true),
            ("text/json", false),
            ("application/jsonp", false),
            ("json", false),
            ("", false),
            ("ä+jso", false),
        ] {
            assert_eq!(is_json(media_type), expected, "{media_type}");
        }
    }

    #[test]
    fn tells_bad_syntax_from_what_does_not_fit() {
        let read = |text: &str| deserialize::<Vec<u8>>(text.as_bytes());
        assert_eq!(read(" [1, 2] ").unwrap(), [1, 2]);
        for text in ["", "[1", "[1,]", "nonsense", "[1] 2"] {
            assert!(matches!(read(text), Err(Rejection::JsonSyntax(_))), "{text:?}");
        }
        let Err(Rejection::Unfit { field, why, .. }) = read("[1, 256]") else {
            panic!("256 is no u8");
        };
        assert_eq!(field.as_deref(), Some("[1]"));
        assert!(why.starts_with("[1]: invalid value: integer `256`, expected u8"), "{why}");
    }
}
