//! A router with layers below a prefix, with Tremolo in front.

use std::future::pending;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Serialize;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;
use tremolo::{Application, TowerService};

#[derive(Serialize)]
struct Greeting {
    greeting: String,
    path: String,
    client: IpAddr,
}

async fn greet(
    State(greeting): State<&'static str>,
    Path(name): Path<String>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    request: Request,
) -> Json<Greeting> {
    let path = request.uri().path().to_owned();
    Json(Greeting { greeting: format!("{greeting} {name}!"), path, client: client.ip() })
}

async fn echo(body: Body) -> Body {
    body
}

fn api() -> Router {
    let timeout =
        TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, Duration::from_millis(200));
    Router::new()
        .route("/greet/{name}", get(greet))
        .route("/echo", post(echo))
        .route("/never", get(pending::<()>).layer(timeout))
        .route("/long", get(|| async { "a line of text\n".repeat(1_000) }))
        .layer(TraceLayer::new_for_http())
        .layer(RequestBodyLimitLayer::new(1 << 20))
        .layer(CompressionLayer::new())
        .layer(SetResponseHeaderLayer::overriding(
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-store"),
        ))
        .with_state("Hello")
}

// ANCHOR: main
fn main() -> tremolo::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    Application::new()
        .route("/health", async || StatusCode::NO_CONTENT)
        .mount("/api", TowerService::new(api()))
        .run(address)
}
// ANCHOR_END: main
