//! Server-sent events.

use std::time::Duration;

use tokio::time::sleep;
use tremolo::{Application, Event, HttpError, Sse};

// ANCHOR: events
async fn ticks(sse: Sse) -> Result<(), HttpError> {
    let last: u32 = sse.last_event_id().and_then(|id| id.parse().ok()).unwrap_or(0);
    for number in last.saturating_add(1)..=5 {
        sse.send(Event::new(format!("tick {number}")).id(number.to_string())).await?;
        sleep(Duration::from_millis(10)).await;
    }
    sse.close().await?;
    Ok(())
}
// ANCHOR_END: events

pub fn application() -> Application {
    Application::new().route("/ticks", ticks)
}
