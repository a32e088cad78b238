//! The payloads: text that compresses as well as JSON does, and its compression (RFC 7692, section
//! 7.2).

use std::fmt::Write as _;
use std::io;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};

/// A JSON-like text of this many bytes, always the same (xorshift).
#[must_use]
pub fn text(len: usize) -> String {
    let mut state: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut next = |range: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) % range
    };
    let mut text = String::with_capacity(len + 100);
    while text.len() < len {
        let name = NAMES[next(NAMES.len() as u64) as usize];
        // Writing to a string does not fail.
        let _ = write!(
            text,
            "{{\"id\":{},\"name\":\"{name}\",\"price\":{}.{:02},\"open\":{}}},",
            next(1_000_000),
            next(1_000),
            next(100),
            next(2) == 0,
        );
    }
    text.truncate(len);
    text
}

const NAMES: [&str; 8] =
    ["apple", "bread", "candle", "drawer", "envelope", "feather", "glove", "hammer"];

/// The payload, compressed without its empty last block.
pub(super) fn deflated(payload: &[u8]) -> Vec<u8> {
    let mut deflate = Compress::new(Compression::default(), false);
    let mut output = Vec::with_capacity(payload.len() + SLACK);
    // The output has room for the payload and a flush, so that one call is enough.
    let _ = deflate.compress_vec(payload, &mut output, FlushCompress::Sync);
    output.truncate(output.len() - TAIL.len());
    output
}

/// The payload of a compressed message.
///
/// # Errors
///
/// If the message is malformed, or longer than the longest message of a scenario.
pub(super) fn inflated(payload: &[u8]) -> io::Result<Vec<u8>> {
    let input = [payload, &TAIL].concat();
    let mut output = Vec::with_capacity(MAX_MESSAGE);
    let mut inflate = Decompress::new(false);
    inflate.decompress_vec(&input, &mut output, FlushDecompress::Sync).map_err(io::Error::other)?;
    if inflate.total_in() == input.len() as u64 && output.len() < MAX_MESSAGE {
        Ok(output)
    } else {
        Err(io::Error::other("a compressed message is too long"))
    }
}

/// The empty block that ends a flush, and is not sent.
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

const SLACK: usize = 1024;

const MAX_MESSAGE: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_its_length_and_compresses() {
        assert_eq!(text(64).len(), 64);
        let text = text(64 << 10);
        let packed = deflated(text.as_bytes());
        assert!(packed.len() < text.len() / 2);
        assert_eq!(inflated(&packed).unwrap(), text.as_bytes());
    }

    #[test]
    fn an_empty_message_is_an_empty_block() {
        assert_eq!(inflated(&[0]).unwrap(), b"");
        assert_eq!(inflated(&deflated(b"")).unwrap(), b"");
    }

    #[test]
    fn a_malformed_message_is_an_error() {
        assert!(inflated(&[0xff; 9]).is_err());
    }
}
