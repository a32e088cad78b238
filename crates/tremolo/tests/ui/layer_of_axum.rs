//! A layer of axum fits routers of axum only.

use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;

async fn timed(request: Request, next: Next) -> Response {
    next.run(request).await
}

fn main() {
    let _ = tremolo::Application::new().layer(from_fn(timed));
}
