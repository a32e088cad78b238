//! Compressors and decompressors of messages, from `flate2`.

pub(super) use flate2::{
    Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status,
};

/// Whether the program contains them.
pub(super) const IS_AVAILABLE: bool = true;
