//! The WebSocket of a connection, as its application knows it.

use crate::websocket_ops::Client;

pub(super) struct Accepted {
    /// Where the head of the `101` begins in the output.
    start: usize,
    /// The messages that were sent.
    pub(super) sent: Vec<Vec<u8>>,
    pub(super) in_fragments: bool,
}

impl Accepted {
    pub(super) fn at(start: usize) -> Self {
        Self { start, sent: Vec::new(), in_fragments: false }
    }

    /// What the peer has received are valid frames, with the messages that were sent.
    pub(super) fn check(&self, out: &[u8]) {
        let out = &out[self.start..];
        let head = out.windows(4).position(|four| four == b"\r\n\r\n").expect("a whole head");
        assert_eq!(Client::plain(&out[head + 4..]).messages, self.sent);
    }
}
