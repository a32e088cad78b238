//! Zstandard (RFC 8878), flushed at the end of a block (section 3.1.1.2).

mod decoder;

use std::fmt;

use tremolo_core::content::ContentCoding;
use tremolo_core::negotiation::Coding;
use tremolo_core::{CodingFailed, ContentDecoder, ContentEncoder};
use zstd_safe::zstd_sys::ZSTD_EndDirective as Directive;
use zstd_safe::{CCtx, CParameter, InBuffer, OutBuffer, ResetDirective};

use crate::pool::EncoderPool;
use crate::room::likely_room;

/// The coding of this module.
pub(crate) const CODING: Coding = Coding::Zstd;

/// Decodes request bodies.
pub(crate) fn decoder(_: ContentCoding) -> Option<Box<dyn ContentDecoder>> {
    Some(Box::new(decoder::Zstd::new()?))
}

/// An encoder; `None` if memory allocation fails.
pub(crate) fn encoder() -> Option<Box<dyn ContentEncoder>> {
    Some(Box::new(Encoder::new()?))
}

/// A Zstandard frame.
struct Encoder {
    /// `None` only during `drop`.
    context: Option<CCtx<'static>>,
}

impl Encoder {
    /// `None` if memory allocation fails.
    fn new() -> Option<Self> {
        let context = IDLE.with(EncoderPool::take).or_else(|| {
            let mut context = CCtx::try_create()?;
            context.set_parameter(CParameter::CompressionLevel(LEVEL)).ok()?;
            context.set_parameter(CParameter::WindowLog(WINDOW_LOG)).ok()?;
            context.set_parameter(CParameter::HashLog(HASH_LOG)).ok()?;
            context.set_parameter(CParameter::ChainLog(CHAIN_LOG)).ok()?;
            Some(context)
        })?;
        Some(Self { context: Some(context) })
    }

    fn run(
        &mut self,
        input: &[u8],
        directive: Directive,
        out: &mut Vec<u8>,
    ) -> Result<(), CodingFailed> {
        let context = self.context.as_mut().ok_or(CodingFailed)?;
        let mut input = InBuffer::around(input);
        loop {
            out.reserve(likely_room(input.src.len() - input.pos()));
            let at = out.len();
            let mut room = OutBuffer::around_pos(out, at);
            let left = context.compress_stream2(&mut room, &mut input, directive);
            match left {
                Ok(0) if input.pos() == input.src.len() => return Ok(()),
                Ok(_) => {}
                Err(_) => return Err(CodingFailed),
            }
        }
    }
}

impl ContentEncoder for Encoder {
    fn encode(&mut self, piece: &[u8], out: &mut Vec<u8>) -> Result<(), CodingFailed> {
        self.run(piece, Directive::ZSTD_e_flush, out)
    }

    fn finish(&mut self, last: &[u8], out: &mut Vec<u8>) -> Result<(), CodingFailed> {
        self.run(last, Directive::ZSTD_e_end, out)
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        if let Some(mut context) = self.context.take()
            && context.reset(ResetDirective::SessionOnly).is_ok()
        {
            // The thread-local pool no longer exists at the end of a thread.
            let _ = IDLE.try_with(|idle| idle.put(context));
        }
    }
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder").finish_non_exhaustive()
    }
}

thread_local! {
    static IDLE: EncoderPool<CCtx<'static>> = const { EncoderPool::new() };
}

/// The default of the zstd library.
const LEVEL: i32 = 3;

/// 2^17 bytes: 128 KiB. Clients must support up to 8 MiB (RFC 9659).
const WINDOW_LOG: u32 = 17;

/// Smaller tables than the 768 KiB of this level: as for inputs that are as long as the window.
const HASH_LOG: u32 = 16;
const CHAIN_LOG: u32 = 15;
