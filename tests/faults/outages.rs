//! Pauses of the process, handlers that block, full disks and closed streams.

use std::sync::Barrier;
use std::thread;

use tremolo_tests::{Client, Message, wait_until};

use crate::server::Server;

/// Lines of the log that cannot be written are lost, and nothing else is.
#[test]
fn a_disk_that_is_full_of_log_lines() {
    for stderr in ["2>/dev/full", "2>&-"] {
        let line = format!("exec \"$0\" \"$@\" {stderr}");
        let environment = [("TREMOLO_ACCESS_LOG", "text")];
        let server = Server::start_under(&["sh", "-c", &line], &environment);
        server.serves();
        server.serves();
    }
}

/// While one handler keeps the event loop, others wait; none of them is lost.
#[test]
fn a_handler_that_blocks_its_event_loop() {
    let server = Server::start(&[]);
    let address = server.program.address();
    let mut upload = server.program.connect();
    upload.send("POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc");
    let mut idle = server.program.connect();
    assert_eq!(idle.ask("/hello").text(), "Hello World!");
    let all = Barrier::new(9);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let mut client = Client::connect(address);
                client.get("/block");
                all.wait();
                assert_eq!(client.read_response().text(), "blocked");
            });
        }
        all.wait();
        upload.send("def");
        assert_eq!(idle.ask("/hello").text(), "Hello World!");
        assert_eq!(upload.read_response().text(), "abcdef");
    });
    server.serves();
}

/// All that clients do while the process is stopped counts when it goes on: bytes, ends, resets.
#[test]
fn a_process_that_is_stopped_for_a_while() {
    let server = Server::start(&[]);
    let mut upload = server.program.connect();
    upload.send("POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc");
    let mut download = server.program.connect();
    download.get("/files/file");
    download.read_exactly(1_000);
    let [half, gone] = [server.program.connect(), server.program.connect()];
    assert_eq!(server.program.connect().ask("/hello").text(), "Hello World!");
    server.program.signal("STOP");
    upload.send("def");
    let mut half = half;
    half.send(Message::new("GET /hello").closing().bytes());
    half.half_close();
    gone.reset();
    let mut new = server.program.connect();
    new.get("/hello");
    server.program.signal("CONT");
    assert_eq!(upload.read_response().text(), "abcdef");
    assert!(half.read_to_end().ends_with(b"Hello World!"));
    assert_eq!(new.read_response().text(), "Hello World!");
    download.read_exactly(1_000_000);
    server.serves();
}

/// The kernel does not complete more connections than `backlog` allows; their clients try again.
#[test]
fn an_accept_queue_that_is_full() {
    let server = Server::start(&[("TREMOLO_BACKLOG", "1")]);
    let address = server.program.address();
    assert_eq!(server.program.connect().ask("/hello").text(), "Hello World!");
    server.program.signal("STOP");
    thread::scope(|scope| {
        let clients: Vec<_> = (0..12)
            .map(|_| scope.spawn(|| Client::connect(address).ask("/hello").text().to_owned()))
            .collect();
        // The queue is full as soon as some of them are connected.
        let queued = || {
            let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
            let port = address.rsplit(':').next().unwrap().parse::<u16>().unwrap();
            let local = format!(":{port:04X} ");
            table.lines().filter(|line| line.contains(&local)).count()
        };
        wait_until("some clients are connected", || queued() > 2);
        server.program.signal("CONT");
        for client in clients {
            assert_eq!(client.join().unwrap(), "Hello World!");
        }
    });
    server.serves();
}
