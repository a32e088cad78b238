//! Options are those of a handler.

use tremolo::{Application, Handler};

async fn show(id: u64) -> String {
    id.to_string()
}

fn main() {
    let _ = Application::new().route("/", show.with_status(201));
}
