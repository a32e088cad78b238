//! The end of connections: half-closes, resets, stale identifiers, drain and abort.

use tremolo_core::CloseReason;

use super::*;

/// Closes with a reset instead of an end.
fn reset(client: Client) {
    rustix::net::sockopt::set_socket_linger(&client.stream, Some(Duration::ZERO)).unwrap();
    drop(client);
}

#[test]
fn a_stale_name_names_nothing_even_when_its_place_is_taken() {
    let mut host = Host::new();
    let (client, first) = host.connect_idle();
    drop(client);
    host.turn_until(|host| host.reactor.is_empty());
    let (mut client, second) = host.connect_idle();
    assert_eq!(first.index(), second.index());
    assert!(host.reactor.connection(first).is_none());
    assert!(host.reactor.peek(first).is_none() && host.reactor.peer(first).is_none());
    host.reactor.wait_readable(first);
    host.reactor.wait_writable(first);
    host.drain();
    assert!(host.told.iter().all(|(id, event)| *id == first && matches!(event, Event::Closed(_))));
    client.get("/hello");
    host.serve(3);
    client.expect("Hello");
}

#[test]
fn a_client_that_closed_its_half_gets_its_answers() {
    let mut host = Host::new();
    let mut client = host.connect();
    // Requests and end arrive before the first poll: no readiness event follows the read.
    client.get("/hello");
    client.get("/slow");
    client.end();
    let id = host.expect_request();
    client.expect("Hello");
    host.answer(id, "slow");
    host.drain();
    assert!(client.expect("slow").contains("Connection: close\r\n"));
    assert!(client.is_at_end());
    assert!(host.reactor.is_empty());
}

#[test]
fn an_end_that_comes_while_the_handler_runs_is_noticed() {
    let mut host = Host::new();
    let mut client = host.connect();
    client.get("/slow");
    let id = host.expect_request();
    client.end();
    assert!(is_readable(&host.reactor, WAIT_LIMIT));
    host.turn();
    assert!(host.told.is_empty(), "half a connection is one: {:?}", host.told);
    host.answer(id, "slow");
    host.drain();
    assert!(client.expect("slow").contains("Connection: close\r\n"));
}

/// The events after a client has closed, in this order.
fn expect_gone(host: &mut Host, id: ConnectionId, waits: bool) {
    host.expect(|event| matches!(event, Event::Closed(CloseReason::PeerGone)));
    let told: Vec<_> = host.told.drain(..).collect();
    assert!(told.iter().all(|(about, _)| *about == id));
    let mut told = told.iter().map(|(_, event)| event);
    // `Cancel` comes first, so that the host can check which tasks wait.
    assert!(matches!(told.next(), Some(Event::Cancel(CloseReason::PeerGone))));
    assert_eq!(matches!(told.next(), Some(Event::Readable)), waits);
}

#[test]
fn a_half_close_behind_a_request_is_gone_after_its_grace() {
    let mut host = Host::new();
    let mut client = host.connect();
    client.get("/slow");
    let id = host.expect_request();
    client.end();
    assert!(is_readable(&host.reactor, WAIT_LIMIT));
    host.turn();
    host.advance(SECOND);
    expect_gone(&mut host, id, false);
    host.done(id);
    host.drain();
    assert!(host.reactor.is_empty() && client.is_at_end());
}

#[test]
fn a_reset_closes_and_a_handler_that_waits_has_its_time() {
    let mut host = Host::new();
    let mut client = host.connect();
    client.get("/slow");
    let id = host.expect_request();
    host.reactor.wait_readable(id);
    host.drain();
    reset(client);
    expect_gone(&mut host, id, true);
    assert!(host.told.is_empty() && host.reactor.len() == 1);
    host.advance(SECOND * 31);
    let (cancelled, _) = host.expect(|event| matches!(event, Event::Cancel(_)));
    assert_eq!(cancelled, id);
    host.done(id);
    host.drain();
    assert!(host.reactor.is_empty() && host.reactor.connection(id).is_none());
}

#[test]
fn the_end_of_a_turn_holds_for_a_reader_of_a_closed_connection_too() {
    let mut host = Host::new();
    let mut client = host.connect();
    client.get("/slow");
    let id = host.expect_request();
    host.reactor.wait_readable(id);
    host.drain();
    reset(client);
    assert!(is_readable(&host.reactor, WAIT_LIMIT));
    let now = host.now;
    host.reactor.collect(&now).unwrap();
    let first = host.reactor.poll_event(&now);
    assert!(matches!(first, Some((_, Event::Cancel(CloseReason::PeerGone)))), "{first:?}");
    // The host has done much for it.
    host.connection(id).turn_mut().spend_piece(now.instant, 2 << 20);
    let next = host.reactor.poll_event(&now);
    assert!(matches!(next, Some((_, Event::Closed(CloseReason::PeerGone)))), "{next:?}");
    // It wakes the reader, which takes nothing and waits again: other connections come first.
    host.reactor.wait_readable(id);
    host.turn();
    assert!(matches!(&host.told[..], [(_, Event::Readable)]), "{:?}", host.told);
    assert!(!host.connection(id).peek().turn().is_over());
    host.done(id);
    host.drain();
    assert!(host.reactor.is_empty());
}

#[test]
fn a_write_that_fails_tells_the_same() {
    let mut host = Host::new();
    let mut client = host.connect();
    client.get("/slow");
    let id = host.expect_request();
    reset(client);
    // The reset has arrived, and the sockets have not been polled.
    assert!(is_readable(&host.reactor, WAIT_LIMIT));
    let now = host.now;
    host.exchange(id).write(&now, "late".into()).unwrap();
    host.drain();
    let (_, closed) = host.told.pop().unwrap();
    assert!(matches!(closed, Event::Closed(CloseReason::PeerGone)), "{closed:?}");
    host.done(id);
    host.drain();
    assert!(host.reactor.is_empty());
}

#[test]
fn a_reset_reaches_who_reads_nothing_from_the_socket() {
    let mut host = Host::new();
    let mut client = host.connect();
    client.send("POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
    client.send(vec![b'x'; 90_000]);
    let id = host.expect_request();
    host.turn_until(|host| {
        !host.reactor.has_more() && !host.reactor.peek(id).unwrap().wants_input()
    });
    reset(client);
    host.expect(|event| matches!(event, Event::Closed(CloseReason::PeerGone)));
}

#[test]
fn an_answer_is_not_destroyed_by_what_the_client_still_sends() {
    let mut host = Host::new();
    let mut client = host.connect();
    client.send("POST /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
    let id = host.expect_request();
    host.answer(id, "no");
    host.drain();
    client.send(vec![b'x'; 500_000]);
    host.turn();
    client.expect("no");
    assert!(client.is_at_end());
    assert_eq!(host.reactor.len(), 1, "lingering");
    drop(client);
    host.turn_until(|host| host.reactor.is_empty());
}

#[test]
fn a_drain_closes_idle_connections_and_finishes_busy_ones() {
    let mut host = Host::new();
    let (mut idle, _) = host.connect_idle();
    let mut busy = host.connect();
    busy.get("/slow");
    let id = host.expect_request();
    // Connected, and not yet accepted: the client may rely on a response.
    let mut waiting = host.connect();
    waiting.get("/hello");
    host.reactor.drain(&host.now);
    host.drain();
    host.serve(2);
    assert!(waiting.expect("Hello").contains("Connection: close\r\n"));
    assert_eq!(host.reactor.unfinished(), 1);
    host.advance(GRACE);
    host.turn();
    assert!(idle.is_at_end());
    assert!(TcpStream::connect(host.address).is_err(), "nobody listens");
    host.answer(id, "slow");
    host.drain();
    assert!(busy.expect("slow").contains("Connection: close\r\n"));
    drop((idle, busy, waiting));
    host.turn_until(|host| host.reactor.is_empty());
}

/// A request is on its way, and a handshake in progress.
#[test]
fn a_client_that_comes_within_the_grace_of_a_drain_is_served() {
    let mut host = Host::with(Config { reuse_port: false, ..Config::default() }, 9);
    let (mut idle, _) = host.connect_idle();
    host.reactor.drain(&host.now);
    host.turn();
    assert!(!host.reactor.is_drained());
    idle.get("/hello");
    host.serve(2);
    assert!(idle.expect("Hello").contains("Connection: close\r\n"));
    drop(idle);
    host.advance(GRACE);
    host.turn_until(|host| host.reactor.is_drained());
    assert!(TcpStream::connect(host.address).is_err());
}

#[test]
fn a_drain_does_not_wait_for_a_request_that_is_not_complete() {
    let mut host = Host::new();
    let mut silent = host.connect();
    let mut begun = host.connect();
    begun.send("GET /hel");
    host.turn_until(|host| host.reactor.len() == 2);
    host.reactor.drain(&host.now);
    host.advance(GRACE);
    host.turn_until(|host| host.reactor.is_drained());
    assert!(silent.is_at_end() && begun.is_at_end());
}

#[test]
fn an_abort_cancels_handlers_and_closes_connections() {
    let mut host = Host::new();
    let (mut idle, _) = host.connect_idle();
    let mut busy = host.connect();
    busy.get("/slow");
    let id = host.expect_request();
    host.reactor.abort();
    host.drain();
    assert!(idle.is_at_end() && busy.is_at_end());
    let (cancelled, event) = host.expect(|event| matches!(event, Event::Cancel(_)));
    assert_eq!(cancelled, id);
    assert!(matches!(event, Event::Cancel(CloseReason::Shutdown)));
    assert_eq!(host.reactor.len(), 1, "its handler has its clean-up");
    host.done(id);
    host.drain();
    assert!(host.reactor.is_empty());
}

#[test]
fn who_waits_at_the_limit_is_served_before_the_server_stops() {
    let mut host = Host::with(Config::default(), 1);
    let mut first = host.connect();
    first.get("/slow");
    let id = host.expect_request();
    let mut waiting = host.connect();
    waiting.get("/hello");
    let now = host.now;
    host.reactor.drain(&now);
    host.drain();
    host.answer(id, "slow");
    host.drain();
    first.expect("slow");
    drop(first);
    host.serve(2);
    assert!(waiting.expect("Hello").contains("Connection: close\r\n"));
    drop(waiting);
    host.advance(GRACE);
    host.turn_until(|host| host.reactor.is_drained());
    assert!(TcpStream::connect(host.address).is_err(), "and nobody comes after that");
}

#[test]
fn what_waits_in_a_socket_can_be_left_to_another_process() {
    let (mut host, mut other) = (Host::new(), Host::new());
    let at = ListenAddress::Tcp("127.0.0.1:0".parse().unwrap());
    let listening = Listening::bind(&at, &Config::default()).unwrap();
    let shared = host.reactor.listen(listening.try_clone().unwrap()).unwrap();
    other.reactor.listen(listening).unwrap();
    let ListenAddress::Tcp(address) = shared else { panic!() };
    host.address = address;
    let (mut client, _) = host.connect_idle();
    host.reactor.stop_accepting();
    let mut next = host.connect();
    next.get("/hello");
    client.get("/hello");
    host.serve(2);
    client.expect("Hello");
    assert!(!is_readable_now(&host.reactor) && host.reactor.len() == 1);
    other.serve(1);
    next.expect("Hello");
}

/// The default of `drain_grace`.
const GRACE: Duration = Duration::from_millis(500);
