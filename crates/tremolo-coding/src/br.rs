//! Brotli (RFC 7932), flushed with empty metadata blocks (section 9.2).
//!
//! What has been flushed can be decoded, but common decoders (curl's, this crate's) keep to
//! themselves what their buffer of 16 KiB has no room for, until more comes.

use std::fmt;

use brotli::enc::StandardAlloc;
use brotli::enc::encode::{
    BrotliEncoderOperation as Operation, BrotliEncoderParameter as Parameter,
    BrotliEncoderStateStruct,
};
use tremolo_core::{CodingFailed, ContentEncoder};

/// A Brotli stream. There is no way to use one again.
pub(crate) struct Encoder {
    state: BrotliEncoderStateStruct<StandardAlloc>,
}

impl Encoder {
    pub(crate) fn new() -> Self {
        let mut state = BrotliEncoderStateStruct::new(StandardAlloc::default());
        state.set_parameter(Parameter::BROTLI_PARAM_QUALITY, QUALITY);
        state.set_parameter(Parameter::BROTLI_PARAM_LGWIN, WINDOW_BITS);
        state.set_parameter(Parameter::BROTLI_PARAM_SIZE_HINT, SIZE_HINT);
        Self { state }
    }

    /// Compresses all of `input` and does what is asked.
    fn run(
        &mut self,
        input: &[u8],
        operation: Operation,
        out: &mut Vec<u8>,
    ) -> Result<(), CodingFailed> {
        let (mut left, mut at) = (input.len(), 0);
        loop {
            let went_well = self.state.compress_stream(
                operation,
                &mut left,
                input,
                &mut at,
                &mut 0,
                &mut [],
                &mut 0,
                &mut None,
                &mut |_, _, _, _| {},
            );
            if !went_well {
                return Err(CodingFailed);
            }
            // Input that is taken is not yet flushed: only a call that puts out nothing is the last.
            if !self.state.has_more_output() {
                let is_done =
                    operation == Operation::BROTLI_OPERATION_FLUSH || self.state.is_finished();
                return if left == 0 && is_done { Ok(()) } else { Err(CodingFailed) };
            }
            while self.state.has_more_output() {
                // Zero asks for all that there is; what is behind that is not ours.
                let mut size = 0;
                let room = self.state.take_output(&mut size);
                out.extend_from_slice(room.get(..size).ok_or(CodingFailed)?);
            }
        }
    }
}

impl ContentEncoder for Encoder {
    fn encode(&mut self, piece: &[u8], out: &mut Vec<u8>) -> Result<(), CodingFailed> {
        self.run(piece, Operation::BROTLI_OPERATION_FLUSH, out)
    }

    fn finish(&mut self, last: &[u8], out: &mut Vec<u8>) -> Result<(), CodingFailed> {
        self.run(last, Operation::BROTLI_OPERATION_FINISH, out)
    }
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder").finish_non_exhaustive()
    }
}

/// Of 11. The next one, with a window this small, takes 33 MiB for its tables.
const QUALITY: u32 = 4;

/// 64 KiB.
const WINDOW_BITS: u32 = 16;

/// Short, whatever comes: a first piece of a megabyte would else call for tables of 4 MiB, which
/// gain nothing with this window.
const SIZE_HINT: u32 = 1;
