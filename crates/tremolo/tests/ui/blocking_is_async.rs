//! A blocking handler is a plain function.

use tremolo::{Application, blocking};

async fn report() -> &'static str {
    "all is well"
}

fn main() {
    let _ = Application::new().route("/", blocking(report));
}
