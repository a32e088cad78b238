//! A handler outlives the function that makes it.

fn main() {
    let name = String::from("world");
    let _ = tremolo::Application::new().route("/", async || format!("Hello {name}"));
}
