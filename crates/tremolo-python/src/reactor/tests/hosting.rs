//! The reactor and its host: the descriptor, the waker, accepting connections.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tremolo_net::ACCEPT_PAUSE;

use super::super::MAX_ACCEPTS;
use super::super::Waker;
use super::*;

#[test]
fn the_descriptor_stays_readable_until_its_changes_are_collected() {
    let mut host = Host::new();
    let (mut client, _) = host.connect_idle();
    assert!(!is_readable_now(&host.reactor));
    client.get("/hello");
    assert!(is_readable(&host.reactor, WAIT_LIMIT));
    // Draining without a poll takes no event from the descriptor.
    host.drain();
    assert!(is_readable_now(&host.reactor));
    host.turn();
    assert!(!is_readable_now(&host.reactor) && !host.reactor.has_more());
    assert_eq!(host.served.len(), 2);
}

#[test]
fn what_a_host_leaves_in_the_middle_is_not_forgotten() {
    let mut host = Host::new();
    let mut clients = [host.connect(), host.connect()];
    clients.iter_mut().for_each(|client| client.get("/hello"));
    while host.served.len() < 2 {
        assert!(host.reactor.has_more() || is_readable(&host.reactor, WAIT_LIMIT));
        host.reactor.collect(&host.now).unwrap();
        // One event, and no drain.
        if let Some((id, event)) = host.reactor.poll_event(&host.now) {
            assert!(host.reactor.has_more());
            host.act(id, event);
        }
    }
    host.drain();
    clients.iter_mut().for_each(|client| drop(client.expect("Hello")));
}

#[test]
fn what_came_while_a_connection_was_being_served_is_not_forgotten() {
    let mut host = Host::new();
    let mut client = host.connect();
    client.get("/one");
    let mut served = 0;
    while served < 2 {
        assert!(host.reactor.has_more() || is_readable(&host.reactor, WAIT_LIMIT));
        host.reactor.collect(&host.now).unwrap();
        while let Some((id, _)) = host.reactor.poll_event(&host.now) {
            if served == 0 {
                client.get("/two");
                assert!(is_readable(&host.reactor, WAIT_LIMIT));
                host.reactor.collect(&host.now).unwrap();
            }
            host.answer(id, "served");
            served += 1;
        }
    }
    client.expect("served");
    client.expect("served");
}

#[test]
fn another_thread_says_something_and_wakes_the_loop() {
    let mut host = Host::new();
    let mut client = host.connect();
    client.get("/slow");
    let id = host.expect_request();
    assert!(!is_readable_now(&host.reactor));
    host.answer(id, "slow");
    let waker = host.reactor.waker();
    thread::spawn(move || waker.wake().unwrap()).join().unwrap();
    assert!(is_readable(&host.reactor, WAIT_LIMIT));
    host.turn();
    client.expect("slow");
}

#[test]
fn waking_twice_wakes_once_and_waking_again_wakes_again() {
    let mut host = Host::new();
    let waker = host.reactor.waker();
    for _ in 0..3 {
        assert!(!is_readable_now(&host.reactor));
        waker.wake().unwrap();
        waker.wake().unwrap();
        assert!(is_readable_now(&host.reactor));
        host.turn();
    }
    assert!(!is_readable_now(&host.reactor));
}

/// The wake-up may come between two steps of a turn that has another reason. Whichever step that is,
/// the loop is woken by it, or the next one wakes the loop.
#[test]
fn a_wake_up_during_a_turn_does_not_swallow_the_next_one() {
    let mut host = Host::new();
    let waker = host.reactor.waker();
    let (asked, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        scope.spawn(|| {
            for round in 1..=ROUNDS {
                while asked.load(Ordering::Acquire) < round {
                    thread::yield_now();
                }
                waker.wake().unwrap();
                done.store(round, Ordering::Release);
            }
        });
        for round in 1..=ROUNDS {
            asked.store(round, Ordering::Release);
            while done.load(Ordering::Acquire) < round {
                host.turn();
            }
            if !is_readable_now(&host.reactor) {
                waker.wake().unwrap();
                // A panic here would wait for the other thread.
                let is_woken = is_readable_now(&host.reactor);
                asked.store(if is_woken { round } else { ROUNDS }, Ordering::Release);
                assert!(is_woken, "the wake-up of round {round} was lost");
            }
        }
    });
}

#[test]
fn lets_no_more_in_at_a_time_than_its_budget() {
    let mut host = Host::new();
    let clients: Vec<_> = (0..MAX_ACCEPTS + 10).map(|_| host.connect()).collect();
    host.turn();
    assert_eq!(host.reactor.len(), MAX_ACCEPTS);
    assert!(host.reactor.has_more(), "no edge comes for those who wait");
    host.turn();
    assert_eq!(host.reactor.len(), clients.len());
    assert!(!host.reactor.has_more());
}

#[test]
fn at_the_limit_others_wait_until_one_has_gone() {
    let mut host = Host::with(Config::default(), 2);
    let (first, _) = host.connect_idle();
    let (_second, _) = host.connect_idle();
    let mut third = host.connect();
    third.get("/hello");
    assert!(is_readable(&host.reactor, WAIT_LIMIT));
    host.turn();
    assert_eq!(host.reactor.len(), 2);
    assert!(!host.reactor.has_more() && !is_readable_now(&host.reactor), "nobody is kept busy");
    drop(first);
    host.serve(3);
    third.expect("Hello");
}

#[test]
fn a_pause_is_over_in_time_even_at_the_limit() {
    let mut host = Host::with(Config::default(), 1);
    let (_first, _) = host.connect_idle();
    host.reactor.acceptor.pause(&host.now, std::io::ErrorKind::Other.into());
    assert!(host.reactor.take_accept_error().is_some());
    assert!(host.reactor.take_accept_error().is_none());
    let again = host.now.instant + ACCEPT_PAUSE;
    assert_eq!(host.reactor.next_deadline(), Some(again));
    let mut other = host.connect();
    other.get("/hello");
    host.reactor.max_connections = 2;
    assert!(is_readable(&host.reactor, WAIT_LIMIT));
    host.turn();
    assert!(host.reactor.len() == 1 && !host.reactor.has_more());
    host.reactor.max_connections = 1;
    host.advance(ACCEPT_PAUSE);
    host.turn();
    assert!(host.reactor.next_deadline().unwrap() > again, "nobody is kept busy");
    host.reactor.max_connections = 2;
    host.serve(2);
    other.expect("Hello");
}

#[test]
fn keeps_no_more_idle_connections_than_it_should() {
    let mut host = Host::with(Config { keepalive_connections: 2, ..Config::default() }, 1_000);
    let mut idle = Vec::new();
    for _ in 0..3 {
        idle.push(host.connect_idle());
        host.advance(SECOND);
    }
    // It is the fourth connection, so that one of the three others is closed.
    let mut last = host.connect();
    last.get("/hello");
    host.serve(4);
    last.expect("Hello");
    let is_closing = |host: &Host, id| host.reactor.peek(id).unwrap().close_reason().is_some();
    let closing: Vec<_> = idle.iter().map(|(_, id)| is_closing(&host, *id)).collect();
    assert_eq!(closing, [true, false, false], "the one that was idle longest");
    assert!(idle[0].0.is_at_end());
}

#[test]
fn a_reactor_may_move_between_threads() {
    fn moves<T: Send>() {}
    fn is_shared<T: Send + Sync>() {}
    moves::<Reactor>();
    is_shared::<Waker>();
}

#[test]
fn a_new_connection_is_held_until_the_host_releases_it() {
    let mut host = Host::new();
    host.reactor.report_opened();
    let mut client = host.connect();
    client.get("/hello");
    let (id, _) = host.expect(|event| matches!(event, Event::Opened));
    // Its request has arrived, and is not served.
    while host.reactor.has_more() || is_readable_now(&host.reactor) {
        host.turn();
    }
    assert!(host.served.is_empty() && host.told.is_empty());
    host.reactor.release(id);
    host.serve(1);
    client.expect("Hello");
}

#[test]
fn a_held_connection_can_end() {
    let mut host = Host::new();
    host.reactor.report_opened();
    let mut client = host.connect();
    let (id, _) = host.expect(|event| matches!(event, Event::Opened));
    let now = host.now;
    host.connection(id).handle_reset(&now);
    let closed = host.expect(|event| matches!(event, Event::Closed(_))).0;
    assert_eq!(closed, id);
    assert!(client.is_at_end());
}

/// Enough for each step of a turn to be hit.
const ROUNDS: usize = 500;
