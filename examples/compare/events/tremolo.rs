//! Messages as server-sent events and by long polling, with Tremolo.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::time::sleep;
use tremolo::methods::{get, post};
use tremolo::{Application, Event, Json, Query, Reply, Request, State, StatusCode, stream};

#[derive(Clone, Serialize)]
struct Message {
    id: u64,
    text: String,
}

// ANCHOR: feed
/// The latest messages, of which clients may have missed some.
#[derive(Clone, Default)]
struct Feed {
    messages: Arc<watch::Sender<VecDeque<Message>>>,
}

impl Feed {
    fn publish(&self, text: String) {
        self.messages.send_modify(|messages| {
            let id = messages.back().map_or(1, |last| last.id + 1);
            messages.push_back(Message { id, text });
            if messages.len() > 1_000 {
                messages.pop_front();
            }
        });
    }

    /// Waits for messages after this one.
    async fn after(&self, id: u64) -> Vec<Message> {
        let mut messages = self.messages.subscribe();
        let is_new = |message: &&Message| message.id > id;
        let messages = messages.wait_for(|messages| messages.back().filter(is_new).is_some()).await;
        messages.map_or_else(|_| Vec::new(), |new| new.iter().filter(is_new).cloned().collect())
    }
}
// ANCHOR_END: feed

async fn publish(State(feed): State<Feed>, text: String) -> StatusCode {
    feed.publish(text);
    StatusCode::ACCEPTED
}

// ANCHOR: events
async fn events(State(feed): State<Feed>, request: Request) -> impl Reply {
    let last = request.header("Last-Event-ID").and_then(|id| id.parse().ok());
    let mut last = last.unwrap_or(0);
    let events = stream! {
        loop {
            for message in feed.after(last).await {
                last = message.id;
                yield Event::new(message.text).id(last.to_string());
            }
        }
    };
    events.events()
}
// ANCHOR_END: events

/// The number of clients that wait for messages.
async fn clients(State(feed): State<Feed>) -> String {
    feed.messages.receiver_count().to_string()
}

#[derive(Deserialize)]
struct Position {
    after: u64,
}

// ANCHOR: poll
async fn poll(
    State(feed): State<Feed>,
    Query(position): Query<Position>,
    request: Request,
) -> Json<Vec<Message>> {
    tokio::select! {
        messages = feed.after(position.after) => Json(messages),
        () = request.draining() => Json(Vec::new()),
        () = sleep(Duration::from_secs(25)) => Json(Vec::new()),
    }
}
// ANCHOR_END: poll

fn main() -> tremolo::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    Application::new()
        .state(Feed::default())
        .route("/messages", post(publish))
        .route("/events", get(events))
        .route("/poll", get(poll))
        .route("/clients", get(clients))
        .run(address)
}
