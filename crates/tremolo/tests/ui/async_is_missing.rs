//! Waiting in a function that is not async.

use tremolo::{Application, HttpError, Request};

fn size(request: Request) -> Result<String, HttpError> {
    Ok(request.body().await?.len().to_string())
}

fn main() {
    let _ = Application::new().route("/", size);
}
