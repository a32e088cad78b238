//! The content codings of all fronts: gzip (RFC 1952), Brotli (RFC 7932) and Zstandard (RFC 8878).
//! Bodies are compressed in pieces, and each piece is flushed.
//!
//! Request bodies are decoded, also in pieces.
//!
//! This crate knows only bytes. The engine decides which response is compressed and changes
//! its head, and which request is decoded: [`Settings::with_codecs`](tremolo_core::Settings::with_codecs).
//!
//! An encoder exists while its body is being sent. The table shows its memory, and its speed for
//! 280 KiB of text in flushed pieces of 4 KiB (one core, release build):
//!
//! | coding | level | window | memory | size | speed |
//! | --- | --- | --- | --- | --- | --- |
//! | gzip | 5 | 32 KiB | 0.4 MiB | 32 % | 63 MB/s |
//! | br | 4 | 64 KiB | 0.8 MiB, in long pieces 1.8 MiB | 33 % | 42 MB/s |
//! | zstd | 3 | 128 KiB | 1.3 MiB, for a whole body of 4 KiB 0.1 MiB | 34 % | 120 MB/s |
//!
//! A thread keeps up to four idle encoders each of gzip and of zstd for later bodies. A piece is
//! compressed at once, on the thread that sends it. Send a body of many megabytes in several
//! pieces, and compress files in advance.
//!
//! Each coding has a feature: `gzip` and `brotli` (in Rust), `zstd` (in C). All are enabled by
//! default.

#![forbid(unsafe_code)]

#[cfg(not(all(feature = "brotli", feature = "gzip", feature = "zstd")))]
mod absent;
#[cfg(feature = "brotli")]
mod br;
#[cfg(feature = "gzip")]
mod gzip;
#[cfg(any(feature = "gzip", feature = "zstd"))]
mod pool;
#[cfg(any(feature = "gzip", feature = "zstd"))]
mod room;
#[cfg(test)]
mod tests;
#[cfg(feature = "zstd")]
mod zstd;

#[cfg(not(feature = "brotli"))]
use self::absent as br;
#[cfg(not(feature = "gzip"))]
use self::absent as gzip;
#[cfg(not(feature = "zstd"))]
use self::absent as zstd;

use tremolo_core::content::ContentCoding;
use tremolo_core::negotiation::Coding;
use tremolo_core::{Codecs, ContentDecoder, ContentEncoder};

/// The codings whose features are enabled, for [`Settings::with_codecs`](tremolo_core::Settings::with_codecs).
///
/// ```
/// use tremolo_core::{Config, Settings};
///
/// let config = Config { compression: true, ..Config::default() };
/// let settings = Settings::new(config)?.with_codecs(&tremolo_coding::Standard);
/// # Ok::<(), tremolo_core::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standard;

impl Codecs for Standard {
    fn offered(&self) -> &[Coding] {
        &[br::CODING, zstd::CODING, gzip::CODING]
    }

    fn encoder(&self, coding: Coding) -> Option<Box<dyn ContentEncoder>> {
        match coding {
            Coding::Br => br::encoder(),
            Coding::Zstd => zstd::encoder(),
            Coding::Gzip => gzip::encoder(),
            Coding::Identity => None,
        }
    }

    fn decoder(&self, coding: ContentCoding) -> Option<Box<dyn ContentDecoder>> {
        match coding {
            ContentCoding::Br => br::decoder(coding),
            ContentCoding::Deflate | ContentCoding::Gzip => gzip::decoder(coding),
            ContentCoding::Zstd => zstd::decoder(coding),
        }
    }
}
