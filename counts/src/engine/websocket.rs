//! Messages on one WebSocket: each is echoed at once, or comes from a broadcast.

use tremolo_core::Incoming;
use tremolo_core::websocket::{MessageKind, PreparedMessage};
use tremolo_counts::Round;

use super::exchange::{Wire, current};
use super::messages;

pub(super) fn echo() -> Round {
    echoes(messages::frame(64))
}

pub(super) fn pipelined() -> Round {
    echoes(messages::frame(64).repeat(super::exchange::PIPELINED))
}

pub(super) fn long_echo() -> Round {
    echoes(messages::frame(64 << 10))
}

pub(super) fn broadcast() -> Round {
    let mut wire = socket(Vec::new());
    let message = PreparedMessage::new(MessageKind::Text, &messages::text(64));
    Box::new(move || {
        wire.begin();
        let mut exchange = current(&mut wire.connection);
        let mut socket = exchange.websocket().expect("it was accepted");
        socket.send_prepared(&wire.now, &message).expect("it is open");
        wire.flush();
        wire.end()
    })
}

/// Frames that are read as often as there is room, and echoed.
fn echoes(frames: Vec<u8>) -> Round {
    let mut wire = socket(frames);
    Box::new(move || {
        wire.begin();
        while wire.fill() {
            let mut exchange = current(&mut wire.connection);
            let mut socket = exchange.websocket().expect("it was accepted");
            while let Incoming::Message(message) = socket.poll_message(&wire.now) {
                socket.send(&wire.now, message.kind, message.payload).expect("it is open");
            }
        }
        wire.flush();
        wire.end()
    })
}

/// A connection after its handshake, whose peer sends these frames in each round.
fn socket(frames: Vec<u8>) -> Wire {
    let mut wire = Wire::new(messages::handshake());
    wire.fill();
    assert!(wire.connection.poll_event(&wire.now).is_some(), "the handshake is a request");
    let mut exchange = current(&mut wire.connection);
    let handshake = exchange.peek().websocket_handshake().expect("it is valid");
    exchange.accept_websocket(&wire.now, &handshake, None).expect("nothing was sent");
    wire.flush();
    wire.end();
    wire.request = frames;
    wire
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_back_whole() {
        assert_eq!(echo()(), 64 + 2);
        assert_eq!(pipelined()(), 16 * (64 + 2));
        assert_eq!(long_echo()(), (64 << 10) + 10);
        assert_eq!(broadcast()(), 64 + 2);
    }
}
