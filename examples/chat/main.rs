//! A chat for all browsers that open its page.
//!
//! `cargo run --release --features full --example chat`, then open <http://127.0.0.1:8000/> in two windows. The
//! page and the server exchange JSON: `{"name": …, "text": …}` to the server, `{"kind": "message",
//! "name": …, "text": …, "at": …}` and `{"kind": "present", "count": …}` to all pages.
//!
//! Several servers, on one machine or on many, form one chat over Redis:
//! `REDIS_URL=redis://localhost cargo run --release --features full --example chat 127.0.0.1:8000`, and the same with
//! another port; those of `chat.py` belong to it too. The number of people is that of one server. After
//! Redis was away, pages get `{"kind": "interrupted"}`.

use std::env;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use serde_json::json;
use tremolo::websocket::{CloseCode, PreparedMessage};
use tremolo::{Application, Broadcast, Html, HttpError, Message, Redis, State, WebSocket};

/// What all pages get. It is framed once for all of them, in all workers.
type Room = Broadcast<PreparedMessage>;

#[derive(Deserialize)]
struct Said {
    name: String,
    text: String,
}

async fn chat(socket: WebSocket, State(room): State<Room>) -> Result<(), HttpError> {
    let messages = room.subscribe();
    let _present = Present::new(room.local());
    let sender = socket.sender();
    tokio::select! {
        received = receive(socket, &room) => received,
        sent = sender.forward(messages) => Ok(sent?),
    }
}

async fn receive(mut socket: WebSocket, room: &Room) -> Result<(), HttpError> {
    while let Some(message) = socket.next().await.transpose()? {
        let Ok(Said { name, text }) = message.parse() else {
            socket.close(CloseCode::UNSUPPORTED, "no message of this chat").await?;
            return Ok(());
        };
        let at = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() as u64;
        let message = json!({ "kind": "message", "name": name, "text": text, "at": at });
        room.send(Message::json(&message)?).await;
    }
    Ok(())
}

/// All pages of this server get the number of those that are present, when one comes and when it goes.
struct Present(Room);

impl Present {
    fn new(room: Room) -> Self {
        announce(&room, room.subscribers());
        Self(room)
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        // The subscription of the page that goes is dropped before.
        announce(&self.0, self.0.subscribers());
    }
}

fn announce(room: &Room, count: usize) {
    // It never has to wait: a page that is too slow misses the oldest messages.
    let _ = room.try_send(json!({ "kind": "present", "count": count }).to_string());
}

/// The room of this process, or of all processes with the same `REDIS_URL`.
fn room() -> tremolo::Result<Room> {
    let Ok(url) = env::var("REDIS_URL") else { return Ok(Room::new(256)) };
    let redis = Redis::new(url, "tremolo-chat");
    Room::over_redis(256, redis.notice(|| json!({ "kind": "interrupted" }).to_string()))
}

fn main() -> tremolo::Result<()> {
    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    Application::new()
        .state(room()?)
        .route("/", async || Html(include_str!("page.html")))
        .route("/chat", chat)
        .run(address)
}
