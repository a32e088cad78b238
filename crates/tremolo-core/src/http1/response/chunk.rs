//! The chunked coding of response bodies: size prefix, terminator, trailers (RFC 9112 section 7.1).
//!
//! Knows bytes and lengths; whether a response is chunked at all is decided elsewhere.

use bytes::BufMut;

use super::encode::push_field;
use crate::Misuse;
use crate::http1::body::is_forbidden;
use crate::http1::grammar::{is_field_value, is_token};

/// Writes what precedes `len` bytes of chunk data.
///
/// A chunk of no bytes would be the end of the body: the caller leaves out empty ones.
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

/// Writes the end of a chunked body with trailer fields, in the order given.
///
/// # Errors
///
/// [`Misuse::InvalidFieldName`], [`Misuse::InvalidFieldValue`], or [`Misuse::InvalidFraming`] for
/// a field that may not be a trailer field (RFC 9110 section 6.5.1). Nothing is written then.
pub fn push_last_chunk<N, V>(out: &mut impl BufMut, trailers: &[(N, V)]) -> Result<(), Misuse>
where
    N: AsRef<[u8]>,
    V: AsRef<[u8]>,
{
    for (name, value) in trailers {
        check(name.as_ref(), value.as_ref())?;
    }
    out.put_slice(b"0\r\n");
    for (name, value) in trailers {
        push_field(out, name.as_ref(), value.as_ref());
    }
    out.put_slice(b"\r\n");
    Ok(())
}

fn check(name: &[u8], value: &[u8]) -> Result<(), Misuse> {
    if !is_token(name) {
        return Err(Misuse::InvalidFieldName);
    }
    if !is_field_value(value) {
        return Err(Misuse::InvalidFieldValue);
    }
    if is_forbidden(name) {
        return Err(Misuse::InvalidFraming);
    }
    Ok(())
}

/// What follows the data of a chunk.
pub const CHUNK_END: &[u8] = b"\r\n";

/// The end of a chunked body without trailer fields.
pub const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// The most that [`push_chunk_prefix`] writes: sixteen digits and CRLF.
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
    fn trailers_go_between_last_chunk_and_end() {
        let mut out = Vec::new();
        push_last_chunk(&mut out, &[("ETag", "\"x\""), ("Digest-Of", "a\tb")]).unwrap();
        assert_eq!(out, b"0\r\nETag: \"x\"\r\nDigest-Of: a\tb\r\n\r\n");
        out.clear();
        push_last_chunk::<&str, &str>(&mut out, &[]).unwrap();
        assert_eq!(out, LAST_CHUNK);
    }

    #[test]
    fn refused_trailers_write_nothing() {
        for (name, value, wanted) in [
            ("", "x", Misuse::InvalidFieldName),
            ("a b", "x", Misuse::InvalidFieldName),
            ("a:", "x", Misuse::InvalidFieldName),
            ("a", "x\r\nSet-Cookie: y", Misuse::InvalidFieldValue),
            ("a", "x\0", Misuse::InvalidFieldValue),
            ("Content-Length", "3", Misuse::InvalidFraming),
            ("SET-cookie", "a=b", Misuse::InvalidFraming),
        ] {
            let mut out = Vec::new();
            let outcome = push_last_chunk(&mut out, &[("ok", "fine"), (name, value)]);
            assert_eq!(outcome, Err(wanted), "{name}: {value}");
            assert!(out.is_empty());
        }
    }
}
