//! Requests and responses: keep-alive, pipelining, pieces, many connections.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use tremolo_core::{Bounds, Config};
use tremolo_net::{ListenAddress, Listening};

use super::super::connection_entry::ConnectionEntry;
use super::*;

#[test]
fn answers_a_request() {
    let mut host = Host::new();
    let mut client = host.connect();
    client.get("/hello");
    host.serve(1);
    assert_eq!(
        client.expect("Hello"),
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 5\r\n\
         Connection: keep-alive\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nServer: Tremolo\r\n\r\n"
    );
    let peer = host.reactor.peer(host.served[0]).unwrap();
    assert_eq!(peer.address(), Some(client.stream.local_addr().unwrap()));
}

#[test]
fn a_connection_keeps_its_name_from_request_to_request() {
    let mut host = Host::new();
    let (mut client, id) = host.connect_idle();
    for count in 2..10 {
        client.get("/hello");
        host.serve(count);
        client.expect("Hello");
    }
    assert!(host.served.iter().all(|served| *served == id));
    assert!(!is_readable_now(&host.reactor) && !host.reactor.has_more());
    let idle = host.reactor.peek(id).unwrap();
    assert!(!idle.has_buffer() && !idle.has_exchange_buffers(), "it needs none");
}

#[test]
fn answers_pipelined_requests_in_their_order() {
    let mut host = Host::new();
    let mut client = host.connect();
    let requests: Vec<_> =
        (0..100).map(|number| format!("GET /{number} HTTP/1.1\r\nHost: a\r\n\r\n")).collect();
    client.send(requests.concat());
    for number in 0..100 {
        let id = host.expect_request();
        assert!(host.told.is_empty(), "the next one waits for this one");
        host.answer(id, &number.to_string());
    }
    host.drain();
    for number in 0..100 {
        client.expect(&number.to_string());
    }
}

#[test]
fn a_request_may_come_in_bytes() {
    let mut host = Host::new();
    let mut client = host.connect();
    for byte in b"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n" {
        assert!(host.served.is_empty());
        client.send([*byte]);
        assert!(is_readable(&host.reactor, WAIT_LIMIT));
        host.turn();
        // The first turn may only have accepted the connection.
        host.turn();
    }
    host.serve(1);
    client.expect("Hello");
}

#[test]
fn serves_many_connections_and_lets_the_host_go_on_in_between() {
    let mut host = Host::new();
    let most = usize::from(Bounds::REACTOR.requests);
    let count = most + 100;
    let mut clients: Vec<_> = (0..count).map(|_| host.connect()).collect();
    host.turn_until(|host| host.reactor.len() == count);
    clients.iter_mut().for_each(|client| client.get("/hello"));
    host.turn();
    assert!(host.served.len() <= most && host.reactor.has_more());
    host.serve(count);
    clients.iter_mut().for_each(|client| drop(client.expect("Hello")));
    drop(clients);
    host.turn_until(|host| host.reactor.is_empty());
    assert_eq!(host.reactor.next_deadline(), None);
}

#[test]
fn listens_on_a_unix_socket_beside_others() {
    let path = std::env::temp_dir().join(format!("tremolo-reactor-{}.sock", std::process::id()));
    let mut host = Host::new();
    let at = ListenAddress::Unix(path.clone());
    let listening = Listening::bind(&at, &Config::default()).unwrap();
    assert_eq!(host.reactor.listen(listening).unwrap(), at);
    let mut client = UnixStream::connect(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let mut other = host.connect();
    other.get("/hello");
    client.write_all(b"GET /hello HTTP/1.0\r\n\r\n").unwrap();
    host.serve(2);
    let mut answer = String::new();
    client.set_read_timeout(Some(WAIT_LIMIT)).unwrap();
    client.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with("\r\n\r\nHello"), "{answer}");
    other.expect("Hello");
}

#[test]
fn a_fault_gets_its_status_and_the_end() {
    let mut host = Host::new();
    let mut client = host.connect();
    client.send("GET /hello HTTP/1.1\r\n\r\n");
    host.serve(1);
    assert!(client.expect("fault").starts_with("HTTP/1.1 400 Bad Request\r\n"));
    assert!(client.is_at_end());
    drop(client);
    host.turn_until(|host| host.reactor.is_empty());
}

#[test]
fn an_idle_connection_costs_little() {
    // An entry has no other allocation, but for a session of TLS. More than half of the budget of
    // 2 KB is left for the Python objects that a handler may create.
    assert!(size_of::<ConnectionEntry>() <= 1_016, "{}", size_of::<ConnectionEntry>());
}

#[test]
fn what_a_busy_time_took_goes_with_its_last_connection() {
    let mut host = Host::new();
    let mut clients: Vec<_> = (0..100).map(|_| host.connect_idle()).collect();
    let (last, id) = clients.remove(0);
    drop(clients);
    host.turn_until(|host| host.reactor.len() == 1);
    assert!(
        !host.reactor.entries.shrink() && host.reactor.peek(id).is_some(),
        "a connection is open"
    );
    drop(last);
    host.turn_until(|host| host.reactor.is_empty());
    assert!(!host.reactor.entries.shrink(), "it has shrunk");
    let (_client, new) = host.connect_idle();
    assert_eq!((host.reactor.peek(id).is_none(), host.reactor.peek(new).is_some()), (true, true));
}
