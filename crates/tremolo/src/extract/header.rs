//! The fields of a request as arguments: typed headers, and cookies.

use std::borrow::Cow;
use std::ops::Deref;

use tremolo_core::MultiMap;
use tremolo_core::cookie::parse_cookies;

use super::rejection::Rejection;
use super::{Call, FromCall};
use crate::error::HttpError;

/// A header that has a type: see [`Header`].
pub trait TypedHeader: Sized {
    /// The name of the field; case does not matter.
    const NAME: &'static str;

    /// Reads the value; several fields of that name come as the list that they form (RFC 9110
    /// section 5.3). `None`: it is not valid.
    fn parse(value: &str) -> Option<Self>;
}

/// A header as a type of yours. `Option<Header<H>>` is `None` if there is no such field.
///
/// Refused (400) is a request without it, or with a value that is not valid.
///
/// ```
/// use tremolo::{Header, TypedHeader};
///
/// struct ApiVersion(u8);
///
/// impl TypedHeader for ApiVersion {
///     const NAME: &'static str = "X-Api-Version";
///
///     fn parse(value: &str) -> Option<Self> {
///         value.parse().ok().map(ApiVersion)
///     }
/// }
///
/// async fn versioned(Header(ApiVersion(version)): Header<ApiVersion>) -> String {
///     format!("version {version}")
/// }
/// # tremolo::Application::new().route("/", versioned);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Header<H>(pub H);

impl<H: TypedHeader> FromCall for Header<H> {
    async fn from_call(call: &mut Call) -> Result<Self, HttpError> {
        let value = joined(call.head().fields().get_all(H::NAME))
            .ok_or(Rejection::MissingHeader(H::NAME))?;
        let value = std::str::from_utf8(&value).ok().and_then(H::parse);
        Ok(Self(value.ok_or(Rejection::InvalidHeader(H::NAME))?))
    }

    fn is_absent(call: &Call) -> bool {
        call.head().fields().get(H::NAME).is_none()
    }
}

fn joined<'a>(values: impl Iterator<Item = &'a [u8]>) -> Option<Cow<'a, [u8]>> {
    values.map(Cow::Borrowed).reduce(|list, value| Cow::Owned([&list, &b", "[..], &value].concat()))
}

/// The cookies of a request, decoded, in the order of the wire; none is an empty list.
///
/// ```
/// use tremolo::Cookies;
///
/// async fn session(cookies: Cookies) -> Option<String> {
///     cookies.get("session").map(str::to_owned)
/// }
/// # tremolo::Application::new().route("/", session);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cookies(pub MultiMap);

impl FromCall for Cookies {
    async fn from_call(call: &mut Call) -> Result<Self, HttpError> {
        Ok(Self(parse_cookies(call.head().fields().get_all("Cookie"))))
    }
}

impl Deref for Cookies {
    type Target = MultiMap;

    fn deref(&self) -> &MultiMap {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_one_name_form_a_list() {
        let joined = |values: &[&'static str]| {
            joined(values.iter().map(|value| value.as_bytes())).map(Cow::into_owned)
        };
        assert_eq!(joined(&[]), None);
        assert_eq!(joined(&["a"]), Some(b"a".to_vec()));
        assert_eq!(joined(&["a", "", "b, c"]), Some(b"a, , b, c".to_vec()));
    }
}
