//! An argument that cannot be drawn from a request.

fn main() {
    let _ = tremolo::Application::new().route("/", async |number: u32| format!("{number}"));
}
