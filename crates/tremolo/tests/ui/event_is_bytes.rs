//! An item of a stream of events is an event or text.

use tremolo::{Application, stream};

fn main() {
    let _ = Application::new().route("/", || {
        stream! {
            yield vec![1_u8, 2, 3];
        }
        .events()
    });
}
