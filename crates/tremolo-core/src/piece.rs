//! Bytes that the application sends: borrowed, owned or shared.

use bytes::Bytes;

/// A piece of a body, borrowed or owned: copied if it is short, queued as it is if it is long.
#[derive(Debug)]
pub enum Piece<'a> {
    /// Borrowed bytes.
    Slice(&'a [u8]),
    /// Owned bytes.
    Owned(Vec<u8>),
    /// Shared bytes.
    Shared(Bytes),
}

impl Piece<'_> {
    /// The bytes of the piece.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        match self {
            Self::Slice(bytes) => bytes,
            Self::Owned(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }

    /// Its length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.as_slice().len()
    }

    /// Whether it is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<'a> From<&'a [u8]> for Piece<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Slice(bytes)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Piece<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        Self::Slice(bytes)
    }
}

impl<'a> From<&'a str> for Piece<'a> {
    fn from(text: &'a str) -> Self {
        Self::Slice(text.as_bytes())
    }
}

impl From<Vec<u8>> for Piece<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Owned(bytes)
    }
}

impl From<String> for Piece<'_> {
    fn from(text: String) -> Self {
        Self::Owned(text.into_bytes())
    }
}

impl From<Bytes> for Piece<'_> {
    fn from(bytes: Bytes) -> Self {
        Self::Shared(bytes)
    }
}
