//! The first program of a user of Tremolo, without its features.

use tremolo::Application;

fn main() -> tremolo::Result<()> {
    Application::new().route("/hello", async || "Hello World!").run("127.0.0.1:8000")
}
