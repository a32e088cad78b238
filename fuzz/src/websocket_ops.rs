//! Operations of a WebSocket session in any order: what is sent are valid frames of a server, with
//! the messages that the application has sent, in order, and nothing after a close frame.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use flate2::{Decompress, FlushDecompress};
use tremolo_core::websocket::{
    CloseCode, DeflatePool, Delivery, HandlerEnd, MessageKind, PreparedMessage, SendError, Session,
};

use crate::script::Script;
use crate::websocket::{frame, negotiate};

/// `[options][operation]*`.
pub fn websocket_ops(data: &[u8]) {
    let mut script = Script::new(data);
    let takeover = script.pick(&[None, Some(false), Some(true)]);
    let (mut options, deflate) = negotiate(takeover);
    options.compression_min_size = script.pick(&[1_024, 0, 10]);
    options.ping_interval = script.pick(&[Some(Duration::from_secs(15)), None]);
    let pool = Arc::new(DeflatePool::default());
    let now = Instant::now();
    let mut run = Run {
        session: Session::new(&options, deflate, &pool, now),
        pool,
        now,
        input: BytesMut::new(),
        client: Client { takeover, ..Client::default() },
        sent: Vec::new(),
        partial: None,
        was_closed: false,
    };
    for _ in 0..60 {
        if script.is_empty() {
            break;
        }
        run.step(&mut script);
        run.check();
    }
    run.drain();
    assert_eq!(run.client.messages, run.sent);
}

struct Run {
    session: Session,
    pool: Arc<DeflatePool>,
    now: Instant,
    input: BytesMut,
    client: Client,
    /// The messages that were sent whole.
    sent: Vec<Vec<u8>>,
    /// The fragments of the message that is being sent.
    partial: Option<Vec<u8>>,
    was_closed: bool,
}

impl Run {
    fn step(&mut self, script: &mut Script<'_>) {
        let (code, length) = (script.byte(), script.size() % 3_000);
        let payload = || script.clone().piece().iter().copied().cycle().take(length).collect();
        let payload: Vec<u8> = payload();
        let before = self.session.queued();
        let result = match code % 14 {
            0 | 1 => {
                let result = self.session.send(MessageKind::Binary, payload.as_slice());
                self.whole(result, payload)
            }
            2 => {
                let (kind, pool) = (MessageKind::Text, &self.pool);
                let message = PreparedMessage::compressed_by(pool, kind, &payload);
                let result = self.session.send_prepared(&message);
                self.whole(result, payload)
            }
            3 | 4 => self.fragment(payload, code & 16 != 0),
            5 => self.session.ping(&payload),
            6 => self.session.pong(&payload),
            7 => self.session.close(self.now, CloseCode::new(script.size() as u16), "why"),
            8 => {
                let piece = script.piece();
                self.input.extend_from_slice(&frame(script.byte(), piece, code & 16 != 0));
                self.session.handle_input(self.now, &mut self.input);
                Ok(())
            }
            9 => {
                drop(self.session.poll_message());
                self.session.handle_input(self.now, &mut self.input);
                Ok(())
            }
            10 => {
                self.now += Duration::from_secs(script.byte().into());
                self.session.handle_timeout(self.now);
                Ok(())
            }
            11 => {
                self.drain();
                Ok(())
            }
            12 => {
                let delivery = script.pick(&[Delivery::Messages, Delivery::Fragments]);
                self.session.set_delivery(delivery);
                Ok(())
            }
            _ => {
                self.end(script.byte());
                Ok(())
            }
        };
        if result.is_err() {
            assert_eq!(self.session.queued(), before, "a call that fails sends nothing");
        }
    }

    fn whole(&mut self, result: Result<(), SendError>, payload: Vec<u8>) -> Result<(), SendError> {
        match result {
            Ok(()) => {
                assert!(self.partial.is_none());
                self.sent.push(payload);
            }
            Err(SendError::FragmentsOpen) => assert!(self.partial.is_some()),
            Err(error) => assert!(error == SendError::Closed && !self.session.is_open()),
        }
        result
    }

    fn fragment(&mut self, payload: Vec<u8>, is_last: bool) -> Result<(), SendError> {
        self.session.send_fragment(MessageKind::Binary, payload.as_slice(), is_last)?;
        let mut message = self.partial.take().unwrap_or_default();
        message.extend(payload);
        if is_last {
            self.sent.push(message);
        } else {
            self.partial = Some(message);
        }
        Ok(())
    }

    fn end(&mut self, code: u8) {
        match code % 8 {
            0 => self.session.handle_eof(),
            1 => self.session.handler_done(self.now, HandlerEnd::Failed),
            2 => self.session.handler_done(self.now, HandlerEnd::ServerStops),
            _ => {}
        }
    }

    fn drain(&mut self) {
        let wire = &mut self.client.wire;
        self.session.drain_output(|piece| wire.extend_from_slice(piece.as_slice()));
        self.client.read();
    }

    fn check(&mut self) {
        let session = &self.session;
        assert!(session.is_closed() || !self.was_closed, "closed sessions stay closed");
        self.was_closed = session.is_closed();
        assert!(!(session.is_closed() && session.is_open()));
        assert!(!session.is_closed() || session.poll_deadline().is_none());
        assert!(session.is_closed() || session.is_open() || session.poll_deadline().is_some());
        assert!(session.violation().is_none() || session.is_closed());
        if session.is_closed() {
            assert!(self.session.send(MessageKind::Text, "late") == Err(SendError::Closed));
        }
    }
}

/// Reads what the server sends.
#[derive(Default)]
pub(crate) struct Client {
    takeover: Option<bool>,
    wire: Vec<u8>,
    decompress: Option<Decompress>,
    pub(crate) messages: Vec<Vec<u8>>,
    /// Whether the message that has begun is compressed, and its payloads.
    partial: Option<(bool, Vec<u8>)>,
    is_closed: bool,
}

impl Client {
    /// The client of a session without compression, at its end.
    pub(crate) fn plain(wire: &[u8]) -> Self {
        let mut client = Self { wire: wire.to_vec(), ..Self::default() };
        client.read();
        client
    }

    fn read(&mut self) {
        let wire = std::mem::take(&mut self.wire);
        let mut rest = &wire[..];
        while let [first, short, after @ ..] = rest {
            assert!(!self.is_closed, "a frame after the close frame");
            let (length, after) = match *short {
                126 => (usize::from(u16::from_be_bytes([after[0], after[1]])), &after[2..]),
                short => (short.into(), after),
            };
            assert!(*short <= 126 && (*short < 126 || length >= 126), "the shortest form");
            let (payload, after) = after.split_at(length);
            self.frame(*first, payload);
            rest = after;
        }
    }

    fn frame(&mut self, first: u8, payload: &[u8]) {
        assert_eq!(first & 0x30, 0);
        let (opcode, is_last, is_compressed) = (first & 15, first & 0x80 != 0, first & 0x40 != 0);
        if opcode >= 8 {
            assert!(is_last && !is_compressed && payload.len() <= 125 && opcode <= 10);
            self.is_closed = opcode == 8;
            return;
        }
        assert_eq!(opcode == 0, self.partial.is_some());
        assert!(!is_compressed || (opcode > 0 && self.takeover.is_some()));
        let message = self.partial.get_or_insert((is_compressed, Vec::new()));
        message.1.extend_from_slice(payload);
        if is_last && let Some((is_compressed, raw)) = self.partial.take() {
            let content = if is_compressed { self.inflate(raw) } else { raw };
            self.messages.push(content);
        }
    }

    fn inflate(&mut self, mut raw: Vec<u8>) -> Vec<u8> {
        raw.extend_from_slice(&[0, 0, 0xff, 0xff]);
        let kept = self.decompress.take().filter(|_| self.takeover == Some(true));
        let mut decompress = kept.unwrap_or_else(|| Decompress::new(false));
        let mut content = Vec::with_capacity(1 << 20);
        let before = decompress.total_in();
        decompress.decompress_vec(&raw, &mut content, FlushDecompress::Sync).expect("it is valid");
        assert_eq!(decompress.total_in() - before, raw.len() as u64);
        self.decompress = Some(decompress);
        content
    }
}
