//! Zstandard (RFC 8878).

use std::fmt;

use tremolo_core::{ContentDecoder, InvalidContent};
use zstd_safe::{DCtx, DParameter, InBuffer, OutBuffer};

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

/// 2^23 bytes, what every recipient of this coding must support (RFC 9659 section 3).
const WINDOW_LOG_MAX: u32 = 23;
