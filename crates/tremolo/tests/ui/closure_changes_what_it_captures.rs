//! A handler may run many times at once, so that it cannot change what it captures.

fn main() {
    let mut count = 0;
    let _ = tremolo::Application::new().route("/", move || {
        count += 1;
        count.to_string()
    });
}
