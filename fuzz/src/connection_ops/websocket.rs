//! Actions of a WebSocket: its frames from the peer, and any call of the application.

use tremolo_core::Incoming;
use tremolo_core::websocket::{CloseCode, Delivery, MessageKind, PreparedMessage};

use super::World;
use super::accepted::Accepted;
use crate::script::Script;
use crate::websocket::frame;

const REQUEST: &[u8] =
    b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

impl World {
    pub(super) fn websocket_step(&mut self, code: u8, script: &mut Script<'_>) {
        match code {
            0 => self.feed(REQUEST),
            1 => self.accept(),
            2 => {
                let (first, is_long) = (script.byte(), script.flag());
                self.feed(&frame(first, script.piece(), is_long));
            }
            _ => self.websocket_call(script),
        }
    }

    fn accept(&mut self) {
        let start = self.wire.out.len() + self.wire.connection.peek().queued();
        let now = self.wire.now;
        let Some(mut exchange) = self.wire.connection.current() else { return };
        let Ok(handshake) = exchange.peek().websocket_handshake() else { return };
        if exchange.accept_websocket(&now, &handshake, None).is_ok() {
            assert!(self.websocket.is_none() && !self.is_upgraded, "accepted twice");
            assert!(exchange.websocket().is_some());
            self.is_upgraded = true;
            self.record.is_raw = true;
            self.websocket = Some(Accepted::at(start));
        }
    }

    fn websocket_call(&mut self, script: &mut Script<'_>) {
        let code = script.byte();
        let payload = || script.clone().piece().repeat(usize::from(code >> 4) * 4 + 1);
        let (now, payload) = (self.wire.now, payload());
        let Some(accepted) = &mut self.websocket else { return };
        let Some(mut exchange) = self.wire.connection.current() else { return };
        let is_blocked = exchange.is_write_blocked();
        let mut socket = exchange.websocket().expect("it was accepted");
        let (kind, bytes) = (MessageKind::Binary, payload.as_slice());
        let was_open = socket.is_open();
        let sent = match code % 10 {
            0 | 1 => {
                match socket.poll_message(&now) {
                    Incoming::Message(_) => {}
                    Incoming::NeedInput => assert!(socket.is_open()),
                    Incoming::Closed => assert!(!socket.is_open()),
                }
                return;
            }
            2 | 3 if !is_blocked => socket.send(&now, kind, bytes),
            4 if !is_blocked => socket.send_prepared(&now, &PreparedMessage::new(kind, bytes)),
            // A whole message in two calls.
            5 if !accepted.in_fragments => {
                accepted.in_fragments = socket.send_fragment(&now, kind, b"", false).is_ok();
                return;
            }
            5 if !is_blocked => {
                let sent = socket.send_fragment(&now, kind, bytes, true);
                accepted.in_fragments &= sent.is_err();
                sent
            }
            6..=8 if !is_blocked => {
                let _ = match code % 10 {
                    6 => socket.ping(&now, bytes),
                    7 => socket.pong(&now, bytes),
                    _ => socket.close(&now, CloseCode::new(script.size() as u16), "why"),
                };
                return;
            }
            9 => {
                return socket
                    .set_delivery(script.pick(&[Delivery::Messages, Delivery::Fragments]));
            }
            _ => return,
        };
        if sent.is_ok() {
            assert!(was_open, "a message after the close frame");
            accepted.sent.push(payload);
        }
    }
}
