//! The body as bytes or text, and the functions that all extractors of bodies share.

use bytes::Bytes;
use tremolo_core::content::{charset_of_text, check_coding};

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

/// The whole body as text, whatever its media type: in the charset that its `Content-Type`
/// declares, else in UTF-8, without a byte order mark. `Option<String>` is `None` without a body.
///
/// Refused are a body that is not valid in its charset (400), an unknown charset, and a
/// `Content-Encoding` (415), unless the handler has
/// [`with_decompression`](crate::Handler::with_decompression). `Bytes` takes all of these.
impl FromCall for String {
    async fn from_call(call: &mut Call) -> Result<Self, HttpError> {
        let charset = charset_of_text(call.head().fields(), call.accepted_codings())?;
        let body = body(call).await?;
        Ok(charset.text(body)?)
    }

    fn is_absent(call: &Call) -> bool {
        !has_body(call.head())
    }
}

/// The whole body, within the limit; several extractors of one handler see the same.
pub(super) async fn body(call: &mut Call) -> Result<Bytes, HttpError> {
    Ok(call.request().body().await?)
}

/// Refuses a body of another media type, or in a content coding, before anything of it is read.
pub(super) fn expect_content_type(
    call: &Call,
    expected: &'static str,
    fits: impl Fn(&str) -> bool,
) -> Result<(), HttpError> {
    let content_type = call.head().fields().get("Content-Type");
    let media_type = content_type.and_then(|value| {
        let value = std::str::from_utf8(value).ok()?;
        Some(value.split_once(';').map_or(value, |(media_type, _)| media_type).trim())
    });
    if !media_type.is_some_and(fits) {
        return Err(Rejection::ContentType { expected }.into());
    }
    Ok(check_coding(call.head().fields(), call.accepted_codings())?)
}
