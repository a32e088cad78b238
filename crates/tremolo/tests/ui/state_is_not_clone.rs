//! The state of an application is cloned for each request.

use tremolo::Application;

struct Pool;

fn main() {
    let _ = Application::new().state(Pool);
}
