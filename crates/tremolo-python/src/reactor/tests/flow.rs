//! Bodies in both directions, and backpressure.

use std::io::Read;
use std::thread;

use tremolo_core::http1::body::Decoded;
use tremolo_core::{CloseReason, ConnectionRef, Error, PeerError};

use super::*;

/// Writes pieces until neither engine nor socket accepts more. Returns the number of bytes left.
fn say(host: &mut Host, id: ConnectionId, mut left: usize) -> usize {
    loop {
        let now = host.now;
        let connection = host.connection(id);
        while left > 0 && !connection.is_write_blocked() {
            let piece = &PIECE[..left.min(PIECE.len())];
            connection.current().unwrap().write(&now, piece.into()).unwrap();
            left -= piece.len();
        }
        let queued = connection.peek().queued();
        assert!(queued < (512 << 10) + 2 * PIECE.len(), "{queued} bytes are queued");
        if left == 0 {
            host.done(id);
            host.drain();
            return 0;
        }
        host.reactor.wait_writable(id);
        host.drain();
        if host.told.pop().is_none() {
            return left;
        }
    }
}

/// Takes the received part of a body. Returns whether it was the end.
fn take(host: &mut Host, id: ConnectionId, taken: &mut usize) -> Result<bool, Error> {
    let now = host.now;
    loop {
        match host.exchange(id).body().poll(&now, usize::MAX)? {
            Decoded::Data(data) => *taken += data.len(),
            Decoded::NeedInput => {
                host.reactor.wait_readable(id);
                return Ok(false);
            }
            Decoded::End => return Ok(true),
        }
    }
}

#[test]
fn a_stream_goes_as_fast_as_it_is_read_and_queues_no_more_than_it_may() {
    let mut host = Host::new();
    let mut client = host.connect();
    client.get("/stream");
    let id = host.expect_request();
    let mut left = say(&mut host, id, 64 << 20);
    assert!(left > 0, "more than sockets take");
    assert!(!host.reactor.has_more() && !is_readable_now(&host.reactor), "nobody is kept busy");
    let reader = thread::spawn(move || {
        let mut rest = vec![0; 64 << 10];
        let mut count = 0;
        while count < 64 << 20 {
            count += client.stream.read(&mut rest).unwrap();
        }
        client
    });
    while left > 0 {
        host.expect(|event| matches!(event, Event::Writable));
        left = say(&mut host, id, left);
    }
    host.turn_until(|host| host.reactor.peek(id).unwrap().is_idle());
    drop(reader.join().unwrap());
}

#[test]
fn pipelined_requests_wait_while_answers_are_not_read() {
    let (mut host, body) = (Host::new(), text(PIECE));
    let mut client = host.connect();
    client.send("GET /long HTTP/1.1\r\nHost: a\r\n\r\n".repeat(200));
    let (mut answered, mut most) = (0, 0);
    let reader = thread::spawn(move || {
        (0..200).for_each(|_| drop(client.expect(&text(PIECE))));
    });
    while answered < 200 {
        let id = host.expect_request();
        host.answer(id, &body);
        most = most.max(host.reactor.peek(id).unwrap().queued());
        answered += 1;
    }
    host.turn_until(|host| host.reactor.peek(host.served[0]).is_none_or(ConnectionRef::is_idle));
    reader.join().unwrap();
    assert!(most < (512 << 10) + 2 * PIECE.len(), "{most} bytes were queued");
}

#[test]
fn a_piece_that_the_host_says_later_leaves_with_the_next_drain() {
    let mut host = Host::new();
    let mut client = host.connect();
    client.get("/later");
    let id = host.expect_request();
    assert!(!host.reactor.has_more() && !is_readable_now(&host.reactor));
    host.answer(id, "later");
    assert!(host.reactor.has_more(), "the descriptor does not know of it");
    host.drain();
    client.expect("later");
    assert!(!host.reactor.has_more());
}

#[test]
fn a_body_is_read_as_fast_as_it_is_taken() {
    let (size, mut taken) = (1 << 20, 0);
    let mut host = Host::new();
    let mut client = host.connect();
    let writer = thread::spawn(move || {
        client.send(format!("POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n\r\n"));
        client.send(vec![b'x'; size]);
        client
    });
    let id = host.expect_request();
    // Neither side reads: the buffers are bounded, and the reactor does not spin.
    host.turn_until(|host| {
        !host.reactor.has_more() && !host.reactor.peek(id).unwrap().wants_input()
    });
    while !take(&mut host, id, &mut taken).unwrap() {
        host.expect(|event| matches!(event, Event::Readable));
    }
    assert_eq!(taken, size);
    host.answer(id, "taken");
    host.drain();
    writer.join().unwrap().expect("taken");
}

#[test]
fn a_reader_waits_for_news_and_is_told_once() {
    let (mut host, mut taken) = (Host::new(), 0);
    let mut client = host.connect();
    client.send("POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc");
    let id = host.expect_request();
    while taken < 3 {
        assert!(!take(&mut host, id, &mut taken).unwrap());
        host.drain();
        if taken < 3 {
            host.expect(|event| matches!(event, Event::Readable));
        }
    }
    assert!(host.told.is_empty(), "nothing has come: {:?}", host.told);
    client.send("de");
    host.expect(|event| matches!(event, Event::Readable));
    client.send("f");
    assert!(is_readable(&host.reactor, WAIT_LIMIT));
    host.turn();
    assert!(host.told.is_empty(), "nobody waits: {:?}", host.told);
    assert!(take(&mut host, id, &mut taken).unwrap());
    assert_eq!(taken, 6);
}

#[test]
fn a_body_that_stalls_is_told_to_who_reads_it() {
    let (mut host, mut taken) = (Host::new(), 0);
    let mut client = host.connect();
    client.send("POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\n");
    let id = host.expect_request();
    assert!(!take(&mut host, id, &mut taken).unwrap());
    host.drain();
    host.advance(SECOND * 31);
    host.expect(|event| matches!(event, Event::Readable));
    let fault = PeerError::BodyTimeout;
    assert_eq!(take(&mut host, id, &mut taken), Err(fault.into()));
    host.fail(id, fault);
    host.drain();
    assert!(client.expect("fault").starts_with("HTTP/1.1 408 "));
}

#[test]
fn a_head_that_stalls_gets_a_408() {
    let mut host = Host::new();
    let mut client = host.connect();
    client.send("GET /hello HTTP/1.1\r\nHo");
    host.turn_until(|host| host.reactor.len() == 1);
    host.turn();
    let deadline = host.reactor.next_deadline().unwrap();
    assert_eq!(deadline, host.now.instant + SECOND * 30);
    host.advance(SECOND * 30);
    host.serve(1);
    assert!(client.expect("fault").starts_with("HTTP/1.1 408 "));
    assert!(client.is_at_end());
}

#[test]
fn who_says_nothing_is_not_waited_for() {
    let mut host = Host::new();
    let mut client = host.connect();
    host.turn_until(|host| host.reactor.len() == 1);
    assert_eq!(host.reactor.next_deadline(), Some(host.now.instant + SECOND * 30));
    host.advance(SECOND * 30);
    host.turn_until(|host| host.reactor.is_empty());
    assert!(client.is_at_end());

    let mut client = host.connect();
    client.send("GET / HT");
    host.turn_until(|host| host.reactor.len() == 1 && !host.reactor.has_more());
    assert!(is_readable(&host.reactor, WAIT_LIMIT));
    host.turn();
    host.advance(SECOND * 30);
    host.serve(1);
    assert!(client.expect("fault").starts_with("HTTP/1.1 408 "));
}

/// Simulates a pause of the process: the time has passed, and the requests have arrived.
#[test]
fn what_has_come_goes_before_what_is_late() {
    let mut host = Host::new();
    let mut fresh: Vec<_> = (0..40).map(|_| host.connect()).collect();
    host.turn_until(|host| host.reactor.len() == 40);
    for client in &mut fresh[20..] {
        client.send("GET /hello HTTP/1.1\r\n");
    }
    let mut kept: Vec<_> = (0..20).map(|_| host.connect_idle().0).collect();
    for client in fresh[..20].iter_mut().chain(&mut kept) {
        client.get("/hello");
    }
    for client in &mut fresh[20..] {
        client.send("Host: a\r\n\r\n");
    }
    host.advance(SECOND * 3_600);
    host.serve(80);
    for client in fresh.iter_mut().chain(&mut kept) {
        client.expect("Hello");
    }
}

#[test]
fn who_reads_nothing_is_cut_and_the_writer_told() {
    let mut host = Host::new();
    let mut client = host.connect();
    client.get("/stream");
    let id = host.expect_request();
    assert!(say(&mut host, id, 64 << 20) > 0, "more than sockets take");
    host.advance(SECOND * 31);
    host.expect(|event| matches!(event, Event::Writable));
    let (_, closed) = host.expect(|event| matches!(event, Event::Closed(_)));
    assert!(matches!(closed, Event::Closed(CloseReason::WriteTimeout)), "{closed:?}");
    let now = host.now;
    let late = host.exchange(id).write(&now, "late".into());
    assert_eq!(late, Err(CloseReason::WriteTimeout.into()));
    host.done(id);
    host.drain();
    assert!(host.reactor.is_empty());
}

#[test]
fn an_idle_connection_closes_in_time_and_its_timer_with_it() {
    let mut host = Host::new();
    let (mut client, id) = host.connect_idle();
    host.advance(SECOND * 20);
    client.get("/hello");
    host.serve(2);
    client.expect("Hello");
    // The timer of the first wait is stale, and the next armed timer is right.
    host.advance(SECOND * 20);
    host.turn();
    assert_eq!(host.reactor.next_deadline(), Some(host.now.instant + SECOND * 10));
    host.advance(SECOND * 10);
    host.turn();
    assert!(client.is_at_end());
    drop(client);
    host.turn_until(|host| host.reactor.peek(id).is_none());
    assert_eq!(host.reactor.next_deadline(), None);
}

const PIECE: &[u8] = &[b'x'; 64 << 10];
