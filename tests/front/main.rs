//! Features that only the Rust front has: extractors, limits of single handlers, and combinations
//! of calls of its request object that no path of the examples uses.

#![expect(clippy::unwrap_used, reason = "a test that meets an error has failed")]

mod blocking;
mod blocking_pool;
mod body_limit;
mod broadcast;
mod cancelled;
mod compression;
mod decompression;
mod disconnected;
mod events;
mod examples;
mod extract;
mod files;
mod forms;
mod listeners;
mod locks;
mod logging;
mod monitoring;
mod panics;
mod path;
mod pipeline;
mod problems;
mod process;
mod proxied;
mod rates;
mod replies;
mod request;
mod routing;
mod runtimes;
mod services;
mod tasks;
mod tls;
mod trailers;
mod websocket;

use std::sync::mpsc::Sender;

use tremolo::ServerHandle;
use tremolo_tests::{Client, Message, connect, start};

/// Sends a message when it is dropped.
struct Dropped(Sender<&'static str>);

impl Drop for Dropped {
    fn drop(&mut self) {
        let _ = self.0.send("dropped");
    }
}

/// Sends one request with these fields and this body on a new connection; returns the status and
/// the message of the response.
fn ask(server: &ServerHandle, line: &str, fields: &[&str], body: &str) -> (u16, String) {
    let message = Message::new(line).fields(fields).closing();
    last(server, &if body.is_empty() { message } else { message.body(body) })
}

/// Sends a body of this type with its length.
fn post(server: &ServerHandle, path: &str, content_type: &str, body: &[u8]) -> (u16, String) {
    last(server, &Message::post(path).content_type(content_type).closing().body(body))
}

/// Sends a body of this type in chunks of this size.
fn post_chunked(
    server: &ServerHandle,
    path: &str,
    content_type: &str,
    body: &[u8],
    size: usize,
) -> (u16, String) {
    let message = Message::post(path).content_type(content_type).closing();
    last(server, &message.chunked(body, size, &[]))
}

fn last(server: &ServerHandle, message: &Message) -> (u16, String) {
    let mut client = connect(server);
    client.send(message.bytes());
    last_answer(&mut client)
}

/// The response after which the server closes.
fn last_answer(client: &mut Client) -> (u16, String) {
    let response = client.read_response();
    assert_eq!(client.read_to_end(), b"");
    response.status_and_text()
}
