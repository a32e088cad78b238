//! The body as it is: bytes and text; and what extractors of bodies share.

use bytes::Bytes;

use super::rejection::Rejection;
use super::{Call, FromCall};
use crate::error::HttpError;
use crate::request::has_body;

/// The whole body. `Option<Bytes>` is `None` without one.
impl FromCall for Bytes {
    async fn from_call(call: &mut Call) -> Result<Self, HttpError> {
        body(call).await
    }

    fn is_absent(call: &Call) -> bool {
        !has_body(call.head())
    }
}

/// The whole body as text, whatever its content type; refused if it is not UTF-8 (400).
/// `Option<String>` is `None` without a body.
impl FromCall for String {
    async fn from_call(call: &mut Call) -> Result<Self, HttpError> {
        let body = body(call).await?;
        Ok(Self::from_utf8(body.into()).map_err(|_| Rejection::NotUtf8)?)
    }

    fn is_absent(call: &Call) -> bool {
        !has_body(call.head())
    }
}

/// The whole body, within the limit; several extractors of one handler see the same.
pub(super) async fn body(call: &mut Call) -> Result<Bytes, HttpError> {
    Ok(call.request().body().await?)
}

/// Refuses a body of another media type before anything of it is read.
pub(super) fn expect_content_type(
    call: &Call,
    expected: &'static str,
    fits: impl Fn(&str) -> bool,
) -> Result<(), Rejection> {
    let content_type = call.head().fields().get("Content-Type");
    let media_type = content_type.and_then(|value| {
        let value = std::str::from_utf8(value).ok()?;
        Some(value.split_once(';').map_or(value, |(media_type, _)| media_type).trim())
    });
    if media_type.is_some_and(fits) { Ok(()) } else { Err(Rejection::ContentType { expected }) }
}
