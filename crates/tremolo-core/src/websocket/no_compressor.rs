//! Takes the place of `compressor.rs` in a build without the feature `websocket-deflate`: no session
//! negotiates permessage-deflate, and a message for many sessions stays plain.

/// No.
pub(super) const IS_AVAILABLE: bool = false;

#[derive(Debug)]
pub(super) struct Compress;

#[derive(Debug)]
pub(super) struct Decompress;

/// A level.
pub(super) struct Compression;

#[derive(Clone, Copy)]
pub(super) enum FlushCompress {
    Sync,
}

#[derive(Clone, Copy)]
pub(super) enum FlushDecompress {
    Sync,
}

#[derive(PartialEq, Eq)]
pub(super) enum Status {
    StreamEnd,
}

/// There is no compressor: what each call fails with.
pub(super) struct Missing;

impl Compression {
    pub(super) fn new(_level: u32) -> Self {
        Self
    }
}

impl Compress {
    pub(super) fn new_with_window_bits(_: Compression, _zlib_header: bool, _bits: u8) -> Self {
        Self
    }

    pub(super) fn compress_vec(
        &mut self,
        _: &[u8],
        _: &mut Vec<u8>,
        _: FlushCompress,
    ) -> Result<Status, Missing> {
        Err(Missing)
    }

    pub(super) fn total_in(&self) -> u64 {
        0
    }

    pub(super) fn reset(&mut self) {}
}

impl Decompress {
    pub(super) fn new_with_window_bits(_zlib_header: bool, _bits: u8) -> Self {
        Self
    }

    pub(super) fn decompress_vec(
        &mut self,
        _: &[u8],
        _: &mut Vec<u8>,
        _: FlushDecompress,
    ) -> Result<Status, Missing> {
        Err(Missing)
    }

    pub(super) fn total_in(&self) -> u64 {
        0
    }

    pub(super) fn reset(&mut self, _zlib_header: bool) {}
}
