//! A server for the tests of faults: its folder is the second argument.

use std::hint;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tremolo::{Application, Config, HttpError, Reply, StaticFiles, WebSocket, stream};

fn pieces() -> impl Reply {
    stream! {
        for number in 0..2_000 {
            yield format!("{number:0100}");
        }
    }
}

/// Keeps its thread, and with it the event loop, from everything else.
async fn block() -> &'static str {
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(300) {
        hint::spin_loop();
    }
    "blocked"
}

async fn echo(mut socket: WebSocket) -> Result<(), HttpError> {
    while let Some(message) = socket.next().await.transpose()? {
        socket.send(message).await?;
    }
    Ok(())
}

fn main() -> tremolo::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_default();
    let folder = arguments.next().unwrap_or_default();
    Application::new()
        .config(Config::from_env()?)
        .route("/hello", async || "Hello World!")
        .route("/body", async |body: Bytes| body)
        .route("/stream", pieces)
        .route("/block", block)
        .route("/ws", echo)
        .mount("/files", StaticFiles::new(folder))
        .run(address.as_str())
}
