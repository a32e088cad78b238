//! Memory that goes from connection to connection: who is idle has none, and nothing of one
//! conversation shows in another.

use super::Say::{End, Set, Status};
use super::*;

/// Takes all that an idle connection can do without.
fn empty(wire: &mut Wire) -> ExchangeBuffers {
    let buffer = wire.connection.release_buffer();
    assert!(buffer.is_none_or(|buffer| buffer.is_empty()));
    let workspace = wire.connection.release_workspace().expect("it has answered a request");
    assert!(!wire.connection.has_buffer() && !wire.connection.has_workspace());
    workspace
}

#[test]
fn a_workspace_carries_memory_and_nothing_else() {
    let (mut first, mut second, mut fresh) = (Wire::new(), Wire::new(), Wire::new());
    first.feed(b"HEAD /secret?a HTTP/1.1\r\nHost: a\r\nX-Secret: 1\r\n\r\n");
    first.say(&[Status(404), Set("X-Secret", "2"), Set("Content-Type", "text/plain"), End("no")]);
    assert!(first.written().contains("X-Secret: 2"));
    second.connection.adopt_workspace(empty(&mut first));
    assert!(second.connection.has_workspace());
    for wire in [&mut second, &mut fresh] {
        wire.feed(GET);
        wire.say(&[End("yes")]);
    }
    assert_eq!(second.written(), fresh.written());
    let fields: Vec<_> = second.connection.head().fields().iter().collect();
    assert!(fields.is_empty(), "a head that is over holds nothing");
}

#[test]
fn who_goes_without_makes_its_own() {
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
    wire.serve(|connection, _, _| assert!(connection.release_workspace().is_none()));
    let now = wire.now();
    wire.connection.end(&now, "yes".into()).unwrap();
    wire.connection.handler_done(&now);
    wire.transmit();
    assert!(wire.connection.release_workspace().is_none(), "the answer has not left");
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
fn a_head_that_somebody_keeps_is_not_lent() {
    let mut wire = Wire::new();
    wire.feed(b"GET /kept HTTP/1.1\r\nHost: a\r\n\r\n");
    let mut kept = None;
    wire.serve(|connection, now, _| {
        kept = Some(Arc::clone(connection.head()));
        connection.end(now, "yes".into()).unwrap();
        connection.handler_done(now);
    });
    let mut other = Wire::new();
    other.connection.adopt_workspace(empty(&mut wire));
    for wire in [&mut wire, &mut other] {
        wire.feed(GET);
        wire.say(&[End("yes")]);
    }
    assert_eq!(kept.unwrap().path(), b"/kept");
}

#[test]
fn what_one_gives_back_another_one_has() {
    let (mut pool, mut wires) = (BufferPool::new(), Vec::from_iter((0..40).map(|_| Wire::new())));
    for wire in &mut wires {
        wire.feed(GET);
        wire.say(&[End("yes")]);
    }
    for wire in &mut wires {
        pool.reclaim(&mut wire.connection);
        assert!(!wire.connection.has_buffer() && !wire.connection.has_workspace());
    }
    let mut lent = 0;
    for wire in &mut wires {
        pool.attach(&mut wire.connection);
        lent += usize::from(wire.connection.has_buffer() && wire.connection.has_workspace());
    }
    assert_eq!(lent, 32, "of more than that, the rest is given back to the system");
}
