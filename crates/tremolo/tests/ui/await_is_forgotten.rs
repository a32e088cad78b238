//! A future that is not awaited is not a reply.

use tremolo::Application;

async fn answer() -> &'static str {
    "done"
}

fn main() {
    let _ = Application::new().route("/", async || answer());
}
