//! The content codings that every front offers: gzip (RFC 1952), Brotli (RFC 7932) and Zstandard
//! (RFC 8878), each for bodies that come in pieces and leave piece by piece.
//!
//! Which response is compressed, for whom, and what its head says is the engine's business
//! ([`Settings::with_codecs`](tremolo_core::Settings::with_codecs)); this crate knows bytes.
//!
//! An encoder exists while its body is on the way. What it takes then, and what it does with 280
//! KiB of text in pieces of 4 KiB, each of them flushed (one core, release build):
//!
//! | coding | level | window | memory | size | speed |
//! | --- | --- | --- | --- | --- | --- |
//! | gzip | 5 | 32 KiB | 0.4 MiB | 32 % | 63 MB/s |
//! | br | 4 | 64 KiB | 0.8 MiB, in long pieces 1.8 MiB | 33 % | 42 MB/s |
//! | zstd | 3 | 128 KiB | 1.3 MiB, for a whole body of 4 KiB 0.1 MiB | 34 % | 120 MB/s |
//!
//! A thread keeps up to four idle encoders of gzip and of zstd for the next bodies. A piece is
//! compressed in one go, on the thread that says it: a body of many megabytes is better said in
//! pieces, and a file better compressed beforehand.

#![forbid(unsafe_code)]

mod br;
mod gzip;
mod shelf;
#[cfg(test)]
mod tests;
mod zstd;

use tremolo_core::negotiation::Coding;
use tremolo_core::{Codecs, ContentEncoder};

/// All codings of this crate.
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
        &[Coding::Br, Coding::Zstd, Coding::Gzip]
    }

    fn encoder(&self, coding: Coding) -> Option<Box<dyn ContentEncoder>> {
        match coding {
            Coding::Br => Some(Box::new(br::Encoder::new())),
            Coding::Zstd => Some(Box::new(zstd::Encoder::new()?)),
            Coding::Gzip => Some(Box::new(gzip::Encoder::new())),
            Coding::Identity => None,
        }
    }
}

/// Room for the coded form of so many bytes, at the first try: half of them, and what the frame
/// of a short piece takes.
fn likely_room(length: usize) -> usize {
    length / 2 + 64
}
