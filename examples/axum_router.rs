//! Mounts an axum router at `/api`, beside a Tremolo route:
//! `curl http://127.0.0.1:8000/hello http://127.0.0.1:8000/api/greet/you?times=2`, and
//! `curl -T - http://127.0.0.1:8000/api/echo`, which sends back each line as you type it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::routing::{get, put};
use axum::{Extension, Router};
use serde::Deserialize;
use tremolo::tower::ClientAddress;
use tremolo::{Application, TowerService};

/// Shared by all workers.
#[derive(Clone, Default)]
struct Visits(Arc<AtomicU64>);

#[derive(Deserialize)]
struct Options {
    #[serde(default = "one")]
    times: usize,
}

fn one() -> usize {
    1
}

async fn greet(
    State(Visits(visits)): State<Visits>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    Path(name): Path<String>,
    Query(Options { times }): Query<Options>,
) -> String {
    let number = visits.fetch_add(1, Ordering::Relaxed) + 1;
    let greeting = format!("Hello {name}! ").repeat(times.min(100));
    format!("{greeting}You are visitor {number}, from {address}.\n")
}

/// Sends every piece back as soon as it arrives.
async fn echo(body: Body) -> Body {
    body
}

fn main() -> tremolo::Result<()> {
    let router = Router::new()
        .route("/greet/{name}", get(greet))
        .route("/echo", put(echo))
        .with_state(Visits::default());
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    Application::new()
        .route("/hello", async || "Hello World!")
        .mount("/api", TowerService::new(router).with_body_limit(1 << 30))
        .run(address)
}
