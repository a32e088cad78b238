//! Frame heads (RFC 6455 section 5.2): decoding those of clients, encoding those of the server.
//!
//! Each rule is checked as soon as its byte is there, so that a wrong frame is refused before the
//! rest of its head arrives.

use super::error::Violation;
use super::mask::Mask;

/// What a frame is (RFC 6455 section 11.8).
///
/// ```
/// use tremolo_core::websocket::Opcode;
///
/// assert_eq!(Opcode::from_bits(9), Some(Opcode::Ping));
/// assert_eq!(Opcode::from_bits(3), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opcode {
    /// A fragment of a message, but for its first one.
    Continuation = 0,
    /// A message of text, or its first fragment.
    Text = 1,
    /// A message of bytes, or its first fragment.
    Binary = 2,
    /// The end of the session.
    Close = 8,
    /// It is answered with a pong.
    Ping = 9,
    /// The answer to a ping.
    Pong = 10,
}

impl Opcode {
    /// The opcode with this number; `None` for a reserved one.
    #[must_use]
    pub fn from_bits(bits: u8) -> Option<Self> {
        Some(match bits {
            0 => Self::Continuation,
            1 => Self::Text,
            2 => Self::Binary,
            8 => Self::Close,
            9 => Self::Ping,
            10 => Self::Pong,
            _ => return None,
        })
    }

    pub(super) fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

/// The head of a frame that a client has sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FrameHead {
    pub(super) opcode: Opcode,
    /// The frame ends its message.
    pub(super) is_last: bool,
    /// RSV1: the message is compressed (RFC 7692 section 6).
    pub(super) is_compressed: bool,
    pub(super) mask: Mask,
    /// Bytes of the payload.
    pub(super) length: u64,
}

/// What decides whether a head is allowed.
#[derive(Clone, Copy, Debug)]
pub(super) struct FrameRules {
    /// permessage-deflate was negotiated.
    pub(super) may_compress: bool,
    /// The fragments of a message are not complete.
    pub(super) in_message: bool,
}

impl FrameHead {
    /// Decodes the head at the beginning of `bytes`; returns it with its length, or `None` if it is
    /// not complete.
    #[inline]
    pub(super) fn parse(
        bytes: &[u8],
        rules: FrameRules,
    ) -> Result<Option<(Self, usize)>, Violation> {
        let Some((&first, rest)) = bytes.split_first() else { return Ok(None) };
        let opcode = check_first(first, rules)?;
        let Some((&second, rest)) = rest.split_first() else { return Ok(None) };
        if second & MASKED == 0 {
            return Err(Violation::Unmasked);
        }
        let short = second & !MASKED;
        if opcode.is_control() && short > 125 {
            return Err(Violation::ControlTooLong);
        }
        let Some((length, rest)) = extended_length(short, rest)? else { return Ok(None) };
        let Some(key) = rest.first_chunk() else { return Ok(None) };
        let head = Self {
            opcode,
            is_last: first & LAST != 0,
            is_compressed: first & COMPRESSED != 0,
            mask: Mask::new(*key),
            length,
        };
        Ok(Some((head, bytes.len() - rest.len() + 4)))
    }
}

/// Checks the first byte of a head: reserved bits, opcode, and what may follow what.
fn check_first(first: u8, rules: FrameRules) -> Result<Opcode, Violation> {
    if first & RESERVED != 0 {
        return Err(Violation::ReservedBits);
    }
    let opcode = Opcode::from_bits(first & 0x0f).ok_or(Violation::ReservedOpcode)?;
    let begins_message = matches!(opcode, Opcode::Text | Opcode::Binary);
    // RFC 7692 section 6.1: only the first frame of a message has RSV1.
    if first & COMPRESSED != 0 && !(rules.may_compress && begins_message) {
        return Err(Violation::ReservedBits);
    }
    if opcode.is_control() {
        return if first & LAST == 0 { Err(Violation::FragmentedControl) } else { Ok(opcode) };
    }
    match (begins_message, rules.in_message) {
        (true, true) => Err(Violation::ExpectedContinuation),
        (false, false) => Err(Violation::UnexpectedContinuation),
        _ => Ok(opcode),
    }
}

/// The length of the payload, and the bytes behind it.
fn extended_length(short: u8, rest: &[u8]) -> Result<Option<(u64, &[u8])>, Violation> {
    let (length, least, rest) = match short {
        126 => {
            let Some((bytes, rest)) = rest.split_first_chunk() else { return Ok(None) };
            (u64::from(u16::from_be_bytes(*bytes)), 126, rest)
        }
        127 => {
            let Some((bytes, rest)) = rest.split_first_chunk() else { return Ok(None) };
            (u64::from_be_bytes(*bytes), 1 << 16, rest)
        }
        short => (short.into(), 0, rest),
    };
    if length < least || length >> 63 != 0 {
        return Err(Violation::InvalidLength);
    }
    Ok(Some((length, rest)))
}

/// The head of a frame that the server sends, without a mask (section 5.1).
#[derive(Clone, Copy, Debug)]
pub(crate) struct EncodedHead {
    bytes: [u8; 10],
    length: u8,
}

impl EncodedHead {
    #[inline]
    pub(super) fn new(opcode: Opcode, is_last: bool, is_compressed: bool, length: usize) -> Self {
        let mut bytes = [0; 10];
        let flags = if is_last { LAST } else { 0 } | if is_compressed { COMPRESSED } else { 0 };
        let (short, size) = match length {
            0..126 => (length.to_be_bytes()[size_of::<usize>() - 1], 2),
            126..0x1_0000 => {
                bytes[2..4].copy_from_slice(&length.to_be_bytes()[size_of::<usize>() - 2..]);
                (126, 4)
            }
            _ => {
                bytes[2..].copy_from_slice(&(length as u64).to_be_bytes());
                (127, 10)
            }
        };
        bytes[0] = flags | opcode as u8;
        bytes[1] = short;
        Self { bytes, length: size }
    }

    #[inline]
    pub(crate) fn as_slice(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or_default()
    }
}

/// The bytes of one frame, for programs that send frames by hand: of a server, or with a masking key,
/// of a client. A [`Session`](super::Session) needs no key and makes its own.
///
/// ```
/// use tremolo_core::websocket::{Opcode, encode_frame};
///
/// assert_eq!(encode_frame(Opcode::Text, true, None, b"hi")?, b"\x81\x02hi");
/// assert_eq!(encode_frame(Opcode::Ping, true, Some([1; 4]), b"")?, b"\x89\x80\x01\x01\x01\x01");
/// # Ok::<(), tremolo_core::websocket::Violation>(())
/// ```
///
/// # Errors
///
/// What the peer would refuse: a control frame that is too long, or is not the last one of its message
/// (RFC 6455 section 5.5).
pub fn encode_frame(
    opcode: Opcode,
    is_last: bool,
    key: Option<[u8; 4]>,
    payload: &[u8],
) -> Result<Vec<u8>, Violation> {
    if opcode.is_control() && !is_last {
        return Err(Violation::FragmentedControl);
    }
    if opcode.is_control() && payload.len() > 125 {
        return Err(Violation::ControlTooLong);
    }
    let head = EncodedHead::new(opcode, is_last, false, payload.len());
    let mut frame = Vec::with_capacity(MAX_HEAD + payload.len());
    frame.extend_from_slice(head.as_slice());
    if let Some(key) = key {
        frame[1] |= MASKED;
        frame.extend_from_slice(&key);
    }
    let start = frame.len();
    frame.extend_from_slice(payload);
    Mask::new(key.unwrap_or_default()).apply(&mut frame[start..]);
    Ok(frame)
}

/// Bytes of the longest head: two, eight of the length, and the key.
const MAX_HEAD: usize = 14;

/// FIN.
const LAST: u8 = 0x80;
/// RSV1.
const COMPRESSED: u8 = 0x40;
/// RSV2 and RSV3.
const RESERVED: u8 = 0x30;
const MASKED: u8 = 0x80;

#[cfg(test)]
mod tests {
    use super::*;

    const FREE: FrameRules = FrameRules { may_compress: true, in_message: false };
    const INSIDE: FrameRules = FrameRules { may_compress: true, in_message: true };
    const PLAIN: FrameRules = FrameRules { may_compress: false, in_message: false };

    #[test]
    fn an_encoded_frame_is_decoded() {
        for length in [0, 125, 126, 65_535, 65_536] {
            let payload: Vec<u8> = (0..length).map(|at| at as u8).collect();
            let frame = encode_frame(Opcode::Binary, false, Some(*b"key!"), &payload).unwrap();
            let (head, size) = FrameHead::parse(&frame, FREE).unwrap().unwrap();
            assert_eq!((head.opcode, head.is_last, head.length), (Opcode::Binary, false, length));
            let mut unmasked = frame[size..].to_vec();
            Mask::new(*b"key!").apply(&mut unmasked);
            assert_eq!(unmasked, payload);
        }
        let fault = encode_frame(Opcode::Close, false, None, b"");
        assert_eq!(fault, Err(Violation::FragmentedControl));
        let fault = encode_frame(Opcode::Ping, true, None, &[0; 126]);
        assert_eq!(fault, Err(Violation::ControlTooLong));
        assert!(encode_frame(Opcode::Pong, true, None, &[0; 125]).is_ok());
    }

    #[test]
    fn each_violation_is_found_with_its_byte() {
        for (bytes, rules, violation) in [
            // Section 5.2: reserved bits and opcodes.
            (&b"\xa1"[..], FREE, Violation::ReservedBits),
            (b"\x91", FREE, Violation::ReservedBits),
            (b"\xc1", PLAIN, Violation::ReservedBits),
            (b"\x83", FREE, Violation::ReservedOpcode),
            (b"\x8b", FREE, Violation::ReservedOpcode),
            // RFC 7692 section 6.1: RSV1 in a control frame and in a continuation.
            (b"\xc9", FREE, Violation::ReservedBits),
            (b"\xc0", INSIDE, Violation::ReservedBits),
            // Section 5.4.
            (b"\x80", FREE, Violation::UnexpectedContinuation),
            (b"\x81", INSIDE, Violation::ExpectedContinuation),
            // Section 5.5.
            (b"\x09", FREE, Violation::FragmentedControl),
            (b"\x89\xfe", FREE, Violation::ControlTooLong),
            // Section 5.1.
            (b"\x81\x05", FREE, Violation::Unmasked),
            // Section 5.2: the shortest form, and 63 bits.
            (b"\x81\xfe\x00\x7d", FREE, Violation::InvalidLength),
            (b"\x81\xff\0\0\0\0\0\0\xff\xff", FREE, Violation::InvalidLength),
            (b"\x81\xff\x80\0\0\0\0\x01\0\0", FREE, Violation::InvalidLength),
        ] {
            assert_eq!(FrameHead::parse(bytes, rules), Err(violation), "{}", bytes.escape_ascii());
            let before = bytes.split_last().map(|(_, before)| before).unwrap_or_default();
            assert_eq!(FrameHead::parse(before, rules), Ok(None), "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn lengths_are_encoded_and_decoded_in_the_shortest_form() {
        for (length, head) in [
            (0, &b"\x82\x00"[..]),
            (125, b"\x82\x7d"),
            (126, b"\x82\x7e\x00\x7e"),
            (65_535, b"\x82\x7e\xff\xff"),
            (65_536, b"\x82\x7f\0\0\0\0\0\x01\0\0"),
        ] {
            let encoded = EncodedHead::new(Opcode::Binary, true, false, length);
            assert_eq!(encoded.as_slice(), head);
            let mut masked = head.to_vec();
            masked[1] |= MASKED;
            masked.extend_from_slice(b"key!payload");
            let (parsed, size) = FrameHead::parse(&masked, FREE).unwrap().unwrap();
            assert_eq!((parsed.length, size), (length as u64, head.len() + 4));
            assert_eq!(FrameHead::parse(&masked[..size - 1], FREE), Ok(None));
        }
    }
}
