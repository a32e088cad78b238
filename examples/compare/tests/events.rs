//! Events and long polling to 100 clients of each kind, and a clean stop.

use serde_json::{Value, json};
use tremolo_tests::{Client, Message, Program, wait_until};

use crate::{ask, launch, same};

const CLIENTS: usize = 100;

fn pair() -> [Program; 2] {
    launch([env!("CARGO_BIN_EXE_events_tremolo"), env!("CARGO_BIN_EXE_events_axum")], &[])
}

fn publish(program: &Program, text: &str) {
    assert_eq!(ask(program, &Message::post("/messages").body(text)).status(), 202);
}

/// Reads a stream of events until this text has come.
fn read_until(client: &mut Client, text: &str) -> Vec<u8> {
    let mut received = Vec::new();
    while !received.ends_with(text.as_bytes()) {
        received.append(&mut client.read_exactly(1));
    }
    received
}

/// The fields of the events in a response, comments left out.
fn fields(response: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(response);
    let (_, body) = text.split_once("\r\n\r\n").unwrap();
    let field = |line: &str| {
        let (name, value) = line.split_once(':')?;
        (!name.is_empty()).then(|| (name.to_owned(), value.trim().to_owned()))
    };
    let mut fields: Vec<_> = body.lines().filter_map(field).collect();
    // The two fields of an event may stand in any order.
    fields.chunks_mut(2).for_each(<[_]>::sort);
    fields
}

#[test]
fn clients_get_all_messages_and_the_end() {
    let seen = same(pair().map(|program| {
        let mut streams: Vec<_> = (0..CLIENTS).map(|_| program.connect()).collect();
        let mut polls: Vec<_> = (0..CLIENTS).map(|_| program.connect()).collect();
        for client in &mut streams {
            client.get("/events");
        }
        for client in &mut polls {
            client.get("/poll?after=0");
        }
        let waits = |count: usize| {
            wait_until("all clients wait", || {
                program.connect().ask("/clients").text() == count.to_string()
            });
        };
        waits(2 * CLIENTS);
        publish(&program, "first");
        for client in &mut polls {
            let messages: Value = serde_json::from_slice(&client.read_response().body).unwrap();
            assert_eq!(messages, json!([{ "id": 1, "text": "first" }]));
            client.get("/poll?after=2");
        }
        publish(&program, "second");
        let begun: Vec<_> = streams.iter_mut().map(|client| read_until(client, "second")).collect();
        waits(2 * CLIENTS);
        program.stop();
        let answers: Vec<Value> = polls
            .iter_mut()
            .map(|client| serde_json::from_slice(&client.read_response().body).unwrap())
            .collect();
        assert!(answers.iter().all(|answer| *answer == json!([])), "{answers:?}");
        let ended = streams.iter_mut().zip(begun).map(|(client, mut received)| {
            received.append(&mut client.read_to_end());
            assert!(received.ends_with(b"0\r\n\r\n"), "the end of the stream is sent");
            fields(&received)
        });
        let mut ended: Vec<_> = ended.collect();
        ended.dedup();
        let (status, log) = program.wait();
        assert!(status.success(), "{log}");
        ended
    }));
    assert_eq!(seen.len(), 1);
    let expected = [("data", "first"), ("id", "1"), ("data", "second"), ("id", "2")];
    assert_eq!(seen[0], expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[test]
fn a_client_that_comes_back_gets_what_it_has_missed() {
    let seen = same(pair().map(|program| {
        for text in ["first", "second", "third"] {
            publish(&program, text);
        }
        let mut client = program.connect();
        client.send(Message::new("GET /events").field("Last-Event-ID: 1").bytes());
        let events = read_until(&mut client, "third");
        let poll = ask(&program, &Message::new("GET /poll?after=2")).text().to_owned();
        (events.windows(5).any(|window| window == b"first"), poll)
    }));
    assert_eq!(seen, (false, r#"[{"id":3,"text":"third"}]"#.to_owned()));
}
