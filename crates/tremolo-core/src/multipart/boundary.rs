//! The boundary of a multipart body: parsed from the content type, then searched in the data.
//!
//! RFC 2046 section 5.1.1, except for the characters and the length of a boundary: phones and old
//! libraries send `*****`, `a&b`, `{guid}` or more than 70 bytes. A delimiter is CRLF, two hyphens
//! and the boundary. The boundary contains no CR, so a CR is only at the start of a delimiter: two
//! partial matches never overlap, and only the last CR of a piece can start a delimiter that the
//! next piece completes.

use bytes::Bytes;
use memchr::{memmem::Finder, memrchr};

use super::MultipartError;
use crate::content::params::{Params, Quoting, is_blank};
use crate::http1::grammar::trim;

/// A valid boundary, prepared for searching.
#[derive(Clone, Debug)]
pub struct Boundary {
    delimiter: Bytes,
    finder: Finder<'static>,
}

impl Boundary {
    /// A boundary from its text, without the hyphens: visible ASCII characters and spaces, not
    /// ending with a space; no quote, backslash or semicolon, at which some parsers end the
    /// boundary. Its length is not limited here: the size of the head is.
    ///
    /// # Errors
    ///
    /// [`MultipartError::InvalidBoundary`].
    pub fn new(boundary: &[u8]) -> Result<Self, MultipartError> {
        if !boundary.iter().all(|&byte| is_unambiguous(byte))
            || matches!(boundary.last(), None | Some(b' '))
        {
            return Err(MultipartError::InvalidBoundary);
        }
        let delimiter = [PREFIX, boundary].concat();
        let finder = Finder::new(&delimiter).into_owned();
        Ok(Self { delimiter: delimiter.into(), finder })
    }

    /// The boundary as in the content type.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.delimiter.get(PREFIX.len()..).unwrap_or_default()
    }

    /// The delimiter: CRLF, two hyphens, boundary.
    pub(super) fn delimiter(&self) -> &Bytes {
        &self.delimiter
    }

    /// The offset of the first complete delimiter.
    pub(super) fn find(&self, data: &[u8]) -> Option<usize> {
        self.finder.find(data)
    }

    /// The number of bytes at the end that may be the start of a delimiter.
    pub(super) fn held_back(&self, data: &[u8]) -> usize {
        let from = data.len().saturating_sub(self.delimiter.len() - 1);
        let tail = data.get(from..).unwrap_or_default();
        memrchr(b'\r', tail)
            .and_then(|at| tail.get(at..))
            .filter(|end| self.delimiter.starts_with(end))
            .map_or(0, <[u8]>::len)
    }
}

/// Finds the boundary in the value of a request's `Content-Type`.
///
/// ```
/// use tremolo_core::multipart::boundary_of;
///
/// let boundary = boundary_of(b"multipart/form-data; boundary=\"a b\"")?;
/// assert_eq!(boundary.as_bytes(), b"a b");
/// # Ok::<(), tremolo_core::multipart::MultipartError>(())
/// ```
///
/// # Errors
///
/// [`MultipartError::NotFormData`], [`MultipartError::MissingBoundary`],
/// [`MultipartError::InvalidBoundary`].
pub fn boundary_of(content_type: &[u8]) -> Result<Boundary, MultipartError> {
    let (essence, params) = Params::split(content_type, Quoting::Escaped);
    if !trim(essence).eq_ignore_ascii_case(b"multipart/form-data") {
        return Err(MultipartError::NotFormData);
    }
    let mut found = None;
    for param in params {
        let param = param.map_err(|_| MultipartError::InvalidBoundary)?;
        if !param.name.eq_ignore_ascii_case(b"boundary") {
            continue;
        }
        // Without quotes, some parsers stop at the space and others do not.
        let is_cut = !param.quoted && param.value.iter().any(is_blank);
        if is_cut || found.replace(param.value).is_some() {
            return Err(MultipartError::InvalidBoundary);
        }
    }
    Boundary::new(found.ok_or(MultipartError::MissingBoundary)?)
}

/// Whether all parsers accept this character as a part of the boundary.
fn is_unambiguous(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && !b"\"\\;".contains(&byte)
}

const PREFIX: &[u8] = b"\r\n--";
