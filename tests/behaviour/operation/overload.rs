//! A server at its limits: handlers at the same time, time of a request, connections, descriptors.

use tremolo_tests::Client;

use super::{PROGRAM, launch};
use tremolo_tests::Program;

#[test]
fn more_requests_than_may_run_are_refused_at_once() {
    let program = launch(&[("TREMOLO_LIMIT_CONCURRENCY", "1")]);
    let (mut running, mut other) = (program.connect(), program.connect());
    assert_eq!(other.ask("/").status(), 200);
    running.get("/ticks");
    assert!(running.read_exactly(15).starts_with(b"HTTP/1.1 200"));
    for _ in 0..2 {
        let refused = other.ask("/");
        assert_eq!((refused.status(), refused.field("Retry-After")), (503, Some("1")));
        assert_ne!(refused.field("Connection"), Some("close"));
    }
    // The handler notices a client that has gone.
    running.reset();
    tremolo_tests::wait_until("the handler has ended", || other.ask("/").status() == 200);
}

#[test]
fn a_request_that_never_ends_is_cut() {
    let program = launch(&[("TREMOLO_APP_REQUEST_TIMEOUT", "100ms")]);
    let mut client = program.connect();
    client.get("/ticks");
    let all = client.read_until_cut();
    assert!(all.starts_with(b"HTTP/1.1 200") && !all.ends_with(b"0\r\n\r\n"));
    let mut client = program.connect();
    assert_eq!(client.ask("/wait").status(), 500);
    assert_eq!(client.ask("/").status(), 200);
}

/// Never one connection more, over all threads of a server.
#[test]
fn there_are_never_more_connections_than_allowed() {
    let program = launch(&[("TREMOLO_MAX_CONNECTIONS", "3"), ("TREMOLO_WORKER_NUM", "3")]);
    if tremolo_tests::python().is_some() {
        // Each process counts its own.
        return;
    }
    let mut clients: Vec<Client> = (0..9).map(|_| program.connect()).collect();
    for client in &mut clients {
        client.get("/");
    }
    let is_served = |client: &Client| !client.has_received_nothing();
    tremolo_tests::wait_until("three are served", || {
        clients.iter().filter(|client| is_served(client)).count() >= 3
    });
    for _ in 0..3 {
        // Those that are served keep their places: each round trip gives the others a chance.
        let mut served: Vec<_> = clients.iter_mut().filter(|client| is_served(client)).collect();
        assert_eq!(served.len(), 3);
        for client in &mut served {
            assert_eq!(client.read_response().status(), 200);
            client.get("/");
        }
        for client in &mut served {
            assert!(client.fill(1).unwrap());
        }
    }
    // Every place that becomes free is taken.
    while let Some(at) = clients.iter().position(is_served) {
        drop(clients.swap_remove(at));
        if clients.len() >= 3 {
            tremolo_tests::wait_until("the next one is served", || {
                clients.iter().filter(|client| is_served(client)).count() == 3
            });
        }
    }
    assert!(clients.is_empty());
}

#[test]
fn a_server_without_descriptors_accepts_again_when_some_are_free() {
    let environment = [("TREMOLO_MAX_CONNECTIONS", "1000")];
    let program = Program::launch_example_limited(PROGRAM.0, PROGRAM.1, 64, &environment);
    let mut clients: Vec<Client> = (0..120).map(|_| program.connect()).collect();
    for client in &mut clients {
        client.get("/");
    }
    for mut client in clients {
        assert_eq!(client.read_response().status(), 200);
    }
    let log = program.stop_and_read_log();
    assert!(log.contains("Too many open files"), "{log}");
}
