//! A raw WebSocket client: frames as they are on the wire (RFC 6455 section 5.2). Nothing is
//! checked, so that tests can send invalid frames.

use std::io;

use crate::client::Client;
use crate::launch::Program;
use crate::message::Message;
use crate::received::Response;

/// The opcodes (section 11.8).
pub mod opcode {
    /// The next fragment of a message.
    pub const CONTINUATION: u8 = 0;
    /// A text message.
    pub const TEXT: u8 = 1;
    /// A binary message.
    pub const BINARY: u8 = 2;
    /// A close frame.
    pub const CLOSE: u8 = 8;
    /// A ping.
    pub const PING: u8 = 9;
    /// The answer to a ping.
    pub const PONG: u8 = 10;
}

/// The response to [`handshake`] has this `Sec-WebSocket-Accept` (section 1.3).
pub const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// A frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// FIN, the reserved bits, and the opcode.
    pub first: u8,
    /// The payload, before it is masked.
    pub payload: Vec<u8>,
}

impl Frame {
    /// A frame that is a whole message, or a control frame.
    #[must_use]
    pub fn new(opcode: u8, payload: impl AsRef<[u8]>) -> Self {
        Self { first: FIN | opcode, payload: payload.as_ref().to_vec() }
    }

    /// A frame with these bits in its first byte.
    #[must_use]
    pub fn with_bits(self, bits: u8) -> Self {
        Self { first: self.first | bits, ..self }
    }

    /// A fragment that is not the last one of its message.
    #[must_use]
    pub fn unfinished(self) -> Self {
        Self { first: self.first & !FIN, ..self }
    }

    /// A close frame.
    #[must_use]
    pub fn close(code: u16, reason: &str) -> Self {
        Self::new(opcode::CLOSE, [&code.to_be_bytes()[..], reason.as_bytes()].concat())
    }

    /// The frame as a client sends it.
    #[must_use]
    pub fn masked(&self) -> Vec<u8> {
        let mut bytes = self.head(self.payload.len() as u64, MASKED);
        bytes.extend_from_slice(&MASK);
        bytes.extend(self.payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        bytes
    }

    /// The frame as a server sends it.
    #[must_use]
    pub fn unmasked(&self) -> Vec<u8> {
        [self.head(self.payload.len() as u64, 0), self.payload.clone()].concat()
    }

    /// The head of a masked frame that announces this length.
    #[must_use]
    pub fn announcing(&self, length: u64) -> Vec<u8> {
        [self.head(length, MASKED), MASK.to_vec()].concat()
    }

    fn head(&self, length: u64, masked: u8) -> Vec<u8> {
        let mut head = vec![self.first];
        match (u8::try_from(length), u16::try_from(length)) {
            (Ok(short @ 0..126), _) => head.push(masked | short),
            (_, Ok(medium)) => {
                head.push(masked | 126);
                head.extend_from_slice(&medium.to_be_bytes());
            }
            _ => {
                head.push(masked | 127);
                head.extend_from_slice(&length.to_be_bytes());
            }
        }
        head
    }
}

/// The request of a handshake for `target`, with the key of the RFC.
#[must_use]
pub fn handshake(target: &str) -> Message {
    Message::new(&format!("GET {target}")).fields(&[
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
    ])
}

/// An open WebSocket. All methods panic on errors.
#[derive(Debug)]
pub struct Socket {
    /// The connection, for bytes that are no frames.
    pub client: Client,
    /// The response to the handshake.
    pub response: Response,
}

impl Socket {
    /// Opens a WebSocket of a program at `/`.
    #[must_use]
    pub fn open(program: &Program) -> Self {
        Self::open_with(program.connect(), &handshake("/"))
    }

    /// Opens a WebSocket with this request.
    ///
    /// # Panics
    ///
    /// If the server refuses.
    #[must_use]
    pub fn open_with(mut client: Client, handshake: &Message) -> Self {
        let response = client.exchange(handshake);
        assert_eq!(response.status(), 101, "{response:?}");
        assert_eq!(response.field("Sec-WebSocket-Accept"), Some(ACCEPT));
        Self { client, response }
    }

    /// Sends a frame.
    pub fn send(&mut self, frame: &Frame) {
        self.client.send(frame.masked());
    }

    /// Sends a text message.
    pub fn send_text(&mut self, text: &str) {
        self.send(&Frame::new(opcode::TEXT, text));
    }

    /// Reads the next frame.
    ///
    /// # Panics
    ///
    /// If the connection ends before, or the frame is masked.
    pub fn read(&mut self) -> Frame {
        self.try_read().expect("there is a frame").expect("the connection does not end")
    }

    /// Reads a whole text message.
    ///
    /// # Panics
    ///
    /// If the next frame is another one.
    pub fn read_text(&mut self) -> String {
        let frame = self.read();
        assert_eq!(frame.first, FIN | opcode::TEXT, "{frame:?}");
        String::from_utf8(frame.payload).expect("a text is UTF-8")
    }

    /// Reads frames up to the close frame; returns its code, and `None` if it has none.
    ///
    /// # Panics
    ///
    /// If the connection ends without one.
    pub fn read_close(&mut self) -> Option<u16> {
        loop {
            let frame = self.read();
            if frame.first == FIN | opcode::CLOSE {
                return frame.payload.first_chunk().map(|code| u16::from_be_bytes(*code));
            }
        }
    }

    /// Expects a close frame with this code, and the end of the connection, which the server closes
    /// first (section 7.1.1).
    ///
    /// # Panics
    ///
    /// If something else comes.
    #[track_caller]
    pub fn expect_close(mut self, code: u16) {
        assert_eq!(self.read_close(), Some(code));
        assert_eq!(self.client.read_until_cut(), b"", "nothing comes after the close frame");
    }

    /// Expects a close frame with this code, answers it, and expects the end of the connection.
    ///
    /// # Panics
    ///
    /// If something else comes.
    #[track_caller]
    pub fn answer_close(mut self, code: u16) {
        assert_eq!(self.read_close(), Some(code));
        self.send(&Frame::close(code, ""));
        assert_eq!(self.client.read_until_cut(), b"", "nothing comes after the close frame");
    }

    /// Closes with a code, and expects the same code and the end.
    #[track_caller]
    pub fn close(mut self, code: u16) {
        self.send(&Frame::close(code, ""));
        self.expect_close(code);
    }

    /// Reads the next frame; `None` if the connection ends before.
    ///
    /// # Errors
    ///
    /// A reset, or a timeout.
    pub fn try_read(&mut self) -> io::Result<Option<Frame>> {
        if !self.client.fill(2)? {
            return Ok(None);
        }
        let head = self.client.read_exactly(2);
        assert_eq!(head[1] & MASKED, 0, "a server does not mask: {head:?}");
        let length = match head[1] {
            126 => usize::from(u16::from_be_bytes(self.read_array())),
            127 => usize::try_from(u64::from_be_bytes(self.read_array())).expect("it fits"),
            short => usize::from(short),
        };
        let payload = self.client.read_exactly(length);
        assert_eq!(payload.len(), length, "the frame is cut");
        Ok(Some(Frame { first: head[0], payload }))
    }

    fn read_array<const N: usize>(&mut self) -> [u8; N] {
        self.client.read_exactly(N).try_into().expect("the frame is complete")
    }
}

/// Permessage-deflate: the message is compressed (RFC 7692 section 7.2.1).
pub const RSV1: u8 = 0x40;

const FIN: u8 = 0x80;
const MASKED: u8 = 0x80;

/// Any four bytes will do.
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 6455 section 5.7.
    #[test]
    fn frames_are_those_of_the_rfc() {
        let hello = Frame::new(opcode::TEXT, "Hello");
        assert_eq!(hello.unmasked(), b"\x81\x05Hello");
        assert_eq!(hello.masked(), b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
        let [short, medium, long] = [125, 256, 65_536].map(|length| {
            let head = Frame::new(opcode::BINARY, vec![0; length]).unmasked();
            head[..head.len() - length].to_vec()
        });
        assert_eq!(short, b"\x82\x7d");
        assert_eq!(medium, b"\x82\x7e\x01\x00");
        assert_eq!(long, b"\x82\x7f\0\0\0\0\0\x01\0\0");
    }
}
