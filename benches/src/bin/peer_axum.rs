//! axum on one thread, with Nagle's algorithm off; files by tower-http's `ServeFile`.
//!
//! The router is converted into a service once, as axum's documentation recommends for speed. For
//! forms, the body limit is off, as the documentation advises for large ones; streams have no
//! limit.

use std::io;

use axum::body::{Body, BodyDataStream};
use axum::extract::{DefaultBodyLimit, Multipart, Path};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderName};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use axum::{Json, Router};
use futures_util::{StreamExt, stream};
use tokio::net::TcpListener;
use tower_http::services::ServeFile;
use tremolo_benches::{Arguments, BODY, FIELDS, Order, Pieces, file, ready, routes};

async fn fields() -> impl IntoResponse {
    (FIELDS.map(|(name, value)| (HeaderName::from_static(name), value)), Html(BODY))
}

async fn echo(Json(order): Json<Order>) -> Json<Order> {
    Json(order)
}

fn streamed(pieces: Pieces) -> impl IntoResponse {
    let body = Body::from_stream(stream::iter(pieces.map(io::Result::Ok)));
    ([(CONTENT_TYPE, "text/html")], body)
}

async fn upload(body: Body) -> Result<String, StatusCode> {
    let (mut pieces, mut size): (BodyDataStream, _) = (body.into_data_stream(), 0);
    while let Some(piece) = pieces.next().await {
        size += piece.map_err(|_| StatusCode::BAD_REQUEST)?.len();
    }
    Ok(size.to_string())
}

async fn multipart(mut parts: Multipart) -> Result<String, Response> {
    let mut size = 0;
    while let Some(mut part) = parts.next_field().await.map_err(IntoResponse::into_response)? {
        while let Some(piece) = part.chunk().await.map_err(IntoResponse::into_response)? {
            size += piece.len();
        }
    }
    Ok(size.to_string())
}

fn router() -> Router {
    let (large, larger) = (Pieces::large(16 << 10), Pieces::large(64 << 10));
    let mut router = Router::new()
        .route("/hello", get(|| async { Html(BODY) }))
        .route("/fields", get(fields))
        .route("/echo", post(echo))
        .route("/yield", get(|| async { streamed(Pieces::small()) }))
        .route("/stream/16384", get(|| async { streamed(large) }))
        .route("/stream/65536", get(|| async { streamed(larger) }))
        .route("/upload", post(upload))
        .route("/multipart", post(multipart).layer(DefaultBodyLimit::disable()))
        .route_service("/file", ServeFile::new(file()));
    for number in 0..routes() {
        router = router
            .route(&format!("/routes/{number}"), get(|| async { Html(BODY) }))
            .route(&format!("/items/{number}/{{id}}"), get(|_: Path<u64>| async { Html(BODY) }));
    }
    router
}

async fn serve(arguments: Arguments) -> io::Result<()> {
    let listener = TcpListener::bind(arguments.address).await?.tap_io(|stream| {
        // On failure responses are slower, but correct.
        let _ = stream.set_nodelay(true);
    });
    ready()?;
    axum::serve(listener, router().into_make_service()).await
}

fn main() -> io::Result<()> {
    let arguments = Arguments::read()?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(serve(arguments))
}
