//! What the application sends: bytes, borrowed or owned, or a part of a file.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

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

/// A part of an open file, to be sent as it stands in the file.
///
/// The engine counts its bytes and keeps their order; only the driver knows the file;
/// it gets it back with [`Transmit::File`](super::Transmit::File).
#[derive(Clone)]
pub struct FileRegion {
    /// The open file, as the driver gets it back.
    pub file: Arc<dyn Any + Send + Sync>,
    /// Where the region begins, in bytes from the start of the file.
    pub offset: u64,
    /// How many bytes it has.
    pub length: u64,
}

impl fmt::Debug for FileRegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileRegion")
            .field("offset", &self.offset)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}
