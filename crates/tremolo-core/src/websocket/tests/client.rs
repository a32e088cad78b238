//! The client of the tests: masked frames out, the server's frames in. Naive on purpose.

use std::sync::Arc;
use std::time::Instant;

use bytes::BytesMut;
use tremolo_config::Config;

use crate::testing::start;
use crate::websocket::deflate::DeflateParams;
use crate::websocket::{DeflatePool, Message, Options, Session};

pub(super) const FIN: u8 = 0x80;
pub(super) const RSV1: u8 = 0x40;
pub(super) const CONTINUATION: u8 = 0;
pub(super) const TEXT: u8 = 1;
pub(super) const BINARY: u8 = 2;
pub(super) const CLOSE: u8 = 8;
pub(super) const PING: u8 = 9;
pub(super) const PONG: u8 = 10;

/// A masked frame.
pub(super) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..126 => frame.push(0x80 | length as u8),
        length @ 126..0x1_0000 => {
            frame.push(0xfe);
            frame.extend_from_slice(&(length as u16).to_be_bytes());
        }
        length => {
            frame.push(0xff);
            frame.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(&KEY);
    frame.extend(payload.iter().zip(KEY.into_iter().cycle()).map(|(byte, key)| byte ^ key));
    frame
}

/// The frames of the server: first byte and payload.
pub(super) fn frames(mut wire: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut frames = Vec::new();
    while let [first, short, rest @ ..] = wire {
        let (length, rest) = match *short {
            126 => (usize::from(u16::from_be_bytes([rest[0], rest[1]])), &rest[2..]),
            127 => (u64::from_be_bytes(rest[..8].try_into().unwrap()) as usize, &rest[8..]),
            short => (short.into(), rest),
        };
        frames.push((*first, rest[..length].to_vec()));
        wire = &rest[length..];
    }
    assert!(wire.is_empty(), "a part of a frame");
    frames
}

pub(super) fn close_payload(code: u16, reason: &str) -> Vec<u8> {
    [&code.to_be_bytes(), reason.as_bytes()].concat()
}

pub(super) const PLAIN: Option<DeflateParams> = None;

/// Compression without context takeover, as is the default.
pub(super) const DEFLATE: Option<DeflateParams> = Some(DeflateParams {
    server_takeover: false,
    client_takeover: false,
    server_window_bits: None,
    client_window_bits: None,
});

/// Compression with context takeover in both directions.
pub(super) const TAKEOVER: Option<DeflateParams> = Some(DeflateParams {
    server_takeover: true,
    client_takeover: true,
    server_window_bits: None,
    client_window_bits: None,
});

/// A session with its input, and what came out of it.
pub(super) struct Peer {
    pub(super) session: Session,
    pub(super) input: BytesMut,
    pub(super) now: Instant,
    pub(super) messages: Vec<Message>,
    pub(super) wire: Vec<u8>,
}

impl Peer {
    pub(super) fn new(deflate: Option<DeflateParams>) -> Self {
        Self::with(deflate, |_| {})
    }

    pub(super) fn with(deflate: Option<DeflateParams>, change: impl FnOnce(&mut Options)) -> Self {
        let mut options = Options::new(&Config::default());
        change(&mut options);
        let now = start();
        let session = Session::new(&options, deflate, &Arc::new(DeflatePool::default()), now);
        Self { session, input: BytesMut::new(), now, messages: Vec::new(), wire: Vec::new() }
    }

    /// Bytes arrive; all messages are taken, and all output is drained.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> &mut Self {
        self.input.extend_from_slice(bytes);
        loop {
            self.session.handle_input(self.now, &mut self.input);
            let Some(message) = self.session.poll_message() else { break };
            self.messages.push(message);
        }
        self.drain()
    }

    pub(super) fn drain(&mut self) -> &mut Self {
        self.session.drain_output(|piece| self.wire.extend_from_slice(piece.as_slice()));
        assert_eq!(self.session.queued(), 0);
        self
    }

    /// The frames that were sent since the last call.
    pub(super) fn sent(&mut self) -> Vec<(u8, Vec<u8>)> {
        self.drain();
        frames(&std::mem::take(&mut self.wire))
    }

    /// The payloads of the messages since the last call.
    pub(super) fn payloads(&mut self) -> Vec<Vec<u8>> {
        self.messages.drain(..).map(|message| message.payload.to_vec()).collect()
    }
}
