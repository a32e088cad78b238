//! Messages as server-sent events and by long polling, with axum.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use async_stream::stream;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::{Stream, StreamExt};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

#[derive(Clone, Serialize)]
struct Message {
    id: u64,
    text: String,
}

/// The latest messages, of which clients may have missed some.
#[derive(Clone, Default)]
struct Feed {
    messages: Arc<watch::Sender<VecDeque<Message>>>,
    stop: CancellationToken,
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

async fn publish(State(feed): State<Feed>, text: String) -> StatusCode {
    feed.publish(text);
    StatusCode::ACCEPTED
}

async fn events(
    State(feed): State<Feed>,
    headers: HeaderMap,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let last = headers.get("Last-Event-ID").and_then(|id| id.to_str().ok()?.parse().ok());
    let (mut last, stop) = (last.unwrap_or(0), feed.stop.clone());
    let events = stream! {
        loop {
            for message in feed.after(last).await {
                last = message.id;
                yield Ok(Event::default().id(last.to_string()).data(message.text));
            }
        }
    };
    Sse::new(events.take_until(stop.cancelled_owned())).keep_alive(KeepAlive::default())
}

/// The number of clients that wait for messages.
async fn clients(State(feed): State<Feed>) -> String {
    feed.messages.receiver_count().to_string()
}

#[derive(Deserialize)]
struct Position {
    after: u64,
}

async fn poll(State(feed): State<Feed>, Query(position): Query<Position>) -> Json<Vec<Message>> {
    tokio::select! {
        messages = feed.after(position.after) => Json(messages),
        () = feed.stop.cancelled() => Json(Vec::new()),
        () = sleep(Duration::from_secs(25)) => Json(Vec::new()),
    }
}

/// Waits for SIGTERM or Ctrl-C.
async fn terminated() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        interrupted = tokio::signal::ctrl_c() => interrupted,
    }
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    let feed = Feed::default();
    let stop = feed.stop.clone();
    let app = Router::new()
        .route("/messages", post(publish))
        .route("/events", get(events))
        .route("/poll", get(poll))
        .route("/clients", get(clients))
        .with_state(feed);
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let stopped = async move {
        let _ = terminated().await;
        stop.cancel();
    };
    axum::serve(listener, app).with_graceful_shutdown(stopped).await
}
