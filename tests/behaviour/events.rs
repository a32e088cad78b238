//! Server-sent events (WHATWG HTML, section 9.2), in the example of both fronts.

use tremolo_tests::{Client, Message, Program};

fn program() -> Program {
    Program::launch_example(
        env!("CARGO_BIN_EXE_events"),
        concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/events.py"),
    )
}

fn ticks(numbers: impl Iterator<Item = u32>) -> String {
    numbers.map(|number| format!("data: tick {number}\nid: {number}\n\n")).collect()
}

/// Reads until what was received ends with `end`.
fn read_through(client: &mut Client, end: &str) -> String {
    let mut received = Vec::new();
    while !received.ends_with(end.as_bytes()) {
        let byte = client.read_exactly(1);
        assert!(!byte.is_empty(), "the stream ended: {}", String::from_utf8_lossy(&received));
        received.extend(byte);
    }
    String::from_utf8(received).unwrap()
}

#[test]
fn a_stream_tells_proxies_to_pass_each_event_on() {
    let program = program();
    let response = program.connect().ask("/events?count=2");
    assert_eq!(response.status(), 200);
    for (name, value) in [
        ("Content-Type", "text/event-stream"),
        ("Cache-Control", "no-cache"),
        ("X-Accel-Buffering", "no"),
        ("Transfer-Encoding", "chunked"),
    ] {
        assert_eq!(response.field(name), Some(value), "{response:?}");
    }
    assert_eq!(response.text(), ticks(1..=2) + "retry: 500\n\n");
}

#[test]
fn a_stream_goes_on_after_the_last_event_of_the_client_and_the_connection_stays() {
    let program = program();
    let mut client = program.connect();
    let message = Message::new("GET /events?count=3").field("Last-Event-ID: 41");
    let response = client.exchange(&message);
    assert_eq!(response.text(), ticks(42..=44) + "retry: 500\n\n");
    let unknown = Message::new("GET /events?count=1").field("Last-Event-ID: x y");
    assert_eq!(client.exchange(&unknown).text(), ticks(1..=1) + "retry: 500\n\n");
    assert!(client.ask("/").text().contains("new EventSource("));
}

/// Each event is a chunk of its own, before the next one is made.
#[test]
fn events_leave_one_by_one() {
    let program = program();
    let mut client = program.connect();
    client.get("/events");
    read_through(&mut client, "\r\n\r\n");
    for number in 1..=3 {
        let event = ticks(number..=number);
        let chunk = format!("{:x}\r\n{event}\r\n", event.len());
        assert_eq!(read_through(&mut client, "\n\n\r\n"), chunk);
    }
}

#[test]
fn http_1_0_gets_no_chunks() {
    let program = program();
    let mut client = program.connect();
    client.send("GET /events?count=2 HTTP/1.0\r\n\r\n");
    let received = String::from_utf8(client.read_to_end()).unwrap();
    let (head, body) = received.split_once("\r\n\r\n").unwrap();
    assert!(
        head.contains("Content-Type: text/event-stream") && !head.contains("chunked"),
        "{head}"
    );
    assert_eq!(body, ticks(1..=2) + "retry: 500\n\n");
}

/// RFC 9110 section 9.3.2. The handler learns that no event can be sent.
#[test]
fn head_has_the_fields_and_no_events() {
    let program = program();
    let mut client = program.connect();
    client.send("HEAD /events HTTP/1.1\r\nHost: test\r\n\r\n");
    let head = read_through(&mut client, "\r\n\r\n");
    assert!(head.contains("Content-Type: text/event-stream\r\n"), "{head}");
    assert_eq!(client.ask("/events?count=1").text(), ticks(1..=1) + "retry: 500\n\n");
    drop(client);
    program.stop();
    let (status, log) = program.wait();
    assert!(status.success() && !log.contains("ERROR") && !log.contains("Traceback"), "{log}");
}

/// The streams are completed: their clients connect again, to the next server.
#[test]
fn a_stopping_server_ends_its_streams() {
    let program = program();
    let mut clients = [program.connect(), program.connect()];
    for client in &mut clients {
        client.get("/events");
        read_through(client, "\n\n\r\n");
    }
    program.stop();
    for client in &mut clients {
        let rest = String::from_utf8(client.read_to_end()).unwrap();
        assert!(rest.ends_with("0\r\n\r\n"), "{rest}");
    }
    let (status, log) = program.wait();
    assert!(status.success() && !log.contains("ERROR") && !log.contains("Traceback"), "{log}");
}
