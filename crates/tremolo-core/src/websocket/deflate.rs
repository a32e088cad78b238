//! permessage-deflate (RFC 7692 section 7): the compression of messages, and its memory.
//!
//! A compressor takes about 380 KiB and a decompressor about 48 KiB (measured). Without context takeover a
//! session holds one of them only while a message is incomplete, and takes it from a
//! [`DeflatePool`]. With context takeover a session keeps its own from the first compressed message
//! on.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::compressor::{
    Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status,
};
use super::error::{SendError, Violation};

/// What client and server agreed on (section 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeflateParams {
    /// Whether the server's messages refer to earlier ones.
    pub(super) server_takeover: bool,
    /// Whether the client's messages refer to earlier ones.
    pub(super) client_takeover: bool,
    /// The base-2 logarithm of the server's window, 8 to 15, if the client limits it.
    pub(super) server_window_bits: Option<u8>,
    /// The same of the client's window, if the client has limited it.
    pub(super) client_window_bits: Option<u8>,
}

/// Idle compressors and decompressors of all sessions of a worker.
///
/// It keeps up to four of each, about 1.7 MiB. Its lock is held for a few instructions.
#[derive(Default)]
pub struct DeflatePool {
    idle: Mutex<Idle>,
}

#[derive(Default)]
struct Idle {
    /// With a window of 32 KiB.
    compressors: Vec<Compress>,
    decompressors: Vec<Decompress>,
}

impl DeflatePool {
    fn with<T>(&self, access: impl FnOnce(&mut Idle) -> T) -> T {
        access(&mut self.idle.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn take_compressor(&self, window_bits: u8) -> Compress {
        let kept = (window_bits == MAX_WINDOW_BITS)
            .then(|| self.with(|idle| idle.compressors.pop()))
            .flatten();
        let level = Compression::new(LEVEL);
        kept.unwrap_or_else(|| Compress::new_with_window_bits(level, false, window_bits))
    }

    fn put_compressor(&self, mut compress: Compress, window_bits: u8) {
        if window_bits == MAX_WINDOW_BITS {
            compress.reset();
            self.with(|idle| {
                if idle.compressors.len() < MAX_IDLE {
                    idle.compressors.push(compress);
                }
            });
        }
    }

    /// The window of a decompressor is always the largest: it decodes messages of every window, and
    /// those of old zlib versions, which use 9 bits where 8 were negotiated.
    fn take_decompressor(&self) -> Decompress {
        let kept = self.with(|idle| idle.decompressors.pop());
        kept.unwrap_or_else(|| Decompress::new_with_window_bits(false, MAX_WINDOW_BITS))
    }

    fn put_decompressor(&self, mut decompress: Decompress) {
        decompress.reset(false);
        self.with(|idle| {
            if idle.decompressors.len() < MAX_IDLE {
                idle.decompressors.push(decompress);
            }
        });
    }
}

impl fmt::Debug for DeflatePool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeflatePool").finish_non_exhaustive()
    }
}

/// Decompresses the messages of a client (section 7.2.2).
#[derive(Debug)]
pub(super) struct Inflater {
    pool: Arc<DeflatePool>,
    takeover: bool,
    decompress: Option<Decompress>,
}

impl Inflater {
    pub(super) fn new(pool: Arc<DeflatePool>, takeover: bool) -> Self {
        Self { pool, takeover, decompress: None }
    }

    /// Appends the content of the next piece of a message to `out`, which may become `limit` bytes
    /// long.
    pub(super) fn inflate(
        &mut self,
        mut piece: &[u8],
        out: &mut Vec<u8>,
        limit: usize,
    ) -> Result<(), Violation> {
        let decompress = self.decompress.get_or_insert_with(|| self.pool.take_decompressor());
        loop {
            if out.len() == out.capacity() {
                // One byte more than allowed shows that a message is too big.
                let most = limit.saturating_add(1).saturating_sub(out.len());
                let likely = out.len().max(piece.len().saturating_mul(3)).max(LEAST_ROOM);
                out.reserve_exact(likely.min(most));
            }
            let before = (decompress.total_in(), out.len());
            let status = decompress.decompress_vec(piece, out, FlushDecompress::Sync);
            // Before a fault in the same piece: the same is found at every split.
            if out.len() > limit {
                return Err(Violation::MessageTooBig);
            }
            let status = status.map_err(|_| Violation::InvalidCompression)?;
            let taken = usize::try_from(decompress.total_in() - before.0).unwrap_or(usize::MAX);
            piece = piece.get(taken..).unwrap_or_default();
            if status == Status::StreamEnd {
                // A final block (section 7.2.3.4): the next one begins a new stream.
                decompress.reset(false);
            } else if piece.is_empty() && out.len() < out.capacity() {
                return Ok(());
            } else if taken == 0 && out.len() == before.1 && out.len() < out.capacity() {
                return Err(Violation::InvalidCompression);
            }
            if piece.is_empty() && status == Status::StreamEnd {
                return Ok(());
            }
        }
    }

    /// The message is complete.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>, limit: usize) -> Result<(), Violation> {
        self.inflate(TAIL, out, limit)?;
        if !self.takeover
            && let Some(decompress) = self.decompress.take()
        {
            self.pool.put_decompressor(decompress);
        }
        Ok(())
    }
}

/// Compresses the messages of the server (section 7.2.1).
#[derive(Debug)]
pub(super) struct Deflater {
    pool: Arc<DeflatePool>,
    takeover: bool,
    window_bits: u8,
    compress: Option<Compress>,
}

impl Deflater {
    pub(super) fn new(pool: Arc<DeflatePool>, takeover: bool, window_bits: u8) -> Self {
        Self { pool, takeover, window_bits, compress: None }
    }

    /// Whether there is a compressor for the negotiated window. There is none for 8 bits: zlib uses 9
    /// instead. Messages are sent plain then, which section 6 allows.
    pub(super) fn is_usable(&self) -> bool {
        self.window_bits > MIN_WINDOW_BITS
    }

    /// Whether messages refer to earlier ones.
    pub(super) fn has_takeover(&self) -> bool {
        self.takeover
    }

    /// Whether a message that was compressed for all sessions, with the largest window and without
    /// context, can be decoded by this peer.
    pub(super) fn accepts_prepared(&self) -> bool {
        self.window_bits == MAX_WINDOW_BITS
    }

    /// Compresses a fragment into `out`. The last one of a message has no end marker.
    pub(super) fn deflate(
        &mut self,
        fragment: &[u8],
        is_last: bool,
        out: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        if fragment.is_empty() {
            // An empty block without its marker (section 7.2.3.6).
            out.extend_from_slice(if is_last { &[0] } else { &[] });
        } else if let Err(error) = self.run(fragment, is_last, out) {
            // A new compressor refers to nothing that was sent.
            self.compress = None;
            return Err(error);
        }
        if is_last && !self.takeover {
            self.forget();
        }
        Ok(())
    }

    /// Compresses and flushes.
    fn run(
        &mut self,
        mut fragment: &[u8],
        is_last: bool,
        out: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        let bits = self.window_bits;
        let compress = self.compress.get_or_insert_with(|| self.pool.take_compressor(bits));
        loop {
            out.reserve(fragment.len() / 2 + 64);
            let before = compress.total_in();
            compress
                .compress_vec(fragment, out, FlushCompress::Sync)
                .map_err(|_| SendError::CompressionFailed)?;
            let taken = usize::try_from(compress.total_in() - before).unwrap_or(usize::MAX);
            fragment = fragment.get(taken..).ok_or(SendError::CompressionFailed)?;
            if fragment.is_empty() && out.len() < out.capacity() {
                break;
            }
        }
        if is_last {
            let end = out.len().checked_sub(TAIL.len()).filter(|_| out.ends_with(TAIL));
            out.truncate(end.ok_or(SendError::CompressionFailed)?);
        }
        Ok(())
    }

    /// The next message refers to no earlier one.
    pub(super) fn forget(&mut self) {
        if let Some(compress) = self.compress.take() {
            self.pool.put_compressor(compress, self.window_bits);
        }
    }
}

/// What the sender removes from the end of a message, and the receiver appends (section 7.2.1).
const TAIL: &[u8] = &[0, 0, 0xff, 0xff];

pub(super) const MAX_WINDOW_BITS: u8 = 15;
pub(super) const MIN_WINDOW_BITS: u8 = 8;

/// The compression level, of 9. A message is compressed for one receiver, while the next ones wait:
/// 64 KiB of JSON take a third of the time of level 5, and become a fifth longer (measured).
const LEVEL: u32 = 2;

/// Bytes by which the output grows, at least.
const LEAST_ROOM: usize = 256;

/// Idle compressors, and idle decompressors: few messages are incomplete at the same time.
const MAX_IDLE: usize = 4;
