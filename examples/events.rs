//! Server-sent events: a tick every 200 ms, which goes on after the last one that the client has.
//!
//! `cargo run --release --features full --example events`, then open <http://127.0.0.1:8000/>, or
//! `curl -N -H 'Last-Event-ID: 41' http://127.0.0.1:8000/events`. With `?count=5` the stream ends
//! after five ticks, and a browser connects again.

use std::time::Duration;

use tokio::time::interval;
use tremolo::{Application, Event, Html, HttpError, Sse};

async fn events(sse: Sse) -> Result<(), HttpError> {
    let last: u32 = sse.last_event_id().and_then(|id| id.parse().ok()).unwrap_or(0);
    let count: Option<u64> = sse.request().query()?.get("count").and_then(|text| text.parse().ok());
    let first = u64::from(last) + 1;
    let mut clock = interval(Duration::from_millis(200));
    for number in first..=count.map_or(u64::MAX, |count| u64::from(last).saturating_add(count)) {
        clock.tick().await;
        sse.send(Event::new(format!("tick {number}")).id(number.to_string())).await?;
    }
    // The browser connects again after this time, instead of after a few seconds.
    sse.send(Event::default().retry(Duration::from_millis(500))).await?;
    sse.close().await?;
    Ok(())
}

fn main() -> tremolo::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    Application::new()
        .route("/", async || Html(include_str!("events.html")))
        .route("/events", events)
        .run(address)
}
