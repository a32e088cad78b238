//! One step of a handler that sends events, or has a WebSocket.

use tremolo_core::sse::EventEncoder;
use tremolo_core::websocket::{MessageKind, SendError};
use tremolo_core::{Error, Exchange, Incoming, Now, ServerSentEvents};

use crate::events::data;
use crate::message::{Key, Kind, Work};
use crate::socket::{PUSHED, payload};
use crate::waits::Waits;

/// One step of such a handler.
#[derive(Debug)]
pub(crate) struct RealtimeTurn {
    pub(crate) key: Key,
    pub(crate) work: Work,
    /// Events or messages that it has sent by itself.
    pub(crate) sent: u32,
}

impl RealtimeTurn {
    /// `None`: it is over.
    pub(crate) fn step(
        &self,
        exchange: &mut Exchange<'_>,
        now: &Now,
    ) -> Result<Option<Waits>, Error> {
        if self.work.kind == Kind::Events {
            self.event(exchange, now)
        } else {
            self.message(exchange, now)
        }
    }

    /// Sends an event, or ends the stream.
    fn event(&self, exchange: &mut Exchange<'_>, now: &Now) -> Result<Option<Waits>, Error> {
        if exchange.is_write_blocked() {
            return Ok(Some(Waits::Room));
        }
        let mut stream = ServerSentEvents::of(exchange);
        if self.sent < self.work.pieces {
            let mut event = EventEncoder::default();
            event.data(&data(self.key, self.sent, self.work.bytes));
            stream.send(now, event.finish().into())?;
            return Ok(Some(Waits::Nothing));
        }
        stream.close(now)?;
        exchange.handler_done(now);
        Ok(None)
    }

    /// Accepts the WebSocket, and sends a message, or ends with it.
    fn message(&self, exchange: &mut Exchange<'_>, now: &Now) -> Result<Option<Waits>, Error> {
        if exchange.websocket().is_none() {
            let handshake = exchange.peek().websocket_handshake();
            let Ok(handshake) = handshake else {
                return Err(Error::Misuse(tremolo_core::Misuse::HeadAlreadySent));
            };
            exchange.accept_websocket(now, &handshake, None)?;
        }
        if exchange.is_write_blocked() {
            return Ok(Some(Waits::Room));
        }
        match self.send(exchange, now) {
            Ok(Some(waits)) => Ok(Some(waits)),
            // A WebSocket that is closed ends its handler.
            Ok(None) | Err(_) => {
                exchange.handler_done(now);
                Ok(None)
            }
        }
    }

    /// Sends the next message, or the one that has come, back. `None` at the end.
    fn send(&self, exchange: &mut Exchange<'_>, now: &Now) -> Result<Option<Waits>, SendError> {
        let Some(mut socket) = exchange.websocket() else { return Ok(None) };
        if self.sent < self.work.pieces {
            let message = payload(self.key, self.sent as usize + PUSHED, false, self.work.bytes);
            socket.send(now, MessageKind::Binary, message)?;
            return Ok(Some(Waits::Nothing));
        }
        if self.work.kind == Kind::Push {
            return Ok(None);
        }
        match socket.poll_message(now) {
            Incoming::Message(message) => {
                socket.send(now, message.kind, message.payload)?;
                Ok(Some(Waits::Nothing))
            }
            Incoming::NeedInput => Ok(Some(Waits::Input)),
            Incoming::Closed => Ok(None),
        }
    }
}
