//! A handler owns its arguments.

use tremolo::{Application, Request};

async fn path(request: &Request) -> String {
    request.path().into_owned()
}

fn main() {
    let _ = Application::new().route("/", path);
}
