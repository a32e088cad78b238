//! Text of a client: plain, or escaped.

use serde::Deserialize;
use tremolo::{Application, Handler, Html, Query};

#[derive(Deserialize)]
struct Visitor {
    name: String,
}

// ANCHOR: plain
async fn plain(Query(visitor): Query<Visitor>) -> String {
    format!("Hello {}!", visitor.name)
}
// ANCHOR_END: plain

// ANCHOR: html
async fn html(Query(visitor): Query<Visitor>) -> Html<String> {
    Html(format!("<h1>Hello {}!</h1>", escaped(&visitor.name)))
}

/// What a template engine such as `askama` does by itself.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
// ANCHOR_END: html

// ANCHOR: routes
pub fn application() -> Application {
    Application::new()
        .route("/plain", plain.with_content_type("text/plain; charset=utf-8"))
        .route("/html", html)
}
// ANCHOR_END: routes
