//! Frames as a client sends and receives them (RFC 6455 section 5.2).

use bytes::{Buf as _, Bytes, BytesMut};
use tremolo_core::websocket::Opcode;

/// A frame of the server.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) opcode: Opcode,
    pub(super) is_last: bool,
    pub(super) payload: Bytes,
}

impl Frame {
    /// Takes a frame from the beginning of the input. `None`: it is not complete.
    pub(super) fn take(input: &mut BytesMut) -> Result<Option<Self>, &'static str> {
        let [first, second, rest @ ..] = &input[..] else { return Ok(None) };
        if first & RESERVED != 0 || second & MASKED != 0 {
            return Err("a bit is set that nothing was agreed on");
        }
        let opcode = Opcode::from_bits(first & !FIN).ok_or("an opcode that is reserved")?;
        let is_last = first & FIN != 0;
        let (length, head) = match (second, rest) {
            (126, [a, b, ..]) => (u64::from(u16::from_be_bytes([*a, *b])), 4),
            (127, rest) => match rest.first_chunk::<8>() {
                Some(length) => (u64::from_be_bytes(*length), 10),
                None => return Ok(None),
            },
            (126, _) => return Ok(None),
            (short, _) => (u64::from(*short), 2),
        };
        let length = usize::try_from(length).map_err(|_| "a length that is too large")?;
        if input.len() - head < length {
            input.reserve(length);
            return Ok(None);
        }
        input.advance(head);
        Ok(Some(Self { opcode, is_last, payload: input.split_to(length).freeze() }))
    }
}

/// A frame of the client that is a whole message, or a control frame.
pub(super) fn encode(opcode: Opcode, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(payload.len() + 14);
    frame.push(FIN | opcode as u8);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(short @ 0..126), _) => frame.push(MASKED | short),
        (_, Ok(medium)) => {
            frame.push(MASKED | 126);
            frame.extend_from_slice(&medium.to_be_bytes());
        }
        _ => {
            frame.push(MASKED | 127);
            frame.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(&KEY);
    frame.extend(payload.iter().zip(KEY.iter().cycle()).map(|(byte, key)| byte ^ key));
    frame
}

const FIN: u8 = 0x80;
const RESERVED: u8 = 0x70;
const MASKED: u8 = 0x80;

/// A test needs no random key.
const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of section 5.7.
    #[test]
    fn frames_are_those_of_the_rfc() {
        assert_eq!(encode(Opcode::Text, b"Hello"), b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
        let mut input = BytesMut::from(&b"\x01\x03Hel\x80\x02lo\x82\x7e\x01\x00"[..]);
        let mut taken = || {
            Frame::take(&mut input)
                .unwrap()
                .map(|frame| (frame.opcode, frame.is_last, frame.payload))
        };
        assert_eq!(taken(), Some((Opcode::Text, false, "Hel".into())));
        assert_eq!(taken(), Some((Opcode::Continuation, true, "lo".into())));
        assert_eq!(taken(), None);
        input.extend_from_slice(&[7; 256]);
        assert_eq!(Frame::take(&mut input).unwrap().unwrap().payload.len(), 256);
        let head = encode(Opcode::Binary, &[0; 65_536]);
        assert_eq!(head[..10], *b"\x82\xff\0\0\0\0\0\x01\0\0");
    }

    #[test]
    fn frames_that_a_server_must_not_send_are_refused() {
        for bytes in [&b"\x81\x80\0\0\0\0"[..], b"\xc1\0", b"\x83\0"] {
            assert!(Frame::take(&mut BytesMut::from(bytes)).is_err(), "{bytes:?}");
        }
    }
}
