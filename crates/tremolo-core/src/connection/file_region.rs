//! A part of a file that the application sends.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

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
