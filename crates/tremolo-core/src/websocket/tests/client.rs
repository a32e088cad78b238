//! The client of the tests: masked frames out, the server's frames in. Naive on purpose.

use std::sync::Arc;
use std::time::Instant;

use bytes::BytesMut;
use tremolo_config::Config;

use crate::testing::start;
use crate::websocket::deflate::DeflateParams;
use crate::websocket::{DeflatePool, Message, MessageKind, Options, Session};

pub(super) use crate::testing::frames::{
    BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, RSV1, TEXT, close_payload, frame, frames,
};

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
            let is_text = message.kind == MessageKind::Text;
            assert_eq!(message.is_ascii, is_text && message.payload.is_ascii());
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
