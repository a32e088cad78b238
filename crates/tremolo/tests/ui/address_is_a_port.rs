//! A port alone is no address.

fn main() {
    let _ = tremolo::Application::new().run(8000);
}
