//! A handler is given to a route; what is mounted serves a prefix.

fn main() {
    let _ = tremolo::Application::new().mount("/hello", async || "Hello World!");
}
