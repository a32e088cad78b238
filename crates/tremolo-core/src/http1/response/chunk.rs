//! The chunked coding of response bodies: size prefix, terminator, trailers (RFC 9112 section 7.1).
//!
//! The caller decides whether a response is chunked.

use bytes::BufMut;

use super::encode::push_field;

/// Writes the prefix of a chunk with `len` bytes of data.
///
/// `len` must not be 0: the last chunk has the size 0 and ends the body.
///
/// ```
/// use tremolo_core::http1::response::{CHUNK_END, LAST_CHUNK, push_chunk_prefix};
///
/// let mut out = Vec::new();
/// push_chunk_prefix(&mut out, 26);
/// out.extend_from_slice(b"abcdefghijklmnopqrstuvwxyz");
/// out.extend_from_slice(CHUNK_END);
/// out.extend_from_slice(LAST_CHUNK);
/// assert_eq!(out, b"1a\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n");
/// ```
pub fn push_chunk_prefix(out: &mut impl BufMut, len: u64) {
    let mut prefix = *b"0000000000000000\r\n";
    let mut start = CHUNK_PREFIX_MAX - CHUNK_END.len();
    let mut rest = len;
    loop {
        start -= 1;
        prefix[start] = HEX_DIGITS[(rest & 0xf) as usize];
        rest >>= 4;
        if rest == 0 {
            break;
        }
    }
    out.put_slice(&prefix[start..]);
}

/// Writes the end of a chunked body with trailer fields. They were validated when they were set.
pub(crate) fn push_last_chunk<'a>(
    out: &mut impl BufMut,
    trailers: impl Iterator<Item = (&'a [u8], &'a [u8])>,
) {
    out.put_slice(b"0\r\n");
    for (name, value) in trailers {
        push_field(out, name, value);
    }
    out.put_slice(b"\r\n");
}

/// The end of a chunk, after its data.
pub const CHUNK_END: &[u8] = b"\r\n";

/// The end of a chunked body without trailer fields.
pub const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// The maximum length of a chunk prefix in bytes: sixteen digits and CRLF.
pub const CHUNK_PREFIX_MAX: usize = 18;

const HEX_DIGITS: &[u8; 16] = b"0123456789abcdef";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_lower_case_hex_without_leading_zeros() {
        for (len, wanted) in [
            (1, "1\r\n"),
            (15, "f\r\n"),
            (16, "10\r\n"),
            (16_384, "4000\r\n"),
            (0xdead_beef, "deadbeef\r\n"),
        ] {
            let mut out = Vec::new();
            push_chunk_prefix(&mut out, len);
            assert_eq!(out, wanted.as_bytes());
        }
        let mut out = Vec::new();
        push_chunk_prefix(&mut out, u64::MAX);
        assert_eq!(out, format!("{:x}\r\n", u64::MAX).as_bytes());
        assert!(out.len() <= CHUNK_PREFIX_MAX);
    }

    #[test]
    fn trailers_are_between_the_last_chunk_and_the_end() {
        let mut out = Vec::new();
        let trailers = [(&b"ETag"[..], &b"\"x\""[..]), (b"Digest-Of", b"a\tb")];
        push_last_chunk(&mut out, trailers.into_iter());
        assert_eq!(out, b"0\r\nETag: \"x\"\r\nDigest-Of: a\tb\r\n\r\n");
        out.clear();
        push_last_chunk(&mut out, std::iter::empty());
        assert_eq!(out, LAST_CHUNK);
    }
}
