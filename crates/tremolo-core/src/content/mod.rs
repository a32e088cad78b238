//! The content of a request, described by its fields: coding, charset, kind of form.
//!
//! RFC 9110 sections 8.3, 8.4, 12.5.3 and 15.5.16; charsets by the WHATWG Encoding Standard. It
//! uses field values and whole bodies, no connection.

mod charset;
mod coding;
#[cfg(feature = "charset")]
mod encodings;
#[cfg(not(feature = "charset"))]
#[path = "utf8_only.rs"]
mod encodings;
mod error;
mod form;
pub(crate) mod params;

use self::params::{Params, Quoting};
use crate::http1::fields::Fields;

pub use charset::{Charset, skip_byte_order_mark};
pub use coding::{AcceptedCodings, ContentCoding};
pub use error::ContentError;
pub use form::{FormKind, urlencoded_in_utf8};

/// Refuses content in a content coding that is not decoded (RFC 9110 section 8.4).
///
/// Call it before a body is interpreted as text, form or JSON. Methods that return the raw bytes of
/// a body do not: an application may decode them itself. `identity` is no coding.
///
/// ```
/// use bytes::BytesMut;
/// use tremolo_core::Config;
/// use tremolo_core::content::{AcceptedCodings, ContentError, check_coding};
/// use tremolo_core::http1::request::{HeadParser, RequestHead};
///
/// let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\n";
/// let (mut input, mut request) = (BytesMut::from(head), RequestHead::default());
/// HeadParser::default().parse(&mut input, &Config::default(), &mut request)?;
/// let check = |accepted| check_coding(request.fields(), accepted);
/// assert_eq!(check(AcceptedCodings::Identity), Err(ContentError::Coded));
/// assert_eq!(check(AcceptedCodings::Decoded), Ok(()));
/// # Ok::<(), tremolo_core::PeerError>(())
/// ```
///
/// # Errors
///
/// [`ContentError::Coded`], or [`ContentError::UnknownCoding`] where codings are decoded.
pub fn check_coding(fields: Fields<'_>, accepted: AcceptedCodings) -> Result<(), ContentError> {
    match (ContentCoding::of(fields), accepted) {
        (Ok(None), _) | (Ok(Some(_)), AcceptedCodings::Decoded) => Ok(()),
        (_, AcceptedCodings::Identity) => Err(ContentError::Coded),
        (Err(error), AcceptedCodings::Decoded) => Err(error),
    }
}

/// The charset for reading the content of a request as text: the one in its `Content-Type`, else
/// UTF-8.
///
/// # Errors
///
/// Those of [`check_coding`] and of [`Charset::declared`].
pub fn charset_of_text(
    fields: Fields<'_>,
    accepted: AcceptedCodings,
) -> Result<Charset, ContentError> {
    check_coding(fields, accepted)?;
    let content_type = fields.get("content-type").unwrap_or_default();
    Ok(Charset::declared(content_type)?.unwrap_or_default())
}

#[cfg(test)]
mod tests;
