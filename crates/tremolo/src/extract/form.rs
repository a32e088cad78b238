//! Typed queries and urlencoded forms: one encoding.

use serde_core::de::DeserializeOwned;
use tremolo_core::PeerError;
use tremolo_core::content::{FormKind, urlencoded_in_utf8};
use tremolo_core::query::check_fields;

use super::content::body;
use super::rejection::{Rejection, field_at};
use super::{Call, FromCall};
use crate::error::HttpError;
use crate::request::has_body;

/// The query as a type of yours. A list is a name that comes more than once; give it
/// `#[serde(default)]` if it may be missing. `Option<Query<T>>` is `None` without a `?`.
///
/// Refused are a query of more than `max_query_fields` pairs (400), and one that does not fit the
/// type (422).
///
/// ```
/// use serde::Deserialize;
/// use tremolo::Query;
///
/// #[derive(Deserialize)]
/// struct Search {
///     q: String,
///     page: Option<u32>,
///     #[serde(default)]
///     tag: Vec<String>,
/// }
///
/// async fn search(Query(search): Query<Search>) -> String {
///     format!("{} with {:?}, page {}", search.q, search.tag, search.page.unwrap_or(1))
/// }
/// # tremolo::Application::new().route("/", search);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromCall for Query<T> {
    async fn from_call(call: &mut Call) -> Result<Self, HttpError> {
        let query = call.head().query().unwrap_or_default();
        check_fields(query, call.config().max_query_fields)
            .map_err(|_| tremolo_core::Error::from(PeerError::TooManyQueryFields))?;
        Ok(Self(deserialize(query, "query")?))
    }

    fn is_absent(call: &Call) -> bool {
        call.head().query().is_none()
    }
}

/// A form as a type of yours: a body of `application/x-www-form-urlencoded`, read whole, in the
/// charset that it declares or in UTF-8; lists as in [`Query`]. `Option<Form<T>>` is `None` without
/// a body.
///
/// Refused are another content type, an unknown charset and a `Content-Encoding` (415), more than
/// `max_query_fields` pairs (413), and what does not fit the type (422).
///
/// ```
/// use serde::Deserialize;
/// use tremolo::Form;
///
/// #[derive(Deserialize)]
/// struct Login {
///     name: String,
///     password: String,
/// }
///
/// async fn login(Form(login): Form<Login>) -> String {
///     format!("welcome, {}", login.name)
/// }
/// # tremolo::Application::new().route("/login", login);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Form<T>(pub T);

impl<T: DeserializeOwned> FromCall for Form<T> {
    async fn from_call(call: &mut Call) -> Result<Self, HttpError> {
        const EXPECTED: &str = "application/x-www-form-urlencoded";
        let kind = FormKind::of(call.head().fields(), call.accepted_codings())?;
        let Some(FormKind::UrlEncoded(charset)) = kind else {
            return Err(Rejection::ContentType { expected: EXPECTED }.into());
        };
        let form = body(call).await?;
        let form = urlencoded_in_utf8(&form, charset);
        check_fields(&form, call.config().max_query_fields)
            .map_err(|_| Rejection::TooManyFormFields)?;
        Ok(Self(deserialize(&form, "form")?))
    }

    fn is_absent(call: &Call) -> bool {
        !has_body(call.head())
    }
}

fn deserialize<T: DeserializeOwned>(input: &[u8], what: &'static str) -> Result<T, Rejection> {
    let pairs = serde_html_form::Deserializer::from_bytes(input);
    serde_path_to_error::deserialize(pairs).map_err(|error| Rejection::Unfit {
        what,
        field: field_at(error.path()),
        why: error.to_string(),
    })
}
