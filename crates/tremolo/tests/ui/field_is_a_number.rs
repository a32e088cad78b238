//! The values of fields are text.

use tremolo::Application;

fn main() {
    let _ = Application::new().route("/", async || ([("X-Count", 5)], "five"));
}
