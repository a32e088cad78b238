//! A future that is not awaited is not a reply.

use tremolo::{Application, Response};

fn main() {
    let _ = Application::new().route("/", async |response: Response| response.end("done"));
}
