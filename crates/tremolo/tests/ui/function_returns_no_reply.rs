//! A result of a plain function that cannot answer a request.

fn count() -> u32 {
    42
}

fn main() {
    let _ = tremolo::Application::new().route("/", count);
}
