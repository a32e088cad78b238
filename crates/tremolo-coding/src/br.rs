//! Brotli (RFC 7932), flushed with empty metadata blocks (section 9.2).
//!
//! All flushed data can be decoded. But common decoders (curl's, this crate's) hold back what does
//! not fit into their buffer of 16 KiB until more data arrives.

mod decoder;

use std::fmt;

use brotli::enc::StandardAlloc;
use brotli::enc::encode::{
    BrotliEncoderOperation as Operation, BrotliEncoderParameter as Parameter,
    BrotliEncoderStateStruct,
};
use tremolo_core::content::ContentCoding;
use tremolo_core::negotiation::Coding;
use tremolo_core::{CodingFailed, ContentDecoder, ContentEncoder};

/// The coding of this module.
pub(crate) const CODING: Coding = Coding::Br;

/// Decodes request bodies.
pub(crate) fn decoder(_: ContentCoding) -> Option<Box<dyn ContentDecoder>> {
    Some(Box::new(decoder::Br::new()))
}

/// An encoder.
pub(crate) fn encoder() -> Option<Box<dyn ContentEncoder>> {
    Some(Box::new(Encoder::new()))
}

/// A Brotli stream. It cannot be reset, so encoders of this coding are not pooled.
struct Encoder {
    state: BrotliEncoderStateStruct<StandardAlloc>,
}

impl Encoder {
    fn new() -> Self {
        let mut state = BrotliEncoderStateStruct::new(StandardAlloc::default());
        state.set_parameter(Parameter::BROTLI_PARAM_QUALITY, QUALITY);
        state.set_parameter(Parameter::BROTLI_PARAM_LGWIN, WINDOW_BITS);
        state.set_parameter(Parameter::BROTLI_PARAM_SIZE_HINT, SIZE_HINT);
        Self { state }
    }

    /// Compresses all of `input`, then flushes or finishes as `operation` demands.
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
            // Consumed input may still be buffered: the operation is complete when no output is
            // left.
            if !self.state.has_more_output() {
                let is_done =
                    operation == Operation::BROTLI_OPERATION_FLUSH || self.state.is_finished();
                return if left == 0 && is_done { Ok(()) } else { Err(CodingFailed) };
            }
            while self.state.has_more_output() {
                // A size of zero requests all output. Only `size` bytes of the buffer are output.
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

/// 4 of 11. Level 5 needs 33 MiB for its tables, even with a window this small.
const QUALITY: u32 = 4;

/// 2^16 bytes: 64 KiB.
const WINDOW_BITS: u32 = 16;

/// Always small: with a hint of a megabyte the encoder would allocate tables of 4 MiB, which do not
/// improve compression with this window.
const SIZE_HINT: u32 = 1;
