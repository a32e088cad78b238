//! Decoders of request bodies.
//!
//! Each writes into the room that it is given, so that the caller bounds what a body becomes. What it
//! keeps beside it is its window: 32 KiB for gzip and zlib, up to 16 MiB for Brotli, which grows with
//! the decoded data, and up to 8 MiB for Zstandard (RFC 9659).

#[cfg(feature = "brotli")]
mod br;
#[cfg(feature = "gzip")]
mod zlib;
#[cfg(feature = "zstd")]
mod zstd;

use tremolo_core::ContentDecoder;
use tremolo_core::content::ContentCoding;

/// `None` if the feature of the coding is not enabled, or memory allocation fails.
pub(crate) fn decoder(coding: ContentCoding) -> Option<Box<dyn ContentDecoder>> {
    match coding {
        #[cfg(feature = "brotli")]
        ContentCoding::Br => Some(Box::new(br::Br::new())),
        #[cfg(feature = "gzip")]
        ContentCoding::Deflate => Some(Box::new(zlib::Zlib::deflate())),
        #[cfg(feature = "gzip")]
        ContentCoding::Gzip => Some(Box::new(zlib::Zlib::gzip())),
        #[cfg(feature = "zstd")]
        ContentCoding::Zstd => Some(Box::new(zstd::Zstd::new()?)),
        #[cfg(not(all(feature = "brotli", feature = "gzip", feature = "zstd")))]
        _ => None,
    }
}
