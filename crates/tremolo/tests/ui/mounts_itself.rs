//! An application is mounted in another one, and only once.

use tremolo::Application;

fn main() {
    let application = Application::new();
    let _ = application.mount("/again", application);
}
