//! Decoders of request bodies: gzip (RFC 1952), zlib (RFC 1950), Brotli and Zstandard.
//!
//! Each writes into the room that it is given, so that the caller bounds what a body becomes. What it
//! keeps beside it is its window: 32 KiB for gzip and zlib, up to 16 MiB for Brotli, which grows with
//! the decoded data, and up to 8 MiB for Zstandard (RFC 9659).

use std::fmt;

use brotli::enc::StandardAlloc;
use brotli::{BrotliDecompressStream, BrotliResult, BrotliState};
use flate2::{Decompress, FlushDecompress, Status};
use tremolo_core::{ContentDecoder, InvalidContent};
use zstd_safe::{DCtx, DParameter, InBuffer, OutBuffer};

/// gzip, or zlib for the coding `deflate` (RFC 9110 section 8.4.1.2).
#[derive(Debug)]
pub(crate) struct Zlib {
    inflate: Decompress,
    is_gzip: bool,
    /// Whether the data is at the end of a stream.
    has_ended: bool,
}

impl Zlib {
    pub(crate) fn gzip() -> Self {
        Self { inflate: Decompress::new_gzip(WINDOW_BITS), is_gzip: true, has_ended: false }
    }

    pub(crate) fn deflate() -> Self {
        Self { inflate: Decompress::new(true), is_gzip: false, has_ended: false }
    }
}

impl ContentDecoder for Zlib {
    fn decode(&mut self, input: &[u8], out: &mut [u8]) -> Result<(usize, usize), InvalidContent> {
        if self.has_ended {
            if input.is_empty() {
                return Ok((0, 0));
            }
            if !self.is_gzip {
                return Err(InvalidContent);
            }
            // RFC 1952 section 2.2: members follow each other.
            *self = Self::gzip();
        }
        let before = (self.inflate.total_in(), self.inflate.total_out());
        let status = self.inflate.decompress(input, out, FlushDecompress::None);
        self.has_ended = status.map_err(|_| InvalidContent)? == Status::StreamEnd;
        let count = |now: u64, before: u64| usize::try_from(now - before).unwrap_or(usize::MAX);
        let taken = count(self.inflate.total_in(), before.0);
        Ok((taken, count(self.inflate.total_out(), before.1)))
    }

    fn is_complete(&self) -> bool {
        self.has_ended
    }
}

/// Brotli.
pub(crate) struct Br {
    state: Box<BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>>,
    has_ended: bool,
}

impl Br {
    pub(crate) fn new() -> Self {
        let alloc = StandardAlloc::default;
        // The windows of RFC 7932, not the large ones.
        Self {
            state: Box::new(BrotliState::new_strict(alloc(), alloc(), alloc())),
            has_ended: false,
        }
    }
}

impl ContentDecoder for Br {
    fn decode(&mut self, input: &[u8], out: &mut [u8]) -> Result<(usize, usize), InvalidContent> {
        if self.has_ended {
            return if input.is_empty() { Ok((0, 0)) } else { Err(InvalidContent) };
        }
        let (mut left, mut taken) = (input.len(), 0);
        let (mut room, mut made) = (out.len(), 0);
        let result = BrotliDecompressStream(
            &mut left,
            &mut taken,
            input,
            &mut room,
            &mut made,
            out,
            &mut 0,
            &mut self.state,
        );
        match result {
            BrotliResult::ResultFailure => return Err(InvalidContent),
            BrotliResult::ResultSuccess => self.has_ended = true,
            BrotliResult::NeedsMoreInput | BrotliResult::NeedsMoreOutput => {}
        }
        Ok((taken, made))
    }

    fn is_complete(&self) -> bool {
        self.has_ended
    }
}

impl fmt::Debug for Br {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Br").finish_non_exhaustive()
    }
}

/// Zstandard.
pub(crate) struct Zstd {
    context: DCtx<'static>,
    /// Whether the data is at the end of a frame.
    has_ended: bool,
}

impl Zstd {
    /// `None` if memory allocation fails.
    pub(crate) fn new() -> Option<Self> {
        let mut context = DCtx::try_create()?;
        context.set_parameter(DParameter::WindowLogMax(WINDOW_LOG_MAX)).ok()?;
        Some(Self { context, has_ended: false })
    }
}

impl ContentDecoder for Zstd {
    fn decode(&mut self, input: &[u8], out: &mut [u8]) -> Result<(usize, usize), InvalidContent> {
        if self.has_ended && input.is_empty() {
            return Ok((0, 0));
        }
        let mut input = InBuffer::around(input);
        let mut room = OutBuffer::around(out);
        let left = self.context.decompress_stream(&mut room, &mut input);
        // Another frame may follow (RFC 8878 section 3.1).
        self.has_ended = left.map_err(|_| InvalidContent)? == 0;
        Ok((input.pos(), room.pos()))
    }

    fn is_complete(&self) -> bool {
        self.has_ended
    }
}

impl fmt::Debug for Zstd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Zstd").field("has_ended", &self.has_ended).finish_non_exhaustive()
    }
}

/// 2^15 bytes, the maximum of gzip.
const WINDOW_BITS: u8 = 15;

/// 2^23 bytes, what every recipient of this coding must support (RFC 9659 section 3).
const WINDOW_LOG_MAX: u32 = 23;
