//! Pings of the server, and answers to those of clients: RFC 6455 sections 5.5.2 and 5.5.3.

use std::time::Duration;

use super::client::{FIN, PING, PLAIN, PONG, Peer, TEXT, frame};

const HALF: Duration = Duration::from_secs(15);

fn pass(peer: &mut Peer, time: Duration) {
    peer.now += time;
    peer.session.handle_timeout(peer.now);
}

#[test]
fn silence_leads_to_a_ping_and_then_to_the_end() {
    let mut peer = Peer::new(PLAIN);
    let begin = peer.now;
    assert_eq!(peer.session.poll_deadline(), Some(begin + HALF));
    pass(&mut peer, HALF - Duration::from_millis(1));
    assert!(peer.sent().is_empty());
    pass(&mut peer, Duration::from_millis(1));
    assert_eq!(peer.sent(), [(FIN | PING, vec![])]);
    assert_eq!(peer.session.poll_deadline(), Some(begin + 2 * HALF));
    pass(&mut peer, HALF);
    assert!(peer.session.is_closed() && peer.sent().is_empty());
}

#[test]
fn any_bytes_of_the_client_are_a_sign_of_life() {
    let mut peer = Peer::new(PLAIN);
    for bytes in [frame(FIN | PONG, b""), frame(FIN | TEXT, b"a"), vec![FIN | TEXT]] {
        pass(&mut peer, HALF);
        assert_eq!(peer.sent(), [(FIN | PING, vec![])]);
        peer.feed(&bytes);
        assert_eq!(peer.session.poll_deadline(), Some(peer.now + HALF));
    }
    // Bytes that were there before are none.
    pass(&mut peer, HALF);
    peer.feed(b"");
    pass(&mut peer, HALF);
    assert!(peer.session.is_closed());
}

#[test]
fn a_client_whose_bytes_are_not_read_is_not_silent() {
    let mut peer = Peer::new(PLAIN);
    peer.input.extend_from_slice(&frame(FIN | TEXT, b"unread"));
    peer.session.handle_input(peer.now, &mut peer.input);
    for _ in 0..4 {
        pass(&mut peer, HALF);
        assert!(peer.session.is_open() && peer.sent().is_empty());
    }
    assert!(peer.session.poll_message().is_some());
    pass(&mut peer, HALF);
    assert_eq!(peer.sent(), [(FIN | PING, vec![])]);
}

#[test]
fn pings_can_be_switched_off() {
    let peer = Peer::with(PLAIN, |options| options.ping_interval = None);
    assert_eq!(peer.session.poll_deadline(), None);
}

#[test]
fn pings_are_answered_in_order() {
    let mut peer = Peer::new(PLAIN);
    let payloads: Vec<Vec<u8>> = (0..10).map(|at| vec![at; usize::from(at) * 13]).collect();
    let pings: Vec<_> = payloads.iter().map(|payload| frame(FIN | PING, payload)).collect();
    peer.feed(&pings.concat());
    let pongs: Vec<_> = payloads.into_iter().map(|payload| (FIN | PONG, payload)).collect();
    assert_eq!(peer.sent(), pongs);
}

/// Section 5.5.3: an endpoint may answer only the latest of several pings.
#[test]
fn a_flood_of_pings_takes_bounded_memory() {
    let mut peer = Peer::new(PLAIN);
    for at in 0..10_000_u16 {
        peer.input
            .extend_from_slice(&frame(FIN | PING, &[&at.to_be_bytes()[..], &[0; 90]].concat()));
        peer.session.handle_input(peer.now, &mut peer.input);
        assert!(peer.session.queued() < 4_300);
    }
    let sent = peer.sent();
    assert_eq!(sent.last().map(|(_, payload)| &payload[..2]), Some(&9_999_u16.to_be_bytes()[..]));
    assert!(sent.len() < 50);
}
