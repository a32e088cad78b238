//! What only the Rust front offers: extractors, limits by handler, and calls of its request object
//! in mixtures that no path of the examples has.

#![expect(clippy::unwrap_used, reason = "a test that meets an error has failed")]

mod blocking;
mod blocking_pool;
mod body_limit;
mod cancelled;
mod compression;
mod disconnected;
mod examples;
mod extract;
mod files;
mod forms;
mod listeners;
mod locks;
mod logging;
mod panics;
mod path;
mod pipeline;
mod proxied;
mod rates;
mod replies;
mod request;
mod routing;
mod runtimes;
mod services;
mod tasks;
mod trailers;

use std::sync::mpsc::Sender;

use tremolo::ServerHandle;
use tremolo_tests::{Client, Message, connect, start};

/// Tells when it is dropped.
struct Dropped(Sender<&'static str>);

impl Drop for Dropped {
    fn drop(&mut self) {
        let _ = self.0.send("dropped");
    }
}

/// Sends one request with these fields and this body on a connection of its own; gives the status
/// and what the answer says.
fn ask(server: &ServerHandle, line: &str, fields: &[&str], body: &str) -> (u16, String) {
    let message = Message::new(line).fields(fields).closing();
    last(server, &if body.is_empty() { message } else { message.body(body) })
}

/// Sends a body of this type with its length.
fn post(server: &ServerHandle, path: &str, content_type: &str, body: &[u8]) -> (u16, String) {
    last(server, &Message::post(path).content_type(content_type).closing().body(body))
}

/// Sends a body of this type in chunks of so many bytes.
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

/// The answer behind which the server closes.
fn last_answer(client: &mut Client) -> (u16, String) {
    let response = client.read_response();
    assert_eq!(client.read_to_end(), b"");
    response.said()
}
