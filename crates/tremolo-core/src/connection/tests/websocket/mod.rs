//! WebSockets through the whole connection.

mod closing;
mod deadlines;
mod limits;
mod opening;
mod splits;

use super::*;
use crate::exchange::{CloseStatus, Incoming, WebSocket};
use crate::testing::frames::{BINARY, CLOSE, FIN, PING, PONG, TEXT, close_payload, frame, frames};
use crate::websocket::{CloseCode, MessageKind, SendError};

const UPGRADE: &str = "GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Version: 13\r\n";

fn upgrade(more: &str) -> Vec<u8> {
    format!("{UPGRADE}{more}\r\n").into_bytes()
}

fn accept(connection: &mut Connection, now: &Now, _: &RequestHead) {
    let mut exchange = connection.ongoing();
    let handshake = exchange.peek().websocket_handshake().unwrap();
    exchange.accept_websocket(now, &handshake, None).unwrap();
}

impl Wire {
    /// A connection whose WebSocket was accepted.
    fn websocket(config: Config) -> Self {
        let mut wire = Self::with(config);
        wire.feed(&upgrade(""));
        wire.serve(accept);
        assert!(wire.written().starts_with("HTTP/1.1 101 "));
        wire
    }

    fn plain() -> Self {
        Self::websocket(Config::default())
    }

    fn socket<T>(&mut self, call: impl FnOnce(&mut WebSocket<'_>, &Now) -> T) -> T {
        let now = self.now();
        let made = call(&mut self.connection.ongoing().websocket().unwrap(), &now);
        self.serve(|_, _, _| {});
        made
    }

    fn poll(&mut self) -> Incoming {
        self.socket(|socket, now| socket.poll_message(now))
    }

    /// The text of the next message.
    fn text(&mut self) -> String {
        match self.poll() {
            Incoming::Message(message) => String::from_utf8(message.payload.to_vec()).unwrap(),
            other => format!("{other:?}"),
        }
    }

    /// The frames that were written since the last look.
    fn sent(&mut self) -> Vec<(u8, Vec<u8>)> {
        self.serve(|_, _, _| {});
        frames(&self.written_bytes())
    }

    fn status(&mut self) -> Option<(u16, String)> {
        self.socket(|socket, _| {
            let status = socket.close_status();
            status.map(|CloseStatus { code, reason, .. }| (code.get(), reason.to_owned()))
        })
    }

    fn handler_done(&mut self) {
        let now = self.now();
        self.connection.ongoing().handler_done(&now);
        self.transmit();
    }
}

fn close_frame(code: u16) -> (u8, Vec<u8>) {
    (FIN | CLOSE, close_payload(code, ""))
}
