//! The kind of form that a request contains (RFC 7578; WHATWG URL section 5).

use std::borrow::Cow;

use memchr::memchr;
use percent_encoding::percent_decode;

use super::{
    AcceptedCodings, Charset, ContentError, Params, Quoting, check_coding, skip_byte_order_mark,
};
use crate::http1::fields::Fields;
use crate::http1::grammar::trim;

/// A kind of form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormKind {
    /// `application/x-www-form-urlencoded`, in this charset.
    UrlEncoded(Charset),
    /// `multipart/form-data`. Its parts declare their charsets themselves.
    Multipart,
}

impl FormKind {
    /// The kind of form, by `Content-Type`; `None` if the content is not a form.
    ///
    /// # Errors
    ///
    /// If the form cannot be read: those of [`check_coding`], [`ContentError::ConflictingCharsets`],
    /// and [`ContentError::UnknownCharset`], also for a charset in which `&` and `=` are not single
    /// bytes.
    pub fn of(fields: Fields<'_>, accepted: AcceptedCodings) -> Result<Option<Self>, ContentError> {
        let content_type = fields.get("content-type").unwrap_or_default();
        let (essence, _) = Params::split(content_type, Quoting::Escaped);
        let is = |known: &[u8]| trim(essence).eq_ignore_ascii_case(known);
        if is(b"multipart/form-data") {
            check_coding(fields, accepted)?;
            return Ok(Some(Self::Multipart));
        }
        if !is(b"application/x-www-form-urlencoded") {
            return Ok(None);
        }
        check_coding(fields, accepted)?;
        let charset = Charset::declared(content_type)?.unwrap_or_default();
        if !charset.is_ascii_compatible() {
            return Err(ContentError::UnknownCharset);
        }
        Ok(Some(Self::UrlEncoded(charset)))
    }
}

/// Converts an urlencoded form to UTF-8, without a byte order mark. A form in UTF-8 is not copied;
/// otherwise the copy is at most three times as long.
///
/// Percent-encoding is decoded before the charset: a form in `iso-8859-1` has `%E9` for é.
///
/// ```
/// use tremolo_core::content::{Charset, urlencoded_in_utf8};
///
/// let charset = Charset::declared(b"a/b; charset=iso-8859-1")?.unwrap_or_default();
/// let form = urlencoded_in_utf8(b"name=Ren%E9+D.&x=%26\xfc", charset);
/// assert_eq!(&*form, "name=Ren\u{e9}+D.&x=%26\u{fc}".as_bytes());
/// # Ok::<(), tremolo_core::content::ContentError>(())
/// ```
#[must_use]
pub fn urlencoded_in_utf8(body: &[u8], charset: Charset) -> Cow<'_, [u8]> {
    let body = skip_byte_order_mark(body);
    if charset == Charset::default() {
        return Cow::Borrowed(body);
    }
    let mut form = Vec::with_capacity(body.len());
    // No ASCII-compatible charset uses `&` and `=` within a character.
    for pair in body.split(|byte| *byte == b'&') {
        // Another `=` belongs to the value, also where it ends an invalid sequence.
        let at = memchr(b'=', pair).unwrap_or(pair.len());
        push_in_utf8(&mut form, &pair[..at], charset);
        if let Some(value) = pair.get(at + 1..) {
            form.push(b'=');
            push_in_utf8(&mut form, value, charset);
        }
        form.push(b'&');
    }
    form.pop();
    Cow::Owned(form)
}

/// Adds a name or a value of a form, in UTF-8.
fn push_in_utf8(form: &mut Vec<u8>, text: &[u8], charset: Charset) {
    let spaced: Vec<u8> = text.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect();
    let bytes: Vec<u8> = percent_decode(&spaced).collect();
    for &byte in charset.decode(&bytes).as_bytes() {
        match byte {
            b' ' => form.push(b'+'),
            b'+' => form.extend_from_slice(b"%2B"),
            b'%' => form.extend_from_slice(b"%25"),
            b'&' => form.extend_from_slice(b"%26"),
            b'=' => form.extend_from_slice(b"%3D"),
            byte => form.push(byte),
        }
    }
}
