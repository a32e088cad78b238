//! Buffers that connections share: an idle connection has none, and no data of one connection is
//! visible in another.

use super::Say::{End, Set, Status};
use super::*;

/// Takes all that an idle connection can do without.
fn empty(wire: &mut Wire) -> ExchangeBuffers {
    let buffer = wire.connection.release_buffer();
    assert!(buffer.is_none_or(|buffer| buffer.is_empty()));
    let exchange_buffers =
        wire.connection.release_exchange_buffers().expect("it has answered a request");
    assert!(!wire.connection.peek().has_buffer() && !wire.connection.peek().has_exchange_buffers());
    exchange_buffers
}

#[test]
fn exchange_buffers_carry_memory_and_nothing_else() {
    let (mut first, mut second, mut fresh) = (Wire::new(), Wire::new(), Wire::new());
    first.feed(b"HEAD /secret?a HTTP/1.1\r\nHost: a\r\nX-Secret: 1\r\n\r\n");
    first.say(&[Status(404), Set("X-Secret", "2"), Set("Content-Type", "text/plain"), End("no")]);
    assert!(first.written().contains("X-Secret: 2"));
    second.connection.adopt_exchange_buffers(empty(&mut first));
    assert!(second.connection.peek().has_exchange_buffers());
    for wire in [&mut second, &mut fresh] {
        wire.feed(GET);
        wire.say(&[End("yes")]);
    }
    assert_eq!(second.written(), fresh.written());
    let fields: Vec<_> = second.connection.inbound.head().fields().iter().collect();
    assert!(fields.is_empty(), "a head that is over holds nothing");
}

#[test]
fn a_connection_without_buffers_makes_its_own() {
    let mut wire = Wire::new();
    for _ in 0..3 {
        wire.feed(GET);
        wire.say(&[End("yes")]);
        assert!(wire.written().ends_with("yes"));
        empty(&mut wire);
    }
}

#[test]
fn nothing_is_taken_while_it_is_in_use() {
    let mut wire = Wire::new();
    wire.room = 10;
    wire.feed(GET);
    wire.serve(|connection, _, _| assert!(connection.release_exchange_buffers().is_none()));
    let now = wire.now();
    wire.connection.ongoing().end(&now, "yes".into()).unwrap();
    wire.connection.ongoing().handler_done(&now);
    wire.transmit();
    assert!(wire.connection.release_exchange_buffers().is_none(), "the answer has not left");
    wire.room = usize::MAX;
    wire.transmit();
    assert!(wire.written().ends_with("yes"));
    empty(&mut wire);
    // A request that has begun keeps its buffer.
    wire.feed(&GET[..5]);
    assert!(wire.connection.release_buffer().is_none());
    wire.feed(&GET[5..]);
    wire.say(&[End("again")]);
    assert!(wire.written().ends_with("again"));
}

#[test]
fn a_head_that_a_handler_holds_is_not_shared() {
    let mut wire = Wire::new();
    wire.feed(b"GET /kept HTTP/1.1\r\nHost: a\r\n\r\n");
    let mut kept = None;
    wire.serve(|connection, now, _| {
        kept = Some(Arc::clone(connection.peek_ongoing().head()));
        connection.ongoing().end(now, "yes".into()).unwrap();
        connection.ongoing().handler_done(now);
    });
    let mut other = Wire::new();
    other.connection.adopt_exchange_buffers(empty(&mut wire));
    for wire in [&mut wire, &mut other] {
        wire.feed(GET);
        wire.say(&[End("yes")]);
    }
    assert_eq!(kept.unwrap().path(), b"/kept");
}

#[test]
fn what_one_connection_returns_another_one_gets() {
    let (mut pool, mut wires) = (BufferPool::new(), Vec::from_iter((0..40).map(|_| Wire::new())));
    for wire in &mut wires {
        wire.feed(GET);
        wire.say(&[End("yes")]);
    }
    for wire in &mut wires {
        pool.reclaim(&mut wire.connection);
        assert!(
            !wire.connection.peek().has_buffer() && !wire.connection.peek().has_exchange_buffers()
        );
    }
    let mut attached = 0;
    for wire in &mut wires {
        pool.attach(&mut wire.connection);
        attached += usize::from(
            wire.connection.peek().has_buffer() && wire.connection.peek().has_exchange_buffers(),
        );
    }
    assert_eq!(attached, 32, "of more than that, the rest is given back to the system");
}

#[test]
fn what_a_connection_leaves_another_one_gets() {
    let (mut pool, mut first, mut second) = (BufferPool::new(), Wire::new(), Wire::new());
    first.feed(b"GET /secret HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    first.say(&[Set("X-Secret", "1"), End("yes")]);
    assert_eq!(first.fate(), "closed");
    pool.reclaim_last(&mut first.connection);
    pool.attach(&mut second.connection);
    let peek = second.connection.peek();
    assert!(peek.has_buffer() && peek.has_exchange_buffers());
    second.feed(GET);
    second.say(&[End("yes")]);
    assert!(!second.written().contains("Secret"));
}
