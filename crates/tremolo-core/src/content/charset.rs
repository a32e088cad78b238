//! The charset of a text: declared by a label, decoded by the WHATWG Encoding Standard.

use std::borrow::Cow;

use bytes::Bytes;

use super::encodings::{Encoding, UTF_8, decode_body};
use super::{ContentError, Params, Quoting};
use crate::http1::grammar::trim;

/// A charset of the WHATWG Encoding Standard. The default is UTF-8, and the only one without the
/// feature `charset`.
///
/// ```
/// use tremolo_core::content::Charset;
///
/// let charset = Charset::declared(b"text/plain; charset=ISO-8859-1")?.unwrap_or_default();
/// assert_eq!(charset.decode(b"caf\xe9"), "caf\u{e9}");
/// # Ok::<(), tremolo_core::content::ContentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charset(&'static Encoding);

impl Charset {
    /// The charset in the parameter `charset` of a media type; `None` if the parameter is absent or
    /// empty. Other parameters may be malformed.
    ///
    /// Labels are case-insensitive, and the Encoding Standard defines them: `latin1`, `iso-8859-1`
    /// and `us-ascii` are windows-1252.
    ///
    /// # Errors
    ///
    /// [`ContentError::UnknownCharset`]; [`ContentError::ConflictingCharsets`] if two different
    /// ones are declared.
    pub fn declared(content_type: &[u8]) -> Result<Option<Self>, ContentError> {
        let mut found = None;
        let (_, params) = Params::split(content_type, Quoting::Escaped);
        for param in params.flatten() {
            let label = unquoted(trim(param.value));
            if !param.name.eq_ignore_ascii_case(b"charset") || label.is_empty() {
                continue;
            }
            let encoding = Encoding::for_label_no_replacement(label);
            let charset = Self(encoding.ok_or(ContentError::UnknownCharset)?);
            if found.replace(charset).is_some_and(|other| other != charset) {
                return Err(ContentError::ConflictingCharsets);
            }
        }
        Ok(found)
    }

    /// The name in the Encoding Standard.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// Whether ASCII characters are encoded as their own bytes, which forms require. False for
    /// UTF-16 and for ISO-2022-JP.
    #[must_use]
    pub fn is_ascii_compatible(self) -> bool {
        self.0.is_ascii_compatible()
    }

    /// Decodes a value of a form; invalid sequences become U+FFFD.
    #[must_use]
    pub fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        self.0.decode_without_bom_handling(bytes).0
    }

    /// Decodes a whole body, without its byte order mark. Valid UTF-8 is not copied if `body` is
    /// the only handle to its bytes.
    ///
    /// # Errors
    ///
    /// [`ContentError::InvalidText`].
    pub fn text(self, body: Bytes) -> Result<String, ContentError> {
        let invalid = ContentError::InvalidText(self.name());
        if self.0 == UTF_8 {
            let mut text = String::from_utf8(body.into()).map_err(|_| invalid)?;
            if text.starts_with(BYTE_ORDER_MARK) {
                text.drain(..BYTE_ORDER_MARK.len_utf8());
            }
            return Ok(text);
        }
        decode_body(self.0, &body).ok_or(invalid)
    }
}

impl Default for Charset {
    fn default() -> Self {
        Self(UTF_8)
    }
}

/// The bytes behind the byte order mark of UTF-8; all bytes if there is none.
///
/// Clients on Windows put one before JSON (RFC 8259 section 8.1 lets a parser ignore it) and before
/// forms, where it would become a part of the first name.
#[must_use]
pub fn skip_byte_order_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

/// Removes single quotes around a label: in HTTP they are not quotes, and no label contains them.
fn unquoted(label: &[u8]) -> &[u8] {
    match label {
        [b'\'', label @ .., b'\''] => label,
        _ => label,
    }
}

const BYTE_ORDER_MARK: char = '\u{feff}';
