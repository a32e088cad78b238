//! gzip (RFC 1952), flushed with empty stored blocks (RFC 1951 section 3.2.4).

mod decoder;

use flate2::{Compress, Compression, FlushCompress, Status};
use tremolo_core::content::ContentCoding;
use tremolo_core::negotiation::Coding;
use tremolo_core::{CodingFailed, ContentDecoder, ContentEncoder};

use crate::pool::EncoderPool;
use crate::room::likely_room;

/// The coding of this module.
pub(crate) const CODING: Coding = Coding::Gzip;

/// Decodes request bodies, in zlib too.
pub(crate) fn decoder(coding: ContentCoding) -> Option<Box<dyn ContentDecoder>> {
    Some(Box::new(match coding {
        ContentCoding::Deflate => decoder::Zlib::deflate(),
        _ => decoder::Zlib::gzip(),
    }))
}

/// An encoder.
pub(crate) fn encoder() -> Option<Box<dyn ContentEncoder>> {
    Some(Box::new(Encoder::new()))
}

/// A gzip stream.
#[derive(Debug)]
struct Encoder {
    /// `None` only during `drop`.
    compress: Option<Compress>,
}

impl Encoder {
    fn new() -> Self {
        let kept = IDLE.with(EncoderPool::take);
        let compress =
            kept.unwrap_or_else(|| Compress::new_gzip(Compression::new(LEVEL), WINDOW_BITS));
        Self { compress: Some(compress) }
    }

    /// Compresses all of `input` and flushes as asked.
    fn run(
        &mut self,
        mut input: &[u8],
        flush: FlushCompress,
        out: &mut Vec<u8>,
    ) -> Result<(), CodingFailed> {
        let compress = self.compress.as_mut().ok_or(CodingFailed)?;
        loop {
            out.reserve(likely_room(input.len()));
            let before = compress.total_in();
            let status = compress.compress_vec(input, out, flush).map_err(|_| CodingFailed)?;
            let taken = usize::try_from(compress.total_in() - before).unwrap_or(usize::MAX);
            input = input.get(taken..).ok_or(CodingFailed)?;
            let is_done = match flush {
                FlushCompress::Finish => status == Status::StreamEnd,
                // Unused space in the buffer means that the encoder has no more output.
                _ => input.is_empty() && out.len() < out.capacity(),
            };
            if is_done {
                return Ok(());
            }
        }
    }
}

impl ContentEncoder for Encoder {
    fn encode(&mut self, piece: &[u8], out: &mut Vec<u8>) -> Result<(), CodingFailed> {
        self.run(piece, FlushCompress::Sync, out)
    }

    fn finish(&mut self, last: &[u8], out: &mut Vec<u8>) -> Result<(), CodingFailed> {
        self.run(last, FlushCompress::Finish, out)
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        if let Some(mut compress) = self.compress.take() {
            compress.reset();
            // The thread-local pool no longer exists at the end of a thread.
            let _ = IDLE.try_with(|idle| idle.put(compress));
        }
    }
}

thread_local! {
    static IDLE: EncoderPool<Compress> = const { EncoderPool::new() };
}

/// 5 of 9. Output is 0.3 % larger than with the default, 6, and 20 % faster (text in pieces of 4
/// KiB).
const LEVEL: u32 = 5;

/// 2^15 bytes: 32 KiB, the maximum of gzip.
const WINDOW_BITS: u8 = 15;
