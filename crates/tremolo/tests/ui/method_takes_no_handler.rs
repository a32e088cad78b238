//! A table of methods consists of handlers.

use tremolo::Application;
use tremolo::methods::get;

fn main() {
    let _ = Application::new().route("/", get("Hello World!"));
}
