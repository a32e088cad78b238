//! gzip (RFC 1952) and zlib (RFC 1950).

use flate2::{Decompress, FlushDecompress, Status};
use tremolo_core::{ContentDecoder, InvalidContent};

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

/// 2^15 bytes, the maximum of gzip.
const WINDOW_BITS: u8 = 15;
