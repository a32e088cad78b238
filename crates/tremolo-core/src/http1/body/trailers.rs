//! Trailer fields: parsed line by line, and which fields may be one (RFC 9112 section 7.1.2, RFC
//! 9110 section 6.5.1). `chunked.rs` finds the end of the section.

use memchr::memchr;

use super::limits::Limits;
use crate::PeerError;
use crate::http1::grammar::{is_field_value, is_token, trim};

/// The fields that came after a chunked body.
///
/// Fields that may not be trailers are dropped: those that frame or route a message, modify a
/// request, authenticate, or control how the content is processed (RFC 9110 section 6.5.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trailers {
    /// Name and value of every field, one after the other.
    text: Vec<u8>,
    /// Where in `text` each field's name and value end.
    ends: Vec<(usize, usize)>,
}

impl Trailers {
    /// Names, in lower case, and values of all fields, in the order on the wire.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|&(_, end)| end));
        starts.zip(&self.ends).filter_map(|(start, &(middle, end))| {
            let name = std::str::from_utf8(self.text.get(start..middle)?).ok()?;
            Some((name, self.text.get(middle..end)?))
        })
    }

    /// The value of the first field of this name, in any case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// How many fields there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

/// A trailer section that is still being read.
#[derive(Debug, Default)]
pub(super) struct Section {
    trailers: Trailers,
    /// The line that is not complete yet.
    line: Vec<u8>,
    size: usize,
    fields: usize,
}

impl Section {
    /// Takes `input` up to the end of the line: how many bytes, and whether the line has ended.
    ///
    /// After an error nothing has changed, so that the same input gives the same error.
    pub(super) fn push(
        &mut self,
        input: &[u8],
        limits: &Limits,
    ) -> Result<(usize, bool), PeerError> {
        let end = memchr(b'\n', input);
        let taken = end.map_or(input.len(), |end| end + 1);
        if taken > limits.trailer_size.saturating_sub(self.size) {
            return Err(PeerError::ChunkOverheadTooLarge);
        }
        let known = self.line.len();
        self.line.extend_from_slice(&input[..taken]);
        if end.is_some() {
            if let Err(error) = self.end_line(limits) {
                self.line.truncate(known);
                return Err(error);
            }
            self.line.clear();
        }
        self.size += taken;
        Ok((taken, end.is_some()))
    }

    pub(super) fn into_trailers(self) -> Trailers {
        self.trailers
    }

    pub(super) const fn trailers(&self) -> &Trailers {
        &self.trailers
    }

    /// The rules of RFC 9112 section 5: a token, a colon directly after it, a value without
    /// controls (so no bare CR), white space around it dropped, CRLF. Folded lines begin with no
    /// token.
    fn end_line(&mut self, limits: &Limits) -> Result<(), PeerError> {
        let line = self.line.strip_suffix(b"\r\n").ok_or(PeerError::InvalidTrailer)?;
        let colon = memchr(b':', line).ok_or(PeerError::InvalidTrailer)?;
        let (name, value) = (&line[..colon], trim(&line[colon + 1..]));
        if !is_token(name) || !is_field_value(value) {
            return Err(PeerError::InvalidTrailer);
        }
        if self.fields >= limits.trailer_fields {
            return Err(PeerError::ChunkOverheadTooLarge);
        }
        self.fields += 1;
        if !is_forbidden(name) {
            let text = &mut self.trailers.text;
            text.extend(name.iter().map(u8::to_ascii_lowercase));
            let middle = text.len();
            text.extend_from_slice(value);
            self.trailers.ends.push((middle, text.len()));
        }
        Ok(())
    }
}

/// Whether a field may not be a trailer field, in any case of its letters.
pub(in crate::http1) fn is_forbidden(name: &[u8]) -> bool {
    let begins = |prefix: &&[u8]| {
        name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    FORBIDDEN.iter().any(|field| name.eq_ignore_ascii_case(field))
        || (FORBIDDEN_PREFIXES.iter().any(begins) && !name.eq_ignore_ascii_case(b"content-digest"))
}

/// Framing and routing, request modifiers, authentication, response control data (RFC 9110 section
/// 6.5.1), and what applications trust about the sender. `Authentication-Info`, `ETag` and
/// `Accept-Ranges` may be trailer fields by their own definitions.
const FORBIDDEN: &[&[u8]] = &[
    b"age",
    b"authorization",
    b"cache-control",
    b"connection",
    b"cookie",
    b"date",
    b"early-data",
    b"expect",
    b"expires",
    b"forwarded",
    b"host",
    b"http2-settings",
    b"keep-alive",
    b"location",
    b"max-forwards",
    b"origin",
    b"pragma",
    b"range",
    b"retry-after",
    b"set-cookie",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
    b"vary",
    b"via",
    b"warning",
    b"www-authenticate",
    b"x-real-ip",
];

/// Families of such fields. Of `content-`, only `Content-Digest` is made for trailers (RFC 9530).
const FORBIDDEN_PREFIXES: &[&[u8]] =
    &[b"access-control-", b"content-", b"if-", b"proxy-", b"sec-", b"x-forwarded-"];
