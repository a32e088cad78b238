//! The chat of two servers over a Redis of the system. With `TEST_PYTHON` one is the example in Python,
//! and the other one is always that in Rust.

use serde_json::{Value, json};
use tremolo_tests::frames::{Socket, handshake};
use tremolo_tests::{Program, RedisServer};

fn join(program: &Program) -> Socket {
    Socket::open_with(program.connect(), &handshake("/chat"))
}

fn say(socket: &mut Socket, name: &str, text: &str) {
    socket.send_text(&json!({ "name": name, "text": text }).to_string());
}

fn read(socket: &mut Socket) -> Value {
    serde_json::from_str(&socket.read_text()).unwrap()
}

/// Reads until there is a message with this value.
fn read_until(socket: &mut Socket, key: &str, value: &str) {
    while read(socket)[key] != value {}
}

/// Names and texts of so many messages that have a number.
fn read_numbers(socket: &mut Socket, count: usize) -> Vec<(String, String)> {
    let mut numbers = Vec::new();
    while numbers.len() < count {
        let message = read(socket);
        if let (Some(name), Some(text)) = (message["name"].as_str(), message["text"].as_str())
            && text.starts_with("number ")
        {
            numbers.push((name.to_owned(), text.to_owned()));
        }
    }
    numbers
}

#[test]
fn two_servers_are_one_chat_over_redis() {
    let mut redis = RedisServer::launch();
    let rust = env!("CARGO_BIN_EXE_chat");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/chat.py");
    let one = Program::launch_example_in(rust, script, &[], &[("REDIS_URL", &redis.url())]);
    let other = Program::launch_in(rust, &[("REDIS_URL", &redis.unix_url())]);
    let mut sockets = [join(&one), join(&other)];
    // Each server has subscribed when a message comes back to it.
    for (socket, text) in sockets.iter_mut().zip(["first", "second"]) {
        say(socket, "Ada", text);
        read_until(socket, "text", text);
    }
    // Many at once come in one order.
    for number in 0..100 {
        for (socket, name) in sockets.iter_mut().zip(["Ada", "Bob"]) {
            say(socket, name, &format!("number {number}"));
        }
    }
    let [one_order, other_order] = sockets.each_mut().map(|socket| read_numbers(socket, 200));
    assert_eq!(one_order, other_order);
    // After a failure they find each other again, and pages are notified.
    redis.restart();
    for socket in &mut sockets {
        read_until(socket, "kind", "interrupted");
    }
    say(&mut sockets[0], "Ada", "after");
    for socket in &mut sockets {
        read_until(socket, "text", "after");
    }
}
