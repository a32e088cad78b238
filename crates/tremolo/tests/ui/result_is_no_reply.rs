//! A result that cannot answer a request.

async fn handler() -> u32 {
    42
}

fn main() {
    let _ = tremolo::Application::new().route("/", handler);
}
