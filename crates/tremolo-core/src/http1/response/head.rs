//! The head of a response before it is sent: status, reason, fields and the requested framing.
//! Fields that frame the message are not in the list of ordinary fields. They are parsed here and
//! written only by the encoder (RFC 9112 section 6).

use std::sync::Arc;

use http::StatusCode;

use super::fields::FieldList;
use crate::error::Misuse;
use crate::http1::body::is_forbidden;
use crate::http1::grammar::{is_field_value, trim};
use crate::page::reason_of;

/// Status and fields of a response. They can change until the head is sent.
#[derive(Debug)]
pub struct ResponseHead {
    status: StatusCode,
    reason: Option<Box<[u8]>>,
    content_type: ContentType,
    /// The value of `ContentType::Given`; a buffer that the next response reuses.
    given_type: Vec<u8>,
    fields: FieldList,
    declared_length: Option<u64>,
    chunked: Option<bool>,
    close: bool,
    /// Instead of [`DEFAULT_CONTENT_TYPE`]; empty for none. All responses of a server share it.
    default_type: Option<Arc<Vec<u8>>>,
    /// The trailer fields; boxed because few responses have any.
    trailers: Option<Box<FieldList>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ContentType {
    Default,
    Given,
    None,
}

/// Bytes that an idle connection keeps for the content type of its next response, at most.
const KEPT_TYPE: usize = 64;

/// The default of `default_content_type`.
pub const DEFAULT_CONTENT_TYPE: &str = "text/html; charset=utf-8";

impl Default for ResponseHead {
    fn default() -> Self {
        Self {
            status: StatusCode::OK,
            reason: None,
            content_type: ContentType::Default,
            given_type: Vec::new(),
            fields: FieldList::default(),
            declared_length: None,
            chunked: None,
            close: false,
            default_type: None,
            trailers: None,
        }
    }
}

impl ResponseHead {
    /// The head of a response whose content type is this one, unless the application sets another.
    pub(crate) fn with_default_type(default_type: Option<Arc<Vec<u8>>>) -> Self {
        Self { default_type, ..Self::default() }
    }

    /// Sets the status with its registered reason phrase.
    ///
    /// # Errors
    ///
    /// [`Misuse::InvalidStatus`] outside 200–599 (RFC 9110 section 15); 1xx statuses are interim.
    pub fn set_status(&mut self, status: u16) -> Result<(), Misuse> {
        self.status = match StatusCode::from_u16(status) {
            Ok(known) if (200..600).contains(&status) => known,
            _ => return Err(Misuse::InvalidStatus),
        };
        self.reason = None;
        Ok(())
    }

    /// Sets the status with a custom reason phrase.
    ///
    /// # Errors
    ///
    /// [`Misuse::InvalidStatus`] outside 200–599. [`Misuse::InvalidReason`] if the reason contains
    /// CR, LF, NUL or another control character (RFC 9112 section 4).
    pub fn set_status_with_reason(&mut self, status: u16, reason: &[u8]) -> Result<(), Misuse> {
        if !is_field_value(reason) {
            return Err(Misuse::InvalidReason);
        }
        self.set_status(status)?;
        if reason != self.reason() {
            self.reason = Some(reason.into());
        }
        Ok(())
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The reason phrase.
    #[must_use]
    pub fn reason(&self) -> &[u8] {
        match &self.reason {
            Some(reason) => reason,
            None => reason_of(self.status.as_u16()).as_bytes(),
        }
    }

    /// Whether the status is 200 with its registered reason phrase.
    pub(super) fn is_usual_ok(&self) -> bool {
        self.status == StatusCode::OK && self.reason.is_none()
    }

    /// Sets a field, and replaces fields of the same name.
    ///
    /// These have an effect: `Content-Type`, `Content-Length` (declares the length of the body),
    /// `Transfer-Encoding: chunked` (requests the chunked coding) and `Connection: close`.
    ///
    /// # Errors
    ///
    /// [`Misuse::InvalidFieldName`], [`Misuse::InvalidFieldValue`], and [`Misuse::InvalidFraming`]
    /// for another transfer coding or a length that is not a number.
    pub fn set(&mut self, name: &[u8], value: &[u8]) -> Result<(), Misuse> {
        if self.take_framing(name, value)? { Ok(()) } else { self.fields.set(name, value) }
    }

    /// Adds a field at the end, even if there is one of that name. `Content-Type` and the framing fields can exist
    /// only once: for these, the call does the same as [`ResponseHead::set`].
    ///
    /// # Errors
    ///
    /// Those of [`ResponseHead::set`].
    pub fn append(&mut self, name: &[u8], value: &[u8]) -> Result<(), Misuse> {
        if self.take_framing(name, value)? { Ok(()) } else { self.fields.append(name, value) }
    }

    /// Removes a field; returns whether there was one.
    pub fn remove(&mut self, name: &[u8]) -> bool {
        match Framed::of(name) {
            None => self.fields.remove(name),
            Some(Framed::ContentType) => {
                std::mem::replace(&mut self.content_type, ContentType::None) != ContentType::None
            }
            Some(Framed::ContentLength) => self.declared_length.take().is_some(),
            Some(Framed::TransferEncoding) => self.chunked.take().is_some(),
            Some(Framed::Connection) => std::mem::take(&mut self.close),
        }
    }

    /// Replaces all fields, including those that frame the message. Without a `Content-Type`, the
    /// default applies again. Status and reason stay.
    ///
    /// # Errors
    ///
    /// Those of [`ResponseHead::set`] for the first invalid field; the fields before it are set.
    pub fn replace_fields<N, V>(&mut self, fields: &[(N, V)]) -> Result<(), Misuse>
    where
        N: AsRef<[u8]>,
        V: AsRef<[u8]>,
    {
        self.fields.clear();
        self.content_type = ContentType::Default;
        self.declared_length = None;
        self.close = false;
        // `set_chunked(false)` is not a field, so that replacing the fields keeps it.
        self.chunked.take_if(|chunked| *chunked);
        fields.iter().try_for_each(|(name, value)| self.append(name.as_ref(), value.as_ref()))
    }

    /// Sets the content type; the default is `default_content_type`.
    ///
    /// # Errors
    ///
    /// [`Misuse::InvalidFieldValue`] if the value contains CR, LF, NUL or another control
    /// character.
    pub fn set_content_type(&mut self, value: &[u8]) -> Result<(), Misuse> {
        if !is_field_value(value) {
            return Err(Misuse::InvalidFieldValue);
        }
        self.content_type = if self.default_type() == Some(value) {
            ContentType::Default
        } else {
            self.given_type.clear();
            self.given_type.extend_from_slice(value);
            ContentType::Given
        };
        Ok(())
    }

    /// The content type; `None` if the application removed it.
    #[must_use]
    pub fn content_type(&self) -> Option<&[u8]> {
        match self.content_type {
            ContentType::Default => self.default_type(),
            ContentType::Given => Some(&self.given_type),
            ContentType::None => None,
        }
    }

    /// Whether the content type is the one that the server has for all responses.
    #[must_use]
    pub fn has_default_type(&self) -> bool {
        self.content_type == ContentType::Default
    }

    fn default_type(&self) -> Option<&[u8]> {
        match &self.default_type {
            Some(given) => (!given.is_empty()).then_some(given),
            None => Some(DEFAULT_CONTENT_TYPE.as_bytes()),
        }
    }

    /// The fields of the application, without those that frame the message.
    #[must_use]
    pub fn fields(&self) -> &FieldList {
        &self.fields
    }

    /// The length that the application declared, in bytes.
    #[must_use]
    pub fn declared_length(&self) -> Option<u64> {
        self.declared_length
    }

    /// Requests the chunked coding (`true`) or forbids it (`false`). By default, the engine
    /// chooses.
    pub fn set_chunked(&mut self, chunked: bool) {
        self.chunked = Some(chunked);
    }

    /// The value of [`ResponseHead::set_chunked`].
    #[must_use]
    pub fn chunked(&self) -> Option<bool> {
        self.chunked
    }

    /// Whether the application asked to close the connection after this response.
    #[must_use]
    pub fn close(&self) -> bool {
        self.close
    }

    /// The trailer fields, even if the framing of the response cannot carry them.
    pub fn trailers(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.trailers.iter().flat_map(|trailers| trailers.iter())
    }

    pub(crate) fn has_trailers(&self) -> bool {
        self.trailers.as_ref().is_some_and(|trailers| !trailers.is_empty())
    }

    /// The list of trailer fields, if a trailer field may have this name (RFC 9110 section 6.5.1).
    pub(crate) fn trailers_for(&mut self, name: &[u8]) -> Result<&mut FieldList, Misuse> {
        if is_forbidden(name) {
            return Err(Misuse::ForbiddenTrailer);
        }
        Ok(self.trailers.get_or_insert_default())
    }

    /// Whether the field with this name frames the message or controls the connection.
    pub(crate) fn frames(name: &[u8]) -> bool {
        Framed::of(name).is_some_and(|framed| !matches!(framed, Framed::ContentType))
    }

    /// Resets to an empty 200 response, for the next response or for an error page.
    pub fn clear(&mut self) {
        self.status = StatusCode::OK;
        self.reason = None;
        self.content_type = ContentType::Default;
        self.given_type.clear();
        self.given_type.shrink_to(KEPT_TYPE);
        self.fields.clear();
        self.declared_length = None;
        self.chunked = None;
        self.close = false;
        if let Some(trailers) = &mut self.trailers {
            trailers.clear();
        }
    }

    /// Takes the fields, with their buffer.
    pub(crate) fn take_fields(&mut self) -> FieldList {
        std::mem::take(&mut self.fields)
    }

    /// Reuses the buffer of fields that are no longer needed, if this head has no fields.
    pub(crate) fn use_fields(&mut self, fields: FieldList) {
        if self.fields.is_empty() && fields.is_empty() {
            self.fields = fields;
        }
    }

    fn take_framing(&mut self, name: &[u8], value: &[u8]) -> Result<bool, Misuse> {
        match Framed::of(name) {
            None => return Ok(false),
            Some(Framed::ContentType) => self.set_content_type(value)?,
            Some(Framed::ContentLength) => {
                self.declared_length = Some(parse_length(value).ok_or(Misuse::InvalidFraming)?);
            }
            Some(Framed::TransferEncoding) => {
                if !trim(value).eq_ignore_ascii_case(b"chunked") {
                    return Err(Misuse::InvalidFraming);
                }
                self.chunked = Some(true);
            }
            Some(Framed::Connection) => {
                if !is_field_value(value) {
                    return Err(Misuse::InvalidFieldValue);
                }
                self.close = value
                    .split(|&b| b == b',')
                    .any(|option| trim(option).eq_ignore_ascii_case(b"close"));
            }
        }
        Ok(true)
    }
}

/// The fields that only the encoder writes.
enum Framed {
    ContentType,
    ContentLength,
    TransferEncoding,
    Connection,
}

impl Framed {
    fn of(name: &[u8]) -> Option<Self> {
        // As applications write them, which needs no look at each byte.
        match name {
            b"content-type" | b"Content-Type" => return Some(Self::ContentType),
            b"content-length" | b"Content-Length" => return Some(Self::ContentLength),
            _ => {}
        }
        let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
        match name.len() {
            10 if is(b"connection") => Some(Self::Connection),
            12 if is(b"content-type") => Some(Self::ContentType),
            14 if is(b"content-length") => Some(Self::ContentLength),
            17 if is(b"transfer-encoding") => Some(Self::TransferEncoding),
            _ => None,
        }
    }
}

/// RFC 9110 section 8.6: `Content-Length = 1*DIGIT`.
fn parse_length(value: &[u8]) -> Option<u64> {
    let digits = trim(value);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests;
