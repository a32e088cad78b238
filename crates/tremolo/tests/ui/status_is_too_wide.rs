//! A status is a `u16` or a `StatusCode`.

use tremolo::Application;

async fn create() -> (i64, &'static str) {
    (201, "made")
}

fn main() {
    let _ = Application::new().route("/", create);
}
