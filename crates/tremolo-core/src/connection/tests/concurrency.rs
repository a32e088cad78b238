//! `limit_concurrency` and `app_request_timeout`: what a server does at its limits.

use super::Say::{End, Write};
use super::*;
use crate::connection::Cause;

const BUSY: &str =
    "HTTP/1.1 503 Service Unavailable|Content-Length: 5|Connection: keep-alive||fault";

fn server(limit_concurrency: usize) -> Arc<Settings> {
    Arc::new(Settings::new(Config { limit_concurrency, ..Config::default() }).unwrap())
}

/// Connections of one server.
fn wires<const N: usize>(server: &Arc<Settings>) -> [Wire; N] {
    std::array::from_fn(|_| {
        let mut wire = Wire::new();
        wire.connection = Connection::new(Arc::clone(server), None, &wire.now());
        wire
    })
}

/// A request whose handler does not end.
fn begin(wire: &mut Wire) {
    wire.feed(GET);
    wire.serve(|_, _, _| {});
}

#[test]
fn requests_beyond_the_limit_are_refused_at_once_and_their_connections_stay() {
    let server = server(2);
    let [mut first, mut second, mut third, _idle] = wires(&server);
    begin(&mut first);
    begin(&mut second);
    begin(&mut third);
    assert_eq!((third.brief().as_str(), third.fate()), (BUSY, "kept"));
    assert_eq!(third.faults, [PeerError::ServerBusy]);

    // A handler that has ended makes room.
    let now = first.now();
    first.connection.ongoing().end(&now, "done".into()).unwrap();
    assert!(first.connection.peek().current_id().is_some());
    begin(&mut third);
    assert_eq!(third.brief(), BUSY);
    first.connection.ongoing().handler_done(&now);
    third.feed(GET);
    third.say(&[End("served")]);
    assert!(third.brief().ends_with("served"));

    // So does a connection that is gone with its handler.
    drop(second);
    begin(&mut first);
    begin(&mut third);
    assert_eq!(third.faults.len(), 2);
}

#[test]
fn a_refused_request_is_read_to_its_end_in_single_bytes_and_the_next_one_is_served() {
    let server = server(1);
    let [mut first, mut second] = wires(&server);
    begin(&mut first);
    for byte in b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" {
        second.feed(&[*byte]);
        second.serve(|_, _, _| unreachable!());
    }
    assert_eq!(second.brief(), BUSY);
    let now = first.now();
    first.connection.ongoing().handler_done(&now);
    second.feed(GET);
    second.say(&[End("served")]);
    assert_eq!(second.urls, ["/"]);
    assert!(second.brief().ends_with("served"));
}

#[test]
fn a_handler_whose_client_has_gone_counts_until_it_ends() {
    let server = server(1);
    let [mut first, mut second] = wires(&server);
    begin(&mut first);
    let now = first.now();
    first.connection.handle_reset(&now);
    begin(&mut second);
    assert_eq!(second.brief(), BUSY);
    first.serve(|_, _, _| unreachable!());
    assert_eq!(first.cancelled, [CloseReason::PeerGone]);
    second.feed(GET);
    second.say(&[End("served")]);
    assert!(second.brief().ends_with("served"));
}

#[test]
fn listeners_of_one_server_count_together() {
    let server = server(1);
    let other = Settings::new(server.config().clone()).unwrap().counting_with(&server);
    let [mut first] = wires(&server);
    let [mut second] = wires(&Arc::new(other));
    begin(&mut first);
    begin(&mut second);
    assert_eq!(second.brief(), BUSY);
}

#[test]
fn a_refusal_says_when_to_come_again() {
    assert_eq!(PeerError::ServerBusy.field(), Some(("Retry-After", "1")));
    assert_eq!(PeerError::BodyTooLarge.field(), None);
}

/// The clock of the handler begins again with each piece; this one does not.
#[test]
fn a_request_that_makes_progress_and_never_ends_is_cancelled() {
    let second = Duration::from_secs(1);
    let config = || Config { app_request_timeout: second * 10, ..Config::default() };
    let mut wire = Wire::with(config());
    wire.feed(GET);
    wire.serve(|_, _, _| {});
    for _ in 0..9 {
        let now = wire.now();
        Write("a").to(&mut wire.connection, &now).unwrap();
        wire.transmit();
        wire.pass(second);
    }
    wire.serve(|_, _, _| unreachable!());
    assert!(wire.cancelled.is_empty());
    wire.pass(second);
    wire.serve(|_, _, _| unreachable!());
    assert_eq!(wire.cancelled, [CloseReason::RequestTimeout]);

    // A client that takes its response too slowly.
    let mut wire = Wire::with(config());
    wire.room = 1;
    wire.feed(GET);
    wire.say(&[End("a response")]);
    for _ in 0..10 {
        assert_eq!(wire.fate(), "kept");
        wire.pass(second);
        wire.room = 1;
        wire.transmit();
    }
    assert_eq!(wire.connection.peek().close_reason(), Some(CloseReason::RequestTimeout));
    assert!(wire.connection.peek().is_cut());

    // Between two requests it does not count.
    let mut wire = Wire::with(config());
    wire.feed(GET);
    wire.say(&[End("done")]);
    let next = wire.connection.poll_deadline().map(|deadline| deadline.cause);
    assert_eq!(next, Some(Cause::KeepAlive));
}
