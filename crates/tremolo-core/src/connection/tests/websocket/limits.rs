//! Backpressure, the turn, memory, and the access log.

use super::*;
use crate::budget::Bounds;
use tremolo_config::AccessLog;

#[test]
fn behind_a_message_that_is_not_taken_one_buffer_is_read() {
    let mut wire = Wire::plain();
    let step = Config::default().buffer_size;
    let one = frame(FIN | BINARY, &[1; 1_000]);
    let mut fed = 0;
    while wire.connection.peek().wants_input() {
        wire.feed(&one);
        wire.feed(&frame(FIN | PING, b"p"));
        fed += 1;
        assert!(fed * one.len() <= step + 3 * one.len());
    }
    assert!(wire.sent().is_empty(), "the pings are behind the message");
    for _ in 0..fed {
        assert!(matches!(wire.poll(), Incoming::Message(_)));
    }
    assert_eq!(wire.poll(), Incoming::NeedInput);
    assert!(wire.connection.peek().wants_input());
    assert_eq!(wire.sent().len(), fed);
}

/// If each message began a new buffer, one of 80 bytes that is kept would keep 16 KiB.
#[test]
fn short_messages_that_are_kept_share_a_buffer() {
    let mut wire = Wire::plain();
    let step = Config::default().buffer_size;
    let payloads: Vec<_> = (0..1_000_u32).map(|number| number.to_be_bytes().repeat(20)).collect();
    let mut kept = Vec::new();
    for payload in &payloads {
        let room = wire.connection.input_buffer().remaining_mut();
        assert!((step / 4..=step).contains(&room), "{room}");
        wire.feed(&frame(FIN | BINARY, payload));
        let Incoming::Message(message) = wire.poll() else { panic!() };
        kept.push(message.payload);
    }
    assert!(kept == payloads);
    let received = kept.len() * frame(FIN | BINARY, &payloads[0]).len();
    let ends = kept.iter().map(|payload| payload.as_ptr_range().end.addr());
    let starts = kept.iter().map(|payload| payload.as_ptr().addr());
    let is_behind = |(end, start): &(usize, usize)| start.wrapping_sub(*end) < 16;
    let behind = ends.zip(starts.skip(1)).filter(is_behind).count();
    assert!(kept.len() - behind <= received / (step / 2) + 1, "{behind}");
}

#[test]
fn pings_of_a_peer_that_reads_nothing_are_answered_in_bounded_memory() {
    let config = Config { buffer_size: 1_024, ..Config::default() };
    let mut wire = Wire::websocket(config);
    wire.room = 0;
    let mut pings = 0;
    for _ in 0..1_000 {
        for number in 0..100_u32 {
            wire.feed(&frame(FIN | PING, &number.to_be_bytes()));
            pings += 1;
        }
        wire.serve(|_, _, _| {});
    }
    assert!(wire.connection.peek().queued() < 32_768, "{}", wire.connection.peek().queued());
    wire.room = usize::MAX;
    wire.serve(|_, _, _| {});
    let sent = wire.sent();
    assert!(sent.len() < pings);
    assert_eq!(sent.last(), Some(&(FIN | PONG, 99_u32.to_be_bytes().to_vec())));
}

#[test]
fn writers_wait_while_the_queue_is_full() {
    let mut wire = Wire::plain();
    wire.room = 0;
    let now = wire.now();
    let mut sent = 0;
    while !wire.connection.is_write_blocked() {
        let mut exchange = wire.connection.ongoing();
        exchange.websocket().unwrap().send(&now, MessageKind::Binary, vec![0; 1_000]).unwrap();
        sent += 1;
    }
    assert!(sent * 1_000 <= 5 * Config::default().buffer_size);
    wire.room = usize::MAX;
    wire.transmit();
    assert!(!wire.connection.is_write_blocked());
    assert_eq!(wire.sent().len(), sent);
}

#[test]
fn frames_of_one_turn_leave_in_one_write() {
    let mut wire = Wire::plain();
    let now = wire.now();
    let mut exchange = wire.connection.ongoing();
    let mut socket = exchange.websocket().unwrap();
    for _ in 0..100 {
        socket.send(&now, MessageKind::Text, "short").unwrap();
    }
    let Some(Transmit::Bytes(bytes)) = wire.connection.poll_transmit(&now) else { panic!() };
    assert_eq!(bytes.len(), 700);
}

/// A reader asks whether the turn is over before each message.
#[test]
fn a_turn_ends_among_many_small_messages() {
    let mut wire = Wire::plain();
    wire.connection.turn_mut().begin(&Bounds::CONNECTION);
    let now = wire.now();
    let small = frame(FIN | TEXT, b"");
    let (mut messages, mut fed) = (0, 0);
    while !wire.connection.peek_ongoing().is_turn_over() {
        let mut exchange = wire.connection.ongoing();
        match exchange.websocket().unwrap().poll_message(&now) {
            Incoming::Message(_) => messages += 1,
            _ => {
                wire.feed(&small.repeat(2_000));
                fed += 2_000;
            }
        }
    }
    assert!(messages <= 4_096 && messages < fed, "{messages}");
}

#[test]
fn an_idle_websocket_has_no_buffers() {
    let mut wire = Wire::plain();
    let mut pool = BufferPool::new();
    pool.attach(&mut wire.connection);
    wire.feed(&frame(FIN | TEXT, b"a"));
    assert_eq!(wire.text(), "a");
    wire.socket(|socket, now| socket.send(now, MessageKind::Text, "b")).unwrap();
    wire.transmit();
    pool.reclaim(&mut wire.connection);
    assert!(!wire.connection.peek().has_buffer() && !wire.connection.peek().has_exchange_buffers());
    // The pool has kept them.
    pool.attach(&mut wire.connection);
    assert!(wire.connection.peek().has_buffer() && wire.connection.peek().has_exchange_buffers());
    wire.feed(&frame(FIN | TEXT, b"c"));
    assert_eq!(wire.text(), "c");
    wire.socket(|socket, now| socket.send(now, MessageKind::Text, "d")).unwrap();
    assert_eq!(wire.sent().len(), 2);
}

#[test]
fn the_access_log_has_the_101_and_the_bytes_of_the_frames() {
    let mut wire = Wire::with(Config { access_log: AccessLog::Text, ..Config::default() });
    wire.feed(&upgrade(""));
    wire.serve(accept);
    wire.socket(|socket, now| socket.send(now, MessageKind::Text, "hello")).unwrap();
    assert!(wire.connection.take_finished().is_none());
    wire.feed(&frame(FIN | CLOSE, b""));
    wire.serve(|_, _, _| {});
    let finished = wire.connection.take_finished().unwrap();
    assert_eq!((finished.status, finished.body_bytes, finished.cut), (Some(101), 9, false));
}
