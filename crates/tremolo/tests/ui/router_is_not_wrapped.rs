//! A foreign service without the wrapper that makes it one of ours.

fn main() {
    let router = axum::Router::<()>::new();
    let _ = tremolo::Application::new().mount("/api", router);
}
