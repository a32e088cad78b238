//! Something that is no function at all.

fn main() {
    let _ = tremolo::Application::new().route("/", "Hello World!");
}
