//! A server for production: its configuration is in the environment and in a file.
//!
//! `TREMOLO_CONFIG=server.toml cargo run --release --features full --example server 127.0.0.1:8000`. `docs/production.md`
//! describes how to run it, and `deploy/` has files for systemd, containers and proxies.
//! `TREMOLO_BIND` replaces the address.

use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use tokio::time::sleep;
use tremolo::{
    Application, Config, Handler, HttpError, Json, Listen, Query, Reply, Request, WebSocket,
    WorkerContext, stream,
};

#[derive(Deserialize)]
struct Sleep {
    ms: u64,
}

#[derive(Deserialize)]
struct Stream {
    pieces: u32,
    ms: u64,
}

async fn sleep_for(Query(Sleep { ms }): Query<Sleep>) -> String {
    sleep(Duration::from_millis(ms)).await;
    format!("slept {ms} ms\n")
}

/// Sends a piece, waits, and so on. It ends early when the server shuts down.
async fn pieces(request: Request, Query(Stream { pieces, ms }): Query<Stream>) -> impl Reply {
    const PIECE: Bytes = Bytes::from_static(&[b'.'; 1024]);
    stream! {
        for _ in 0..pieces {
            yield PIECE;
            tokio::select! {
                () = sleep(Duration::from_millis(ms)) => {}
                () = request.draining() => break,
            }
        }
    }
}

/// Counts the bytes of a body of any length, and keeps none of them.
async fn upload(request: Request) -> Result<String, HttpError> {
    let mut body = request.stream();
    let mut size = 0;
    while let Some(piece) = body.next().await {
        size += piece?.len();
    }
    Ok(format!("{size}\n"))
}

async fn echo(mut socket: WebSocket) -> Result<(), HttpError> {
    while let Some(message) = socket.next().await.transpose()? {
        socket.send(message).await?;
    }
    Ok(())
}

/// What a program reads more easily than `/metrics`. The numbers are those of all workers.
async fn stats(worker: WorkerContext) -> Json<serde_json::Value> {
    let stats = worker.stats();
    Json(serde_json::json!({
        "connections_accepted": stats.connections_accepted(),
        "connections_open": stats.connections_open(),
        "connections_idle": stats.connections_idle(),
        "requests": stats.requests(),
        "requests_in_progress": stats.requests_in_progress(),
        "bytes_received": stats.bytes_received(),
        "bytes_sent": stats.bytes_sent(),
        "process": std::process::id(),
    }))
}

fn main() -> tremolo::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    Application::new()
        .config(Config::from_env()?)
        .route("/hello", async || "Hello World!")
        .route("/sleep", sleep_for)
        .route("/stream", pieces)
        .route("/upload", upload.with_body_limit(10 << 30))
        .route("/echo", echo)
        .route("/stats", stats)
        .route("/metrics", tremolo::monitoring::metrics)
        .route("/health", tremolo::monitoring::health)
        .route("/ready", tremolo::monitoring::readiness)
        .run(Listen::configured(address))
}
