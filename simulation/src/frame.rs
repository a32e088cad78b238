//! What a peer sends in a WebSocket (RFC 6455 section 5), and the frames that are not valid.

/// What a peer sends in one step of a WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A message of so many bytes.
    Message {
        /// A text in place of binary data.
        is_text: bool,
        /// Its length before its compression.
        bytes: u32,
        /// The number of its frames; with a ping between the first two.
        frames: u32,
        /// Compressed, if that was negotiated.
        is_compressed: bool,
    },
    /// A ping with so many bytes.
    Ping(u32),
    /// A pong that answers nothing.
    Pong(u32),
    /// A close frame with this code; 0: without a code.
    Close(u16),
    /// One of a list of frames that are not valid, by its index.
    Malformed(usize),
}

/// Frames that are not valid, and the code with which the server closes.
pub(crate) const MALFORMED_FRAMES: &[(&[u8], u16)] = &[
    // Without a mask, with a reserved bit, with a reserved opcode.
    (b"\x81\x01a", 1002),
    (b"\xa1\x80\0\0\0\0", 1002),
    (b"\x83\x80\0\0\0\0", 1002),
    // A continuation of nothing, a ping in fragments, a ping with 126 bytes.
    (b"\x80\x80\0\0\0\0", 1002),
    (b"\x09\x80\0\0\0\0", 1002),
    (b"\x89\xfe\x00\x7e\0\0\0\0", 1002),
    // A length that is longer than it must be, a close frame with one byte, and with code 1005.
    (b"\x81\xfe\x00\x01\0\0\0\0a", 1002),
    (b"\x88\x81\0\0\0\0\x03", 1002),
    (b"\x88\x82\0\0\0\0\x03\xed", 1002),
    // Not UTF-8, and longer than `ws_max_payload_size`.
    (b"\x81\x81\0\0\0\0\xff", 1007),
    (b"\x82\xff\0\0\0\0\x7f\0\0\0\0\0\0\0", 1009),
];

pub(crate) const CONTINUATION: u8 = 0;
pub(crate) const TEXT: u8 = 1;
pub(crate) const BINARY: u8 = 2;
pub(crate) const CLOSE: u8 = 8;
pub(crate) const PING: u8 = 9;
pub(crate) const PONG: u8 = 10;
pub(crate) const LAST: u8 = 0x80;
pub(crate) const COMPRESSED: u8 = 0x40;

/// Appends a frame with a mask. `first`: its first byte.
pub(crate) fn push_masked(out: &mut Vec<u8>, first: u8, payload: &[u8]) {
    out.push(first);
    match payload.len() {
        length @ ..126 => out.push(0x80 | length as u8),
        length @ ..0x1_0000 => {
            out.push(0x80 | 126);
            out.extend_from_slice(&(length as u16).to_be_bytes());
        }
        length => {
            out.push(0x80 | 127);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&MASK);
    out.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
}

const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// A frame of the server, without a mask.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Received<'a> {
    pub(crate) first: u8,
    pub(crate) payload: &'a [u8],
    /// Bytes of the whole frame.
    pub(crate) size: usize,
}

impl<'a> Received<'a> {
    /// The first frame, if all of it has come.
    pub(crate) fn parse(input: &'a [u8]) -> Result<Option<Self>, String> {
        let [first, second, rest @ ..] = input else { return Ok(None) };
        if second & 0x80 != 0 {
            return Err("a frame of the server has a mask".to_owned());
        }
        let (length, head) = match second {
            126 => match rest {
                [a, b, ..] => (usize::from(u16::from_be_bytes([*a, *b])), 4),
                _ => return Ok(None),
            },
            127 => match rest.first_chunk::<8>() {
                Some(length) => {
                    let length = u64::from_be_bytes(*length);
                    (usize::try_from(length).map_err(|error| error.to_string())?, 10)
                }
                None => return Ok(None),
            },
            length => (usize::from(*length), 2),
        };
        let payload = input.get(head..head + length);
        Ok(payload.map(|payload| Self { first: *first, payload, size: head + length }))
    }
}
