//! Brotli (RFC 7932).

use std::fmt;

use brotli::enc::StandardAlloc;
use brotli::{BrotliDecompressStream, BrotliResult, BrotliState};
use tremolo_core::{ContentDecoder, InvalidContent};

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
