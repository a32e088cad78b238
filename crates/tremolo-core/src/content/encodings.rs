//! The encodings of the WHATWG Encoding Standard, from `encoding_rs`.

pub(super) use encoding_rs::{Encoding, UTF_8};
use encoding_rs::{UTF_16BE, UTF_16LE};

/// The text of a whole body, without its byte order mark; `None` if a sequence is invalid.
pub(super) fn decode_body(encoding: &'static Encoding, body: &[u8]) -> Option<String> {
    let (text, has_errors) = if encoding == UTF_16LE || encoding == UTF_16BE {
        // The mark decides the byte order, not the label (RFC 2781 section 4.3).
        let (text, _, has_errors) = encoding.decode(body);
        (text, has_errors)
    } else {
        encoding.decode_with_bom_removal(body)
    };
    (!has_errors).then(|| text.into_owned())
}
