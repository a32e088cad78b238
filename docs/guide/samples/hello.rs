//! The smallest server.

use tremolo::Application;

pub fn application() -> Application {
    Application::new().route("/hello", async || "Hello World!")
}

pub fn main() -> tremolo::Result<()> {
    application().run("127.0.0.1:8000")
}
