//! Frames (RFC 6455, section 5): whole messages out, frames of a server in.

use std::io;

/// The kind of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opcode {
    /// A further frame of a message.
    Continuation,
    /// A text message, or its first frame.
    Text,
    /// A binary message, or its first frame.
    Binary,
    /// The reply to a ping.
    Pong = 10,
}

/// The head of a frame from a server.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) opcode: Opcode,
    pub(super) is_final: bool,
    pub(super) is_deflated: bool,
    /// The length of the head, in bytes.
    pub(super) len: usize,
    /// The length of the payload, in bytes.
    pub(super) payload: usize,
}

impl Head {
    /// Parses a head; `None` if it is not complete.
    ///
    /// # Errors
    ///
    /// If the frame is masked, is a control frame, or has reserved bits or an unknown opcode.
    pub(super) fn parse(input: &[u8]) -> io::Result<Option<Self>> {
        let [first, second, rest @ ..] = input else { return Ok(None) };
        let opcode = match first & 0x0f {
            0 => Opcode::Continuation,
            1 => Opcode::Text,
            2 => Opcode::Binary,
            other => return Err(io::Error::other(format!("a frame with opcode {other}"))),
        };
        if first & 0x30 != 0 || second & MASKED != 0 {
            return Err(io::Error::other("a server's frame is masked, or has reserved bits"));
        }
        let (len, payload) = match second {
            126 => match rest {
                [high, low, ..] => (4, u64::from(u16::from_be_bytes([*high, *low]))),
                _ => return Ok(None),
            },
            127 => match rest.first_chunk() {
                Some(bytes) => (10, u64::from_be_bytes(*bytes)),
                None => return Ok(None),
            },
            short => (2, u64::from(*short)),
        };
        if payload > MAX_PAYLOAD {
            return Err(io::Error::other(format!("a frame of {payload} bytes")));
        }
        let (is_final, is_deflated) = (first & FINAL != 0, first & DEFLATED != 0);
        Ok(Some(Self { opcode, is_final, is_deflated, len, payload: payload as usize }))
    }
}

/// A message in one frame, masked.
pub(super) fn masked(opcode: Opcode, is_deflated: bool, payload: &[u8]) -> Vec<u8> {
    let mut first = FINAL | opcode as u8;
    if is_deflated {
        first |= DEFLATED;
    }
    let mut frame = vec![first];
    match payload.len() {
        len @ 0..126 => frame.push(MASKED | len as u8),
        len @ 126..0x1_0000 => {
            frame.push(MASKED | 126);
            frame.extend_from_slice(&(len as u16).to_be_bytes());
        }
        len => {
            frame.push(MASKED | 127);
            frame.extend_from_slice(&(len as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(&KEY);
    frame.extend(payload.iter().zip(KEY.iter().cycle()).map(|(byte, key)| byte ^ key));
    frame
}

const FINAL: u8 = 0x80;
const DEFLATED: u8 = 0x40;
const MASKED: u8 = 0x80;

/// One key for all frames: servers do not know it in advance, and no proxy has to be protected.
const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

const MAX_PAYLOAD: u64 = 1 << 30;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_text_is_that_of_the_rfc() {
        // RFC 6455, section 5.7.
        let frame = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
        assert_eq!(masked(Opcode::Text, false, b"Hello"), frame);
    }

    #[test]
    fn lengths_have_three_forms() {
        for (len, head) in [(125, 2), (126, 4), (65_535, 4), (65_536, 10)] {
            let frame = masked(Opcode::Binary, false, &vec![0; len]);
            assert_eq!(frame.len(), head + 4 + len);
            let mut unmasked = frame;
            unmasked[1] &= !MASKED;
            let parsed = Head::parse(&unmasked).unwrap().unwrap();
            assert_eq!((parsed.len, parsed.payload, parsed.opcode), (head, len, Opcode::Binary));
            assert!(Head::parse(&unmasked[..head - 1]).unwrap().is_none());
        }
    }

    #[test]
    fn frames_that_are_no_part_of_a_message_are_refused() {
        for input in [[0x89, 0], [0x88, 0], [0x83, 0], [0x91, 0], [0xa1, 0], [0x81, 0x80]] {
            assert!(Head::parse(&input).is_err(), "{input:?}");
        }
    }
}
