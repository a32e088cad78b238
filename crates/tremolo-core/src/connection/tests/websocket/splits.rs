//! A conversation at every split: the same messages, the same bytes.

use super::*;

/// Feeds the pieces to a handler that echoes each message.
fn converse<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<String>, Vec<u8>, String) {
    let mut wire = Wire::new();
    let mut messages = Vec::new();
    let mut status = String::new();
    for piece in pieces {
        wire.feed(piece);
        wire.serve(accept);
        let now = wire.now();
        if let Some(mut exchange) = wire.connection.current()
            && let Some(mut socket) = exchange.websocket()
        {
            while let Incoming::Message(message) = socket.poll_message(&now) {
                let head: String = message.payload.iter().take(9).map(|&b| char::from(b)).collect();
                messages.push(format!("{:?} {head} {}", message.kind, message.payload.len()));
                socket.send(&now, message.kind, message.payload).unwrap();
            }
            status = format!("{:?}", socket.close_status());
        }
        wire.transmit();
    }
    (messages, wire.written_bytes(), format!("{status} {}", wire.fate()))
}

fn conversations() -> Vec<Vec<u8>> {
    let text = frame(FIN | TEXT, "häl".as_bytes());
    let fragments = [frame(TEXT, b"a"), frame(FIN | PING, b"p"), frame(FIN, b"b")].concat();
    let close = frame(FIN | CLOSE, &close_payload(1000, "bye"));
    let begin = upgrade("Sec-WebSocket-Extensions: permessage-deflate\r\n");
    let deflated = frame(FIN | 0x40 | TEXT, b"\xf2\x48\xcd\xc9\xc9\x07\x00");
    let unmasked = b"\x81\x05Hello".to_vec();
    vec![
        [begin.clone(), text.clone(), fragments, deflated, close].concat(),
        [begin.clone(), text.clone(), unmasked, text.clone()].concat(),
        [begin.clone(), text.clone(), frame(FIN | TEXT, b"\xff"), text].concat(),
        [begin, frame(FIN | BINARY, &[7; 300]), frame(FIN | CLOSE, b"")].concat(),
    ]
}

#[test]
fn one_split_anywhere_changes_nothing() {
    for bytes in conversations() {
        let whole = converse([&bytes[..]]);
        assert!(!whole.0.is_empty() && whole.2.contains("lingering"), "{whole:?}");
        for at in 0..=bytes.len() {
            let (left, right) = bytes.split_at(at);
            assert_eq!(converse([left, right]), whole, "split at {at}");
        }
        assert_eq!(converse(bytes.chunks(1)), whole);
    }
}

#[test]
fn long_messages_arrive_in_long_reads() {
    let long = vec![b'x'; 300_000];
    let bytes = [upgrade(""), frame(FIN | BINARY, &long), frame(FIN | TEXT, b"end")].concat();
    let whole = converse([&bytes[..]]);
    assert_eq!(whole.0, ["Binary xxxxxxxxx 300000", "Text end 3"]);
    for size in [1_000, 16_384, 70_000] {
        assert_eq!(converse(bytes.chunks(size)), whole, "in pieces of {size}");
    }
    let mut wire = Wire::plain();
    let step = Config::default().buffer_size;
    assert!(wire.connection.input_buffer().remaining_mut() <= step);
    wire.feed(&frame(FIN | BINARY, &long)[..1_000]);
    let room = wire.connection.input_buffer().remaining_mut();
    assert!(room > step && room <= 4 * step);
    // The next message is likely to be as long, and is read with its head; a short one is not.
    wire.feed(&frame(FIN | BINARY, &long)[1_000..]);
    assert_eq!(wire.text(), str::from_utf8(&long).unwrap());
    let room = wire.connection.input_buffer().remaining_mut();
    assert!(room > long.len().min(4 * step) && room <= 4 * step + step / 4);
    wire.feed(&frame(FIN | BINARY, b"short"));
    assert_eq!(wire.text(), "short");
    assert!(wire.connection.input_buffer().remaining_mut() <= step);
}

#[test]
fn a_frame_is_read_to_its_end_also_if_it_stays_in_the_buffer() {
    let mut wire = Wire::plain();
    let bytes = frame(FIN | BINARY, &[1; 60_000]);
    let mut rest = &bytes[..];
    while !rest.is_empty() {
        assert!(wire.connection.peek().wants_input() && wire.poll() == Incoming::NeedInput);
        let room = wire.connection.input_buffer().remaining_mut();
        let (piece, after) = rest.split_at(room.min(rest.len()));
        wire.feed(piece);
        rest = after;
    }
    assert!(matches!(wire.poll(), Incoming::Message(message) if message.payload.len() == 60_000));
}
