//! A handler owns its arguments, text too.

use tremolo::Application;

async fn shout(text: &str) -> String {
    text.to_uppercase()
}

fn main() {
    let _ = Application::new().route("/", shout);
}
