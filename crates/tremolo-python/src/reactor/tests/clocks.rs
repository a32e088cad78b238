//! The clocks of the machine: the monotonic one stands still and jumps ahead, as that of a machine
//! does that was suspended; the wall clock is set.

use std::time::UNIX_EPOCH;

use tremolo_core::Clock;

use super::*;

/// Connections in all states that have a deadline, and their clients, which do nothing more.
fn crowd(host: &mut Host) -> Vec<Client> {
    let mut clients = vec![host.connect_idle().0, host.connect()];
    for sent in [
        "GET /hello HTTP/1.1\r\nHo",
        "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 9\r\n\r\nunread",
        "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nbody",
        "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /socket HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    ] {
        let mut client = host.connect();
        client.send(sent);
        clients.push(client);
    }
    host.turn_until(|host| host.served.len() == 2 && host.told.len() == 4);
    let now = host.now;
    for (id, event) in std::mem::take(&mut host.told) {
        let Event::Request(head) = event else { panic!("{event:?}") };
        let mut exchange = host.exchange(id);
        if head.path() == b"/socket" {
            let handshake = exchange.peek().websocket_handshake().unwrap();
            exchange.accept_websocket(&now, &handshake, None).unwrap();
        } else if head.path() == b"/stream" {
            // More than sockets take.
            exchange.write(&now, vec![b'x'; 32 << 20].into()).unwrap();
        }
    }
    host.drain();
    clients
}

/// A turn, and those that follow it at once. A handler that is cancelled ends. Then no deadline may be
/// left that has passed.
fn turn(host: &mut Host) {
    host.turn();
    while host.reactor.has_more() || !host.told.is_empty() {
        for (id, event) in std::mem::take(&mut host.told) {
            if matches!(event, Event::Cancel(_)) {
                host.done(id);
            }
        }
        host.turn();
    }
    let now = host.now.instant;
    let left = host.reactor.next_deadline().filter(|at| *at <= now);
    assert_eq!(left, None, "a deadline is not met: {:?}", host.reactor);
}

#[test]
fn a_clock_that_jumps_ahead_leaves_no_deadline_and_no_connection_behind() {
    for lasts in [SECOND / 2, SECOND * 20, SECOND * HOUR * 10, SECOND * HOUR * 24 * 36_500] {
        let mut host = Host::new();
        let _clients = crowd(&mut host);
        // No connection has more than five deadlines one after the other, of two minutes at most.
        let most = 5 * 120 * 2;
        for jumps in 0.. {
            assert!(jumps < most, "{:?} is left after jumps of {lasts:?}", host.reactor);
            host.advance(lasts);
            turn(&mut host);
            if host.reactor.is_empty() {
                break;
            }
        }
        assert_eq!(host.reactor.next_deadline(), None);
    }
}

#[test]
fn a_clock_that_stands_still_and_jumps_serves_first_and_meets_the_deadlines_at_the_next_turn() {
    let mut host = Host::new();
    let mut clients = crowd(&mut host);
    let (mut busy, _) = host.connect_idle();
    // Hours of the world: no time passes for the server, and each request is served.
    for served in host.served.len() + 1.. {
        busy.get("/hello");
        host.serve(served);
        busy.expect("Hello");
        if served == 1_000 {
            break;
        }
    }
    assert!(host.told.is_empty(), "{:?}", host.told);
    busy.get("/hello");
    assert!(is_readable(&host.reactor, WAIT_LIMIT));
    host.advance(SECOND * HOUR * 10);
    turn(&mut host);
    busy.expect("Hello");
    let [idle, silent, torn, ..] = &mut clients[..] else { panic!() };
    assert!(idle.is_at_end() && silent.is_at_end());
    assert!(torn.expect("fault").starts_with("HTTP/1.1 408 "));
    // What has begun at that turn has its own time.
    assert_eq!(host.reactor.next_deadline().map(|at| at > host.now.instant), Some(true));
    busy.get("/hello");
    host.serve(host.served.len() + 1);
    busy.expect("Hello");
}

#[test]
fn a_drain_is_over_after_a_jump() {
    let mut host = Host::new();
    let _clients = crowd(&mut host);
    let now = host.now;
    host.reactor.drain(&now);
    turn(&mut host);
    for _ in 0..5 {
        host.advance(SECOND * HOUR * 10);
        turn(&mut host);
    }
    assert!(host.reactor.is_drained(), "{:?}", host.reactor);
}

#[test]
fn the_date_follows_a_wall_clock_that_is_set_and_no_deadline_does() {
    let (mut host, mut clock) = (Host::new(), Clock::default());
    let (mut client, start) = (host.connect(), host.now.instant);
    for (seconds, wall, date) in [
        (0, 784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        // A day back, a century ahead, before the epoch, later than the format can express.
        (1, 784_025_377, "Sat, 05 Nov 1994 08:49:37 GMT"),
        (2, 3_939_871_777, "Sat, 06 Nov 2094 08:49:37 GMT"),
        (3, -5, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (4, 400_000_000_000, "Fri, 31 Dec 9999 23:59:59 GMT"),
        (5, 784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
    ] {
        let wall: i64 = wall;
        let since = Duration::from_secs(wall.unsigned_abs());
        let wall = if wall < 0 { UNIX_EPOCH - since } else { UNIX_EPOCH + since };
        host.now = clock.now(start + SECOND * seconds, || wall);
        client.get("/hello");
        host.serve(host.served.len() + 1);
        let head = client.expect("Hello");
        assert!(head.contains(&format!("Date: {date}\r\n")), "{head}");
        let id = host.served[host.served.len() - 1];
        let deadline = host.connection(id).poll_deadline().map(|deadline| deadline.at);
        assert_eq!(deadline, Some(host.now.instant + SECOND * 30));
    }
}

const HOUR: u32 = 3_600;
