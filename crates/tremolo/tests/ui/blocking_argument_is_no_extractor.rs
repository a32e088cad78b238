//! An argument of a blocking handler that cannot be drawn from a request.

use tremolo::{Application, blocking};

fn main() {
    let _ = Application::new().route("/", blocking(|number: u32| number.to_string()));
}
